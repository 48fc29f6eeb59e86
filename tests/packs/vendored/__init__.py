import os
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.append(here)
sys.path.insert(0, os.path.join(here, "vendor"))

from vendored_library.maths import triple  # noqa: E402

try:
    from .node_defs import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS
except ImportError:
    from node_defs import NODE_CLASS_MAPPINGS, NODE_DISPLAY_NAME_MAPPINGS

assert triple(1) == 3
WEB_DIRECTORY = "./web"
__all__ = ["NODE_CLASS_MAPPINGS", "NODE_DISPLAY_NAME_MAPPINGS", "WEB_DIRECTORY"]
