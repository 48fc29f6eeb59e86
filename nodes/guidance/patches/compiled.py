"""Networks compiled for their device by torch.compile (https://docs.pytorch.org/docs/stable/torch.compiler.html)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import torch

from graphcore.errors import RunError
from nodes.guidance.options import with_wrapper
from nodes.guidance.wrappers import Executor

if TYPE_CHECKING:
    from nodes.models.model import Model


def compiled(model: Model, backend: str) -> Model:
    """The model with its network compiled at its first call, by `backend` ("inductor", "cudagraphs", ...).

    Other wrappers stay outside; patches inside the network work too, but each new one compiles anew. Raises RunError,
    when it samples, where the backend does not work on this machine.
    """
    from torch._dynamo.exc import TorchDynamoException

    run = torch.compile(_call, backend=backend, dynamic=False)

    def network(executor: Executor, *args: Any, **kwargs: Any) -> Any:
        unet = executor.class_obj
        inner = Executor(partial(run, unet), executor.wrappers, unet)
        try:
            return inner(*args, **kwargs)
        except TorchDynamoException as error:
            reason = " ".join(str(error).split("\n\n")[0].split())
            raise RunError(
                f"This machine cannot compile the model with '{backend}': {reason} Remove TorchCompileModel, or "
                "install what it asks for (inductor wants a C++ compiler on the CPU, and Triton on a GPU)."
            ) from error

    return with_wrapper(model, "diffusion_model", "torch.compile", network)


def _call(network: Any, *args: Any, **kwargs: Any) -> Any:
    return network(*args, **kwargs)
