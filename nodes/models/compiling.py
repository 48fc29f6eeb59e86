"""Functions compiled for their device by torch.compile (https://docs.pytorch.org/docs/stable/torch.compiler.html).

The backend `cudagraphs` records the kernels of a call and, where shapes repeat, plays them again without Python.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from graphcore.errors import RunError

# Variants of one piece of code, by shape and by network, beyond which torch would stop compiling it; it has 8 itself,
# and at 256 another limit of its own.
VARIANTS = 256


def compiled(function: Callable[..., Any], backend: str, remove: str) -> Callable[..., Any]:
    """`function`, compiled at its first call for each new shape.

    RunError, when it is called, where the backend does not work on this machine; `remove` says what asked for it.
    """
    from torch._dynamo import config
    from torch._dynamo.exc import TorchDynamoException

    run = torch.compile(function, backend=backend, dynamic=False)

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            with config.patch(cache_size_limit=VARIANTS):  # which later versions know as recompile_limit, too
                return run(*args, **kwargs)
        except TorchDynamoException as error:
            reason = " ".join(str(error).split("\n\n")[0].split())
            raise RunError(
                f"This machine cannot compile the model with '{backend}': {reason} Remove {remove}, or install what it "
                "asks for (inductor wants a C++ compiler on the CPU, and Triton on a GPU)."
            ) from error

    return call
