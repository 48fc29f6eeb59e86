"""Like large packs that name half of the program while they are imported: every module of it does so for one area."""

import importlib

AREAS = (
    "arguments",
    "attention",
    "controls_and_hooks",
    "executor",
    "extras",
    "folders",
    "k_diffusion",
    "loaders",
    "looking_inside",
    "model_classes",
    "network_families",
    "node_classes",
    "operations",
    "other_networks",
    "patchers",
    "previews",
    "samplers",
    "star_imports",
    "stubs_in_use",
    "program_parts",
    "libraries",
    "schema_types",
    "server_parts",
    "text_encoders",
    "unet_layers",
)
for area in AREAS:
    importlib.import_module(f".{area}", package=__name__)


class WideAreas:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    RETURN_TYPES = ("INT",)
    FUNCTION = "count"

    def count(self):
        return (len(AREAS),)


NODE_CLASS_MAPPINGS = {"WideAreas": WideAreas}
