import nodes


class LateNode:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "late"

    def late(self):
        return ("late",)


class RegisterLate(LateNode):
    OUTPUT_NODE = True

    def late(self):
        nodes.NODE_CLASS_MAPPINGS["LateNode"] = LateNode
        return ("registered",)


NODE_CLASS_MAPPINGS = {"RegisterLate": RegisterLate}
