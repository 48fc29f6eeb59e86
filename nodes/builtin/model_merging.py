"""Merging: models and text encoders mixed, weight by weight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from graphcore import Clip, Model, NodeSpec, Range, Run
from graphcore.node import Port
from nodes.builtin.pack import pack

Ratio = Annotated[float, Range(0.0, 1.0, step=0.01)]
Multiplier = Annotated[float, Range(-10.0, 10.0, step=0.01)]


@pack.node(id="ModelMergeSimple", title="ModelMergeSimple", category="advanced/model_merging")
def model_merge_simple(model1: Model, model2: Model, ratio: Ratio = 1.0) -> Model:
    """Mix two models; at 1 only the first counts."""
    from nodes.models.merge import merge_simple

    return merge_simple(model1, model2, ratio)


@pack.node(id="ModelMergeAdd", title="ModelMergeAdd", category="advanced/model_merging")
def model_merge_add(model1: Model, model2: Model) -> Model:
    """The sum of two models: give a difference that ModelMergeSubtract made back to another model."""
    from nodes.models.merge import merge_add

    return merge_add(model1, model2)


@pack.node(id="ModelMergeSubtract", title="ModelMergeSubtract", category="advanced/model_merging")
def model_merge_subtract(model1: Model, model2: Model, multiplier: Multiplier = 1.0) -> Model:
    """What the first model has and the second has not, times `multiplier`."""
    from nodes.models.merge import merge_subtract

    return merge_subtract(model1, model2, multiplier)


@pack.node(id="ModelMergeBlocks", title="ModelMergeBlocks", category="advanced/model_merging")
def model_merge_blocks(
    model1: Model, model2: Model, input: Ratio = 1.0, middle: Ratio = 1.0, out: Ratio = 1.0
) -> Model:
    """Mix two models with a ratio each for the way down, the middle and the way up."""
    from nodes.models.merge import merge_blocks

    return merge_blocks(model1, model2, {"input": input, "middle": middle, "out": out})


@pack.node(id="CLIPMergeSimple", title="CLIPMergeSimple", category="advanced/model_merging")
def clip_merge_simple(clip1: Clip, clip2: Clip, ratio: Ratio = 1.0) -> Clip:
    """Mix two text encoders; at 1 only the first counts."""
    from nodes.models.merge import merge_clip_simple

    return merge_clip_simple(clip1, clip2, ratio)


@pack.node(id="CLIPMergeAdd", title="CLIPMergeAdd", category="advanced/model_merging")
def clip_merge_add(clip1: Clip, clip2: Clip) -> Clip:
    """The sum of two text encoders."""
    from nodes.models.merge import merge_clip_add

    return merge_clip_add(clip1, clip2)


@pack.node(id="CLIPMergeSubtract", title="CLIPMergeSubtract", category="advanced/model_merging")
def clip_merge_subtract(clip1: Clip, clip2: Clip, multiplier: Multiplier = 1.0) -> Clip:
    """What the first text encoder has and the second has not, times `multiplier`."""
    from nodes.models.merge import merge_clip_subtract

    return merge_clip_subtract(clip1, clip2, multiplier)


# -- a ratio for every block: inputs are named as weights begin, which Python parameters cannot be --------------------


def _declare_by_block(id: str, parts: Sequence[str]) -> None:
    template = pack.nodes["ModelMergeSimple"]

    def call(inputs: dict[str, Any], run: Run) -> Any:
        from nodes.models.merge import merge_blocks

        return merge_blocks(inputs["model1"], inputs["model2"], {part: inputs[part] for part in parts})

    models = {name: port for name, port in template.inputs.items() if name != "ratio"}
    ratio = Range(0.0, 1.0, step=0.01)
    pack.nodes[id] = NodeSpec(
        id=id,
        title=id,
        category="advanced/model_merging/model_specific",
        description="Mix two models of the same family with a ratio for every block.",
        inputs={**models, **{part: Port(part, "FLOAT", ratio, 1.0) for part in parts}},
        outputs=template.outputs,
        call=call,
        outcome=template.outcome,
        pack=pack.name,
        module=__name__,
    )


def _numbered(name: str, count: int, end: str) -> list[str]:
    return [f"{name}.{number}{end}" for number in range(count)]


def _unet_parts(levels: int, end: str) -> list[str]:
    """Beginnings of a UNet's weights; every level has three blocks on the way down and three on the way up."""
    down, up = _numbered("input_blocks", 3 * levels, end), _numbered("output_blocks", 3 * levels, end)
    return ["time_embed.", "label_emb.", *down, *_numbered("middle_block", 3, end), *up, "out."]


_declare_by_block("ModelMergeSD1", _unet_parts(4, "."))
_declare_by_block("ModelMergeSD2", _unet_parts(4, "."))
_declare_by_block("ModelMergeSDXL", _unet_parts(3, ""))
