"""Looks for what is there, as packs do that support several versions."""
import comfy.samplers
import comfy.utils
import nodes

try:
    from comfy.a_module_of_the_future import Shiny
except ImportError:
    Shiny = None
try:
    import comfyui_version

    VERSION = comfyui_version.__version__
except Exception:
    VERSION = "0"
try:
    from comfy_execution.graph import ExecutionBlocker
except (ImportError, ModuleNotFoundError):
    ExecutionBlocker = None
HAS_PACK = hasattr(comfy.utils, "pack_latents")
HAS_FUTURE = hasattr(comfy.samplers, "a_function_of_the_future")
OTHER = nodes.NODE_CLASS_MAPPINGS.get("ANodeOfAPackThatIsNotThere")
if hasattr(comfy.samplers, "SchedulerHandler"):
    NEW_STYLE = True


class GuardFacts:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {}}

    RETURN_TYPES = ("BOOLEAN",)
    FUNCTION = "go"

    def go(self):
        return (Shiny is None and VERSION > "0.3" and ExecutionBlocker is not None and HAS_PACK and not HAS_FUTURE and OTHER is None and NEW_STYLE,)


NODE_CLASS_MAPPINGS = {"GuardFacts": GuardFacts}
