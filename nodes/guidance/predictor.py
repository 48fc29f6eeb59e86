"""A model ready to predict: the network together with its sigma parameterisation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.guidance.conditioning import Conditioning
from nodes.guidance.hooks import HookedNetworks, HookGroup
from nodes.guidance.prepare import Conds, convert, prepare
from nodes.guidance.wrappers import wrapped

if TYPE_CHECKING:
    from nodes.models.controlnet import ControlNet
    from nodes.models.model import Model
    from nodes.models.unet import UNet


class Predictor:
    """One model during one sampling call: noisy latent and sigma in, denoised prediction out; no guidance yet.

    It is what guidance functions receive as `model`, under the names the field gives its attributes. `noise` and
    `latent` [B,C,...] (model space) are what the call starts from, `mask` (the latent's size) what it may change.
    """

    def __init__(
        self, model: Model, network: UNet, noise: Tensor, latent: Tensor, mask: Tensor | None = None, seed: int = 0
    ):
        self.model, self.seed = model, seed
        self.model_sampling = model.sampling
        self.latent_format = model.latent_format
        self.diffusion_model = network
        self.noise, self.latent, self.mask = noise, latent, mask
        self.plans: dict[Any, Any] = {}
        self._hooked = HookedNetworks(model, model.sampling.percent_to_sigma)

    @contextmanager
    def hooked(self, group: HookGroup | None, sigma: Tensor) -> Iterator[None]:
        """Predict with the network of a hook group in the step at sigma [B]."""
        if group is None:
            yield
            return
        plain = self.diffusion_model
        self.diffusion_model = self._hooked.network(group, float(sigma[0]))
        try:
            yield
        finally:
            self.diffusion_model = plain

    def prepare(self, lists: Mapping[str, Conditioning]) -> Conds:
        """Conditionings made ready for this call."""
        return prepare(
            {name: convert(conditioning) for name, conditioning in lists.items()},
            self.latent.shape,
            percent_to_sigma=self.model_sampling.percent_to_sigma,
            extra_conds=self._extra_conds,
            prepare_control=lambda control: control.prepared(self.model),
            device=self.latent.device,
        )

    def _extra_conds(self, cond: Mapping[str, Any]) -> Mapping[str, Any]:
        given = {**cond, "noise": self.noise, "latent_image": self.latent, "seed": self.seed}
        told = self.model.extra_conds(given if self.mask is None else {**given, "denoise_mask": self.mask})
        self._check_context(told.get("c_crossattn"))
        return told

    def _check_context(self, context: Tensor | None) -> None:
        family = self.model.family
        if context is not None and family.shape.context not in (None, context.shape[-1]):
            raise ModelError(
                f"The prompt was encoded {context.shape[-1]} channels wide, but this {family.title} model reads "
                f"{family.shape.context}: encode it with the CLIP of the model's own checkpoint or family."
            )

    def residuals(
        self, control: ControlNet, x: Tensor, sigma: Tensor, told: Mapping[str, Any], count: int
    ) -> Mapping[str, Any] | None:
        """What a prepared ControlNet adds to the network for x at sigma; `count` conds share the batch.

        `told` is what the network is told. One of a pack's own is asked in the field's way.
        """
        own = getattr(control, "get_control", None)
        if own is not None:
            found: Mapping[str, Any] | None = own(x, sigma, told, count, told["transformer_options"])
            return found
        context, y = told.get("crossattn_controlnet", told.get("c_crossattn")), told.get("y")
        scaled = self.model_sampling.calculate_input(sigma, x)
        return control.residuals(scaled, self.model_sampling.timestep(sigma).float(), context, y, sigma, count)

    def apply_model(
        self,
        x: Tensor,
        t: Tensor,
        c_concat: Tensor | None = None,
        c_crossattn: Tensor | None = None,
        control: Mapping[str, Any] | None = None,
        transformer_options: Mapping[str, Any] | None = None,
        **told: Any,
    ) -> Tensor:
        """The denoised prediction of x [B,C,...] at sigma t [B]. `told` are further arguments of the network."""
        options = transformer_options or {}
        apply = wrapped(self._apply_model, "apply_model", options, self)
        prediction: Tensor = apply(x, t, c_concat, c_crossattn, control, options, **told)
        return prediction

    def _apply_model(
        self,
        x: Tensor,
        sigma: Tensor,
        c_concat: Tensor | None,
        context: Tensor | None,
        control: Mapping[str, Any] | None,
        options: Mapping[str, Any],
        **told: Any,
    ) -> Tensor:
        xc = self.model_sampling.calculate_input(sigma, x)
        if c_concat is not None:
            xc = torch.cat((xc, c_concat.to(xc)), dim=1)
        timestep = self.model_sampling.timestep(sigma).float()
        network = wrapped(self.diffusion_model, "diffusion_model", options, self.diffusion_model)
        output = network(xc, timestep, context, control=control, transformer_options=options, **told)
        return self.model_sampling.calculate_denoised(sigma, output.float(), x)
