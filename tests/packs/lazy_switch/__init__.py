class LazySwitchByName:
    @classmethod
    def INPUT_TYPES(cls):
        return {
            "required": {"on": ("BOOLEAN", {"default": True})},
            "optional": {"yes": ("INT", {"lazy": True}), "no": ("INT", {"lazy": True})},
        }

    RETURN_TYPES = ("INT",)
    FUNCTION = "switch"

    def check_lazy_status(self, on, yes=None, no=None):
        wanted, value = ("yes", yes) if on else ("no", no)
        return [wanted] if value is None else []

    def switch(self, on, yes=None, no=None):
        return (yes if on else no,)


NODE_CLASS_MAPPINGS = {"LazySwitchByName": LazySwitchByName}
