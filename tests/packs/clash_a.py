class ClashNode:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "who"

    def who(self):
        return ("a",)


NODE_CLASS_MAPPINGS = {"ClashNode": ClashNode, "OnlyA": ClashNode}
