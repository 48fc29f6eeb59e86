"""`model.model.diffusion_model` and `vae.first_stage_model`: our networks as packs look at them and call them.

Its layers stand where latent diffusion has them (`input_blocks.1.1.transformer_blocks.0.attn1`), to be read and told by
class. What is put in their place here has no effect on a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from torch import Tensor, nn

from nodes.compat.modules.comfy.ldm.modules import attention
from nodes.compat.modules.comfy.ldm.modules.diffusionmodules import openaimodel
from nodes.models import layers, transformer_layers
from nodes.models.unet import Stage, UNet
from nodes.models.vae import Vae


class _Shared(nn.Module):
    """A network whose weights everybody computes with: `.half()`, `.cpu()`, `.to(...)` leave them as they are."""

    def _apply(self, fn: Any, recurse: bool = True) -> Self:
        return self


class NetworkView(_Shared):
    """`network(x, timesteps, context, y, control, transformer_options)`: the prediction [B,C,H,W]."""

    def __init__(self, unet: UNet, weights: Any):
        super().__init__()
        module = unet.module
        object.__setattr__(self, "unet", unet)  # no part of the tree
        object.__setattr__(self, "_weights", weights)
        self.dtype, self.device, self.model_channels = unet.dtype, unet.device, unet.model_channels
        self.in_channels, self.out_channels = module.conv_in.in_channels, module.conv_out.out_channels
        self.num_classes = "sequential" if getattr(module, "add_embedding", None) is not None else None
        self.time_embed = nn.Sequential(module.time_embedding.linear_1, nn.SiLU(), module.time_embedding.linear_2)
        self.input_blocks = nn.ModuleList(
            [nn.Sequential(module.conv_in), *(nn.Sequential(*_parts(stage)) for stage in unet.input_stages)]
        )
        self.middle_block = nn.Sequential(*(part for stage in unet.middle_stages for part in _parts(stage)))
        self.output_blocks = nn.ModuleList(nn.Sequential(*_parts(stage)) for stage in unet.output_stages)
        self.out = nn.Sequential(module.conv_norm_out, nn.SiLU(), module.conv_out)

    def forward(
        self, x: Tensor, timesteps: Tensor, context: Tensor | None = None, y: Tensor | None = None,
        control: Mapping[str, Sequence[Tensor | None]] | None = None, transformer_options: Any = None, **more: Any,
    ) -> Tensor:  # fmt: skip
        """The network's output for x, which is scaled already."""
        options = transformer_options or {}
        unet: UNet = vars(self)["unet"]
        return unet(x, timesteps, context, y=y, control=control, transformer_options=options, **more)

    _forward = forward

    def state_dict(self, *_: Any, **__: Any) -> dict[str, Tensor]:  # type: ignore[override]
        """Every weight as the file has it, by latent diffusion's names."""
        weights = vars(self)["_weights"]
        return {name: weights.raw(name) for name in weights.names}


def _parts(stage: Stage) -> list[nn.Module]:
    return [part for part in stage if part is not None]


def shown(unet: UNet, weights: Any) -> NetworkView:
    """The view of a network, the same one as long as that lives."""
    found: NetworkView | None = unet.__dict__.get("_shown")
    if found is None:
        found = unet.__dict__["_shown"] = NetworkView(unet, weights)
    return found


class FirstStage(_Shared):
    """`vae.first_stage_model`: pictures [B,3,H,W] in -1..1 to latents and back, by one of ours."""

    def __init__(self, native: Vae):
        super().__init__()
        module = native.weights.network()
        object.__setattr__(self, "native", native)
        self.encoder, self.decoder = module.encoder, module.decoder
        self.quant_conv, self.post_quant_conv = module.quant_conv, module.post_quant_conv

    def encode(self, x: Tensor, *_: Any, **__: Any) -> Tensor:
        """The latent [B,C,h,w]."""
        native: Vae = vars(self)["native"]
        return native.encode((x.movedim(1, -1) + 1.0) / 2.0)

    def decode(self, z: Tensor, *_: Any, **__: Any) -> Tensor:
        """The pictures of a latent."""
        native: Vae = vars(self)["native"]
        return native.decode(z).movedim(-1, 1) * 2.0 - 1.0


# Our layers are told by the field's classes.
for _theirs, _ours in (
    (attention.BasicTransformerBlock, transformer_layers.TransformerBlock),
    (attention.CrossAttention, transformer_layers.Attention),
    (attention.SpatialTransformer, transformer_layers.SpatialTransformer),
    (openaimodel.ResBlock, layers.Residual),
    (openaimodel.Downsample, layers.Downsample),
    (openaimodel.Upsample, layers.Upsample),
    (openaimodel.UNetModel, NetworkView),
):
    _theirs.register(_ours)
