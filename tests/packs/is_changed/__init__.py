COUNTS = {"calls": 0, "mark": 0}


class WatchMark:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"name": ("STRING", {"default": "a"})}}

    @classmethod
    def IS_CHANGED(cls, name):
        return COUNTS["mark"]

    RETURN_TYPES = ("STRING",)
    FUNCTION = "watch"

    def watch(self, name):
        COUNTS["calls"] += 1
        return (f"{name}{COUNTS['calls']}",)


NODE_CLASS_MAPPINGS = {"WatchMark": WatchMark}
