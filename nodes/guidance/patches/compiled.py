"""Models whose network is compiled."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from nodes.guidance.options import with_wrapper
from nodes.guidance.wrappers import Executor
from nodes.models import compiling

if TYPE_CHECKING:
    from nodes.models.model import Model


def compiled(model: Model, backend: str) -> Model:
    """The model with its network compiled at its first call, by `backend` ("inductor", "cudagraphs", ...).

    Other wrappers stay outside; patches inside the network work too, but each new one compiles anew. Raises RunError,
    when it samples, where the backend does not work on this machine.
    """
    run = compiling.compiled(_call, backend, "TorchCompileModel")

    def network(executor: Executor, *args: Any, **kwargs: Any) -> Any:
        unet = executor.class_obj
        return Executor(partial(run, unet), executor.wrappers, unet)(*args, **kwargs)

    return with_wrapper(model, "diffusion_model", "torch.compile", network)


def _call(network: Any, *args: Any, **kwargs: Any) -> Any:
    return network(*args, **kwargs)
