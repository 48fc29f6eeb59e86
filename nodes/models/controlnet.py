"""`ControlNet`, the value of a CONTROL_NET socket: a network that steers, and by which picture, how much and when."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.imaging.resize import common_upscale
from nodes.models.control_network import Control, ControlWeights
from nodes.models.controlnet_keys import DIFFUSERS_MARK, LDM_MARK, infer_control_shape, to_ldm
from nodes.models.device import compute_device, diffusion_dtype
from nodes.models.model import Model
from nodes.models.reader import WeightsFile, named
from nodes.models.t2i_adapter import AdapterWeights, adapter_from
from nodes.models.union_control import KINDS, UnionNetwork, UnionWeights, is_own
from nodes.models.weights import Weights

PREFIX = "control_model."
ALWAYS = (999999999.9, 0.0)
FAMILIES = {768: "SD 1.x", 1024: "SD 2.x", 1280: "the SDXL refiner", 2048: "SDXL"}  # width of a prompt -> whose


@dataclass(frozen=True, eq=False)
class ControlNet:
    """Immutable; every change is a new handle that shares the weights.

    `hint` is the picture [B,3,H,W] in 0..1 that steers. Active while start >= sigma >= end, which `prepared` works out
    from `percents`. `previous` is the ControlNet applied before this one, whose residuals are added. With
    `global_pool` residuals are averaged over the picture; with `linear_up` deeper ones count more. `kind` tells a union
    ControlNet what kind of picture the hint is.
    """

    weights: ControlWeights | AdapterWeights
    global_pool: bool = False
    hint: Tensor | None = None
    strength: float = 1.0
    percents: tuple[float, float] = (0.0, 1.0)
    previous: ControlNet | None = None
    linear_up: bool = False
    kind: int | None = None
    sigmas: tuple[float, float] = ALWAYS
    # The hint as the network's features, by (height, width, batch, conds): the same for every step.
    _features: dict[tuple[int, ...], list[Tensor]] = field(default_factory=dict, init=False, repr=False)

    def prefetch(self) -> None:
        """Load ahead of use; the engine asks for it while the node that uses this waits for something else."""
        self.weights.prefetch()

    def with_hint(
        self, image: Tensor, strength: float = 1.0, start_percent: float = 0.0, end_percent: float = 1.0
    ) -> ControlNet:
        """Steer by `image` [B,H,W,C] in 0..1 during a share of the sampling."""
        hint = image[..., :3].movedim(-1, 1)
        return replace(self, hint=hint, strength=strength, percents=(start_percent, end_percent))

    def with_previous(self, previous: ControlNet | None) -> ControlNet:
        """Chain: `previous` is evaluated first and its residuals are added to this one's."""
        return replace(self, previous=previous)

    def with_kind(self, name: str) -> ControlNet:
        """Told that the picture is of the kind called `name`, or "auto"; for networks that know several.

        Raises ModelError for a union ControlNet that does not know this kind.
        """
        kind = KINDS.get(name)
        if isinstance(self.weights, UnionWeights):
            self.weights.check_kind(kind)
        return replace(self, kind=kind)

    def prepared(self, model: Model) -> ControlNet:
        """Ready for one sampling call of `model`: percents as sigmas, for the whole chain."""
        start, end = (model.sampling.percent_to_sigma(percent) for percent in self.percents)
        previous = self.previous.prepared(model) if self.previous is not None else None
        return replace(self, sigmas=(start, end), previous=previous)

    def _check_family(self, context: Tensor | None) -> None:
        """ModelError for a ControlNet of another family, before its first layer says so in numbers."""
        own = self.weights.shape.unet.context if isinstance(self.weights, ControlWeights) else None
        if context is not None and own is not None and own != context.shape[-1]:
            made, given = (FAMILIES.get(width, f"width {width}") for width in (own, context.shape[-1]))
            raise ModelError(
                f"The ControlNet {self.weights.path or ''} was made for prompts of {made}, but this model's are of "
                f"{given}: use a ControlNet of the model's own family."
            )

    def residuals(
        self,
        x: Tensor,
        timesteps: Tensor,
        context: Tensor | None,
        y: Tensor | None,
        sigma: float | Tensor,
        batch: int = 1,
    ) -> Control | None:
        """What the whole chain adds to the UNet at `sigma`, None if no link is active.

        `x` [B,C,h,w] is scaled as for the UNet, `timesteps` [B] and `context` [B,T,C] are the UNet's; `batch` says how
        many conds share the batch.
        """
        before = self.previous.residuals(x, timesteps, context, y, sigma, batch) if self.previous is not None else None
        now = float(sigma.reshape(-1)[0]) if isinstance(sigma, Tensor) else sigma
        if self.hint is None or not self.sigmas[0] >= now >= self.sigmas[1]:
            return before
        self._check_family(context)
        features = self._features_for(x.shape[0], x.shape[-2], x.shape[-1], batch)
        network = self.weights.network()
        if isinstance(network, UnionNetwork):
            network = network.of_kind(self.kind)
        return merged(self._weighted(network(x, features, timesteps, context, y)), before)

    def _features_for(self, rows: int, height: int, width: int, batch: int) -> list[Tensor]:
        key = (height, width, rows, batch)
        if key not in self._features:
            assert self.hint is not None
            network = self.weights.network()
            hint = common_upscale(self.hint.float(), *network.hint_size(width, height), "nearest-exact", "center")
            # Spread afterwards, so that one picture for a whole batch is embedded once.
            self._features[key] = [spread_over_batch(features, rows, batch) for features in network.embed(hint)]
        return self._features[key]

    def _weighted(self, control: Control) -> Control:
        return {place: [self._weigh(t, len(ts) - i) for i, t in enumerate(ts)] for place, ts in control.items()}

    def _weigh(self, tensor: Tensor | None, from_end: int) -> Tensor | None:
        """One residual at this handle's strength; `from_end` counts from the last (1) to the first."""
        if tensor is None:
            return None
        if self.global_pool:
            tensor = tensor.mean(dim=(2, 3), keepdim=True).expand_as(tensor)
        return tensor * (self.strength**from_end if self.linear_up else self.strength)


