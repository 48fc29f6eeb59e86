from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from graphcore.errors import ModelError
from nodes.models.checkpoint import Checkpoint
from nodes.models.controlnet import ControlNet, load_controlnet, merged, spread_over_batch
from nodes.models.controlnet_keys import infer_control_shape, to_diffusers, to_ldm
from tests import theirs

FILE = "models/controlnet/sd15_tiny_control.safetensors"
X, T, CONTEXT = torch.ones(2, 4, 12, 16), torch.tensor([500.0, 500.0]), torch.ones(2, 7, 64)
SIGMA = 5.0


@pytest.fixture(scope="module")
def control(tiny_models: Path) -> ControlNet:
    return load_controlnet(tiny_models / FILE)


@pytest.fixture(scope="module")
def picture() -> torch.Tensor:
    return torch.rand(1, 96, 128, 3, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def tensors(tiny_models: Path) -> dict[str, torch.Tensor]:
    return {name.removeprefix("control_model."): t for name, t in load_file(tiny_models / FILE).items()}


def residuals(control: ControlNet, sigma: float = SIGMA) -> dict[str, list[torch.Tensor]]:
    made = control.residuals(X, T, CONTEXT, None, sigma, 2)
    assert made is not None
    return made  # type: ignore[return-value]


def same(first: dict[str, list[torch.Tensor]], second: dict[str, list[torch.Tensor]], factor: float = 1.0) -> None:
    assert {place: len(tensors) for place, tensors in first.items()} == {p: len(ts) for p, ts in second.items()}
    for place, tensors in first.items():
        for a, b in zip(tensors, second[place], strict=True):
            torch.testing.assert_close(a, b * factor, rtol=1e-5, atol=1e-5)


def test_equals_diffusers_own_forward(control: ControlNet, picture: torch.Tensor) -> None:
    module = theirs.control(control.weights)
    with torch.no_grad():
        down, middle = module(X, T, CONTEXT, picture.movedim(-1, 1).expand(2, -1, -1, -1), return_dict=False)
    same(residuals(control.with_hint(picture)), {"output": list(down), "middle": [middle]})


def test_the_strength_scales_every_residual(control: ControlNet, picture: torch.Tensor) -> None:
    full = residuals(control.with_hint(picture))
    same(residuals(control.with_hint(picture, 0.7)), full, 0.7)
    up = residuals(replace(control.with_hint(picture, 0.5), linear_up=True))
    for i, (a, b) in enumerate(zip(up["output"], full["output"], strict=True)):
        torch.testing.assert_close(a, b * 0.5 ** (12 - i))


def test_odd_sizes_and_pictures_of_other_proportions(control: ControlNet) -> None:
    made = control.with_hint(torch.rand(1, 100, 50, 3)).residuals(torch.ones(1, 4, 11, 13), T[:1], CONTEXT[:1], None, 1)
    assert made is not None
    assert [tuple(t.shape[2:]) for t in made["output"] if t is not None][::3] == [(11, 13), (6, 7), (3, 4), (2, 2)]


def test_active_between_its_percents_only(control: ControlNet, picture: torch.Tensor, sd1: Checkpoint) -> None:
    ready = control.with_hint(picture, 1.0, 0.2, 0.8).prepared(sd1.model)
    start, end = (sd1.model.sampling.percent_to_sigma(percent) for percent in (0.2, 0.8))
    for sigma, active in ((start * 1.01, False), (start, True), (end, True), (end * 0.99, False)):
        assert (ready.residuals(X, T, CONTEXT, None, sigma, 2) is not None) == active
    always = control.with_hint(picture).prepared(sd1.model)
    assert always.residuals(X, T, CONTEXT, None, torch.tensor([1e6, 1e6]), 2) is not None


def test_chained_ones_add_up_and_pass_through(control: ControlNet, picture: torch.Tensor, sd1: Checkpoint) -> None:
    first, second = control.with_hint(picture, 0.5), control.with_hint(1 - picture, 0.25)
    a, b = residuals(first), residuals(second)
    summed = {place: [x + y for x, y in zip(a[place], b[place], strict=True)] for place in a}
    same(residuals(second.with_previous(first)), summed)
    late = control.with_hint(picture, 1.0, 0.9, 1.0).with_previous(first).prepared(sd1.model)
    same(residuals(late), a)


def test_without_picture_there_is_nothing(control: ControlNet) -> None:
    assert control.residuals(X, T, CONTEXT, None, SIGMA) is None


def test_handles_are_immutable_and_share_the_network(control: ControlNet, picture: torch.Tensor) -> None:
    assert control.with_hint(picture).weights is control.weights
    assert control.hint is None


def test_shuffle_files_are_averaged_over_the_picture(
    tensors: dict[str, torch.Tensor], tmp_path: Path, control: ControlNet, picture: torch.Tensor
) -> None:
    save_file(tensors, tmp_path / "control_shuffle.safetensors")
    pooled = load_controlnet(tmp_path / "control_shuffle.safetensors").with_hint(picture)
    assert pooled.global_pool
    plain = residuals(control.with_hint(picture))
    for a, b in zip(residuals(pooled)["output"], plain["output"], strict=True):
        torch.testing.assert_close(a, b.mean(dim=(2, 3), keepdim=True).expand_as(b))


def test_diffusers_layout(
    tensors: dict[str, torch.Tensor], tmp_path: Path, control: ControlNet, picture: torch.Tensor
) -> None:
    names = to_diffusers(tensors, control.weights.shape)
    assert set(names) == set(tensors)
    assert len(set(names.values())) == len(names)
    assert to_ldm(names.values()) == {there: here for here, there in names.items()}
    save_file({names[name]: tensor for name, tensor in tensors.items()}, tmp_path / "control.safetensors")
    same(
        residuals(load_controlnet(tmp_path / "control.safetensors").with_hint(picture)),
        residuals(control.with_hint(picture)),
    )


def test_a_difference_is_added_to_the_models_weights(
    tensors: dict[str, torch.Tensor], tmp_path: Path, sd1: Checkpoint, control: ControlNet, picture: torch.Tensor
) -> None:
    base = sd1.model.weights.weights
    whole = {name: t.float() for name, t in tensors.items()}
    difference = {name: t - base.raw(name).float() if name in base.names else t for name, t in whole.items()}
    save_file({**difference, "difference": torch.zeros(1)}, tmp_path / "diff.safetensors")
    with pytest.raises(ModelError, match="connect the model"):
        load_controlnet(tmp_path / "diff.safetensors")
    same(
        residuals(load_controlnet(tmp_path / "diff.safetensors", sd1.model).with_hint(picture)),
        residuals(control.with_hint(picture)),
    )


def test_a_control_lora_is_the_model_with_low_rank_changes(
    tensors: dict[str, torch.Tensor], tmp_path: Path, sd1: Checkpoint, picture: torch.Tensor
) -> None:
    """Its own parts are whole, one layer of the UNet has a change, all other weights are the model's."""
    base = sd1.model.weights.weights
    own = {name: t.float() for name, t in tensors.items() if name not in base.names}
    full = {**own, **{name: base.raw(name).float().clone() for name in tensors if name in base.names}}
    layer = "input_blocks.1.0.in_layers.2"
    up, down = torch.randn(32, 2) * 0.1, torch.randn(2, 32, 3, 3) * 0.1
    full[f"{layer}.weight"] = full[f"{layer}.weight"] + torch.einsum("or,rihw->oihw", up, down)
    save_file(full, tmp_path / "full.safetensors")
    save_file(
        {**own, f"{layer}.up": up, f"{layer}.down": down, "lora_controlnet": torch.zeros(1)},
        tmp_path / "low.safetensors",
    )
    same(
        residuals(load_controlnet(tmp_path / "low.safetensors", sd1.model).with_hint(picture)),
        residuals(load_controlnet(tmp_path / "full.safetensors").with_hint(picture)),
    )


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["something.else"], "no ControlNet in a layout"),
        (["zero_convs.0.0.weight"], "hint block"),
    ],
)
def test_other_files_are_refused(names: list[str], message: str, tmp_path: Path) -> None:
    save_file({name: torch.ones(1) for name in names}, tmp_path / "x.safetensors")
    with pytest.raises(ModelError, match=message):
        load_controlnet(tmp_path / "x.safetensors")


