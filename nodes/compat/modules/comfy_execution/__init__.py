"""`comfy_execution`: graphs, progress and the place of a call."""
