class SpreadNumbers:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"count": ("INT", {"default": 3})}}

    RETURN_TYPES = ("INT",)
    OUTPUT_IS_LIST = (True,)
    FUNCTION = "spread"

    def spread(self, count):
        return (list(range(count)),)


class GatherNumbers:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"numbers": ("INT", {"forceInput": True})}}

    INPUT_IS_LIST = True
    RETURN_TYPES = ("INT",)
    FUNCTION = "gather"

    def gather(self, numbers):
        return (sum(numbers),)


NODE_CLASS_MAPPINGS = {"SpreadNumbers": SpreadNumbers, "GatherNumbers": GatherNumbers}
