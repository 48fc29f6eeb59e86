"""Like collections of preprocessors: a wrapper directory, a switch for each, progress, resize by torch and numpy."""
import importlib
import os
import traceback
from pathlib import Path

from .utils import define_preprocessor_inputs, here

AIO_NOT_SUPPORTED = ["InpaintPreprocessor"]
os.environ.setdefault("AUX_ANNOTATOR_CKPTS_PATH", str(Path(here, "ckpts")))


def load_nodes():
    shorted_errors, classes, names = [], {}, {}
    for filename in sorted((here / "node_wrappers").iterdir()):
        module_name = filename.stem
        if filename.suffix != ".py" or module_name.startswith("_"):
            continue
        try:
            module = importlib.import_module(f".node_wrappers.{module_name}", package=__package__)
            classes.update(module.NODE_CLASS_MAPPINGS)
            names.update(getattr(module, "NODE_DISPLAY_NAME_MAPPINGS", {}))
        except AttributeError:
            pass
        except Exception:
            shorted_errors.append(traceback.format_exc())
    return classes, names, shorted_errors


AUX_NODE_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS, ERRORS = load_nodes()


class AuxAny:
    @classmethod
    def INPUT_TYPES(s):
        return define_preprocessor_inputs(preprocessor=(sorted(AUX_NODE_MAPPINGS), {"default": "EdgePreprocessor"}))

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "execute"
    CATEGORY = "Preprocessors"

    def execute(self, preprocessor, image, resolution=512):
        kind = AUX_NODE_MAPPINGS[preprocessor]
        params = {name: spec[1]["default"] for name, spec in kind.INPUT_TYPES().get("optional", {}).items() if len(spec) > 1}
        params["resolution"] = resolution
        return getattr(kind(), kind.FUNCTION)(image, **params)


NODE_CLASS_MAPPINGS = {**AUX_NODE_MAPPINGS, "AuxAny": AuxAny}
