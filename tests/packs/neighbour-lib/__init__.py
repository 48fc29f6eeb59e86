"""A pack that others take functions from, in a folder whose name no import statement can say."""

from .core.maths import triple


class LibTriple:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"value": ("INT", {"default": 2})}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "go"

    def go(self, value):
        return (triple(value),)


NODE_CLASS_MAPPINGS = {"LibTriple": LibTriple}
