"""Networks compiled by the setting give what plain ones give; a backend that does not work is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from graphcore import RunError
from nodes.models.checkpoint import load_checkpoint
from nodes.models.compiling import compiled

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's own, about its internals


def test_the_setting_compiles_networks(tiny_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tiny_models / "models/checkpoints/sd15_tiny.safetensors"
    given = torch.randn(1, 4, 8, 8), torch.tensor([500.0]), torch.randn(1, 7, 64)
    expected = load_checkpoint(path).model.network()(*given)
    graphs = []

    def counting(graph: torch.fx.GraphModule, inputs: object) -> object:
        graphs.append(graph)
        return graph.forward

    torch._dynamo.register_backend(counting, name="counting")
    monkeypatch.setattr("graphcore.compiling.BACKENDS", ("counting",))
    monkeypatch.setenv("GRAPHCORE_COMPILE_WITH", "counting")
    network = load_checkpoint(path).model.network()
    torch.testing.assert_close(network(*given), expected)
    made = len(graphs)
    assert made
    network(*given)
    assert len(graphs) == made  # the same shapes again


def test_many_shapes_are_compiled_each() -> None:
    graphs = []

    def counting(graph: torch.fx.GraphModule, inputs: object) -> object:
        graphs.append(graph)
        return graph.forward

    def double(x: torch.Tensor) -> torch.Tensor:
        return 2.0 * x

    torch._dynamo.register_backend(counting, name="counting_shapes")
    run = compiled(double, "counting_shapes", "THAT")
    for _ in range(2):
        for size in range(2, 22):
            assert run(torch.ones(size)).sum() == 2.0 * size
    assert len(graphs) == 20


def test_a_backend_that_does_not_work_is_named() -> None:
    def broken(graph: object, inputs: object) -> object:
        raise OSError("there is no compiler")

    torch._dynamo.register_backend(broken, name="broken_here")
    with pytest.raises(RunError, match=r"with 'broken_here': .*no compiler.* Remove THAT"):
        compiled(torch.tanh, "broken_here", "THAT")(torch.randn(2))
