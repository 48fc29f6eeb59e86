import time

time.sleep(0.3)


class SlowNode:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "go"

    def go(self):
        return (1,)


NODE_CLASS_MAPPINGS = {"SlowNode": SlowNode}
