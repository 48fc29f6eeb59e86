class DynGood:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"text": ("STRING", {"default": "", "multiline": True, "dynamicPrompts": False})}}

    RETURN_TYPES = ("STRING", "INT")
    RETURN_NAMES = ("TEXT", "LENGTH")
    FUNCTION = "run"
    CATEGORY = "dyn"

    def run(self, text):
        return (text.upper(), len(text))


NODE_CLASS_MAPPINGS = {"DynGood //Dyn": DynGood}
NODE_DISPLAY_NAME_MAPPINGS = {"DynGood //Dyn": "Good one"}
