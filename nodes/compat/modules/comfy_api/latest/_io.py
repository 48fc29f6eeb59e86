"""`comfy_api.latest._io`: the same as `comfy_api.latest.io`, by the module's own name."""

from nodes.compat.schema.io import *  # noqa: F403
