class ClashNode:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "who"

    def who(self):
        return ("b",)


class PrimitiveString(ClashNode):
    pass


NODE_CLASS_MAPPINGS = {"ClashNode": ClashNode, "PrimitiveString": PrimitiveString}
NODE_DISPLAY_NAME_MAPPINGS = {"KSampler": "Sampler of B", "ClashNode": "Clash of B"}
