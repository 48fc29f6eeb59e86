"""Hypernetworks, an early way to teach a model a style."""

from __future__ import annotations

from typing import Annotated

from graphcore import Model, ModelFile, Range, Run
from nodes.builtin.pack import pack


@pack.node(id="HypernetworkLoader", title="HypernetworkLoader", category="loaders", lane="io")
def load_hypernetwork(
    model: Model,
    hypernetwork_name: Annotated[str, ModelFile("hypernetworks")],
    strength: Annotated[float, Range(-10.0, 10.0, step=0.01)] = 1.0,
    *,
    run: Run,
) -> Model:
    """Change a model's attention by a hypernetwork."""
    from nodes.guidance.options import with_patch
    from nodes.models.hypernetwork import load_hypernetwork

    function = load_hypernetwork(run.folders.find("hypernetworks", hypernetwork_name)).patch(strength)
    return with_patch(with_patch(model, "attn1_patch", function), "attn2_patch", function)
