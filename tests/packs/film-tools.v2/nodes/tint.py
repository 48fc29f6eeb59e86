from ..util import scale


class FilmTint:
    @classmethod
    def INPUT_TYPES(s):
        return {"required": {"value": ("FLOAT", {"default": 1.0, "min": 0.0, "max": 10.0})}}

    RETURN_TYPES = ("FLOAT",)
    RETURN_NAMES = ("tinted",)
    FUNCTION = "tint"
    CATEGORY = "film"

    def tint(self, value):
        return (scale(value),)


NODE_CLASS_MAPPINGS = {"FilmTint": FilmTint}
NODE_DISPLAY_NAME_MAPPINGS = {"FilmTint": "Film Tint"}