def test_the_construction(tensors: dict[str, torch.Tensor]) -> None:
    shape = infer_control_shape({name: tuple(t.shape) for name, t in tensors.items()})
    assert shape.hint_widths == (16, 32, 96, 256)
    assert (shape.hint_channels, shape.outputs) == (3, 12)


def test_merging_passes_single_entries_through() -> None:
    one, two = torch.ones(1), torch.full((1,), 2.0)
    result = merged({"output": [one, None], "middle": [one]}, {"output": [two, two, two], "input": [two]})
    assert [float(t) if t is not None else None for t in result["output"]] == [3, 2, 2]
    assert float(result["middle"][0]) == 1  # type: ignore[arg-type]
    assert float(result["input"][0]) == 2  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("hints", "rows", "batch", "expected"),
    [(1, 4, 2, [0]), (2, 4, 2, [0, 1, 0, 1]), (3, 4, 2, [0, 1, 0, 1]), (2, 6, 2, [0, 1, 0, 0, 1, 0])],
)
def test_hints_are_spread_over_conds(hints: int, rows: int, batch: int, expected: list[int]) -> None:
    tensor = torch.arange(hints, dtype=torch.float32).reshape(-1, 1, 1, 1)
    assert spread_over_batch(tensor, rows, batch).flatten().tolist() == expected


def test_one_of_another_family_is_refused_by_name(control: ControlNet, picture: torch.Tensor) -> None:
    with pytest.raises(ModelError, match=r"made for prompts of width 64, but this model's are of SDXL"):
        control.with_hint(picture).residuals(X, T, torch.ones(2, 7, 2048), None, SIGMA)


def test_a_weight_of_no_numbers_is_named(tensors: dict[str, torch.Tensor], tmp_path: Path) -> None:
    file = tmp_path / "empty.safetensors"
    save_file({**tensors, "input_hint_block.4.bias": torch.zeros(0)}, file)
    with pytest.raises(ModelError, match="no numbers"):
        load_controlnet(file).weights.network()
