"""Compiled networks give what plain ones give, inside all other wrappers; backends that fail are named."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from graphcore import RunError
from nodes.guidance.options import with_wrapper
from nodes.guidance.patches.compiled import compiled
from nodes.guidance.wrappers import wrapped
from tests.nodes.guidance.fakes import FakeModel

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's own, about its internals


class Network:
    def __call__(self, x: Tensor, factor: float = 1.0) -> Tensor:
        return torch.tanh(x) * factor


def call(model: Any, x: Tensor) -> Tensor:
    network = Network()
    return wrapped(network, "diffusion_model", model.options["transformer_options"], network)(x, factor=2.0)  # type: ignore[no-any-return]


def test_a_compiled_network_gives_the_same_inside_other_wrappers() -> None:
    def doubling(executor: Any, x: Tensor, **kwargs: Any) -> Tensor:
        result: Tensor = executor(x * 2, **kwargs)
        return result

    model = with_wrapper(compiled(FakeModel(), "eager"), "diffusion_model", "double", doubling)  # type: ignore[arg-type]
    x = torch.randn(2, 3)
    torch.testing.assert_close(call(model, x), torch.tanh(x * 2) * 2.0)


def test_a_backend_that_does_not_work_is_named() -> None:
    def broken(graph: object, inputs: object) -> object:
        raise OSError("there is no compiler")

    torch._dynamo.register_backend(broken, name="broken")
    model: Any = compiled(FakeModel(), "broken")  # type: ignore[arg-type]
    with pytest.raises(RunError, match=r"cannot compile the model with 'broken': .*no compiler"):
        call(model, torch.randn(2, 3))
