class AfterFailure:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "one"

    def one(self):
        return (1,)


NODE_CLASS_MAPPINGS = {"AfterFailure": AfterFailure}
