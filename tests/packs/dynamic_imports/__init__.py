import glob
import importlib
import os

NODE_CLASS_MAPPINGS = {}
NODE_DISPLAY_NAME_MAPPINGS = {}

node_dir = os.path.join(os.path.dirname(os.path.realpath(__file__)), "py")
for file in sorted(glob.glob(os.path.join(node_dir, "*.py"))):
    name = os.path.splitext(os.path.basename(file))[0]
    try:
        module = importlib.import_module(f".py.{name}", __name__)
        NODE_CLASS_MAPPINGS = {**NODE_CLASS_MAPPINGS, **module.NODE_CLASS_MAPPINGS}
        if hasattr(module, "NODE_DISPLAY_NAME_MAPPINGS"):
            NODE_DISPLAY_NAME_MAPPINGS.update(module.NODE_DISPLAY_NAME_MAPPINGS)
    except ImportError as e:
        print(f"skipped {name}: {e}")
