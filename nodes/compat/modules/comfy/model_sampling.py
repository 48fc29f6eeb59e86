"""`comfy.model_sampling`: sigma parameterisations, as classes to make one of."""

from nodes.compat.handles.parameterisation import *  # noqa: F403
