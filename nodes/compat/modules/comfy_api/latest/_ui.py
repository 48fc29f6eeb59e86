"""`comfy_api.latest._ui`: the same as `comfy_api.latest.ui`, by the module's own name."""

from nodes.compat.schema.ui import *  # noqa: F403
