from vendored_library.maths import triple


class VendTriple:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"x": ("FLOAT", {"default": 1, "min": -1e9, "max": 1e9, "step": 0.01, "round": False})}}

    RETURN_TYPES = ("FLOAT",)
    FUNCTION = "execute"

    def execute(self, x):
        return (triple(x),)


NODE_CLASS_MAPPINGS = {"VendTriple": VendTriple}
NODE_DISPLAY_NAME_MAPPINGS = {"VendTriple": "Triple (vendored)"}