def merged(control: Control, before: Control | None) -> Control:
    """Two sets of residuals added place by place, index by index; what only one has passes through."""
    if before is None:
        return control
    result: Control = {}
    for place in ("input", "middle", "output"):
        first, second = before.get(place, []), control.get(place, [])
        length = max(len(first), len(second))
        result[place] = [_sum(a, b) for a, b in zip(_filled(first, length), _filled(second, length), strict=True)]
    return {place: tensors for place, tensors in result.items() if tensors}


def spread_over_batch(tensor: Tensor, rows: int, batch: int) -> Tensor:
    """Hints for `rows` latents of which `batch` conds have an equal share: cut, repeated, then once for each cond."""
    if tensor.shape[0] == 1:
        return tensor
    share = rows // batch
    indices = torch.arange(share) % min(share, tensor.shape[0])
    return tensor[indices].repeat(batch, 1, 1, 1)


def load_controlnet(path: str | os.PathLike[str], model: Model | None = None) -> ControlNet:
    """Open a ControlNet in latent diffusion's or diffusers' layout, a difference to `model`, a Control-LoRA, or a
    T2I-Adapter.

    Raises ModelError if the file is damaged, unsafe, of another kind, or needs a `model` that is not given.
    """
    file = WeightsFile(path)
    with named(file.path):
        if (adapter := adapter_from(file)) is not None:
            return ControlNet(adapter)
        pooled = file.path.stem.endswith(("_shuffle", "_shuffle_fp16"))
        return ControlNet(_weights(file, model), global_pool=pooled)


def _weights(file: WeightsFile, model: Model | None) -> ControlWeights:
    names = {name.removeprefix(PREFIX): name for name in file}
    low_rank = "lora_controlnet" in names
    union = {name: there for name, there in names.items() if is_own(name)}
    if (low_rank or "difference" in names) and model is None:
        raise ModelError(
            "This ControlNet is a change of its model's weights: load it with 'Load ControlNet Model (diff)' and "
            "connect the model."
        )
    if DIFFUSERS_MARK in names:
        names = {here: names[there] for there, here in to_ldm(names).items() if there not in union}
    elif LDM_MARK not in names:
        raise ModelError(
            "This is no ControlNet in a layout that is known (latent diffusion's or diffusers'), and no "
            "T2I-Adapter. ControlNets of Stable Diffusion 3 and Flux are not supported."
        )
    for mark in ("difference", "lora_controlnet"):
        names.pop(mark, None)
    shapes = {name: tuple(file[there].shape) for name, there in names.items()}
    if low_rank and model is not None:
        shapes = model.shapes() | shapes
    device = compute_device()
    weights = Weights(file, names | union, diffusion_dtype(device), device)
    shape = infer_control_shape(shapes)
    if union:
        return UnionWeights(shape, weights, {name: file.entries[there].shape for name, there in union.items()})
    base = model if low_rank or _is_difference(file) else None
    return ControlWeights(shape, weights, base, low_rank=low_rank)


def _is_difference(file: WeightsFile) -> bool:
    return "difference" in file or f"{PREFIX}difference" in file


def _sum(first: Tensor | None, second: Tensor | None) -> Tensor | None:
    if first is None or second is None:
        return second if first is None else first
    return first + second


def _filled(tensors: Sequence[Tensor | None], length: int) -> list[Tensor | None]:
    return [*tensors, *[None] * (length - len(tensors))]
