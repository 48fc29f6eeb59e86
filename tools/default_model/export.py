"""Writes trained modules in the layout of published checkpoints: latent diffusion's names, float16."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from nodes.models import controlnet_keys, unet_keys, vae_keys
from tools.default_model.text import HEADS, full_table, used_table
from tools.default_model.vae import GROUPS, new_vae

_VAE, _UNET, _TEXT = "first_stage_model.", "model.diffusion_model.", "cond_stage_model.transformer.text_model."
# What shapes cannot tell; see `nodes.models.checkpoint.metadata_config`.
PREVIEW = "graphcore-default"  # its latents are none of Stable Diffusion's, so its small decoder has a name of its own
CONFIG = {
    "vae": {"norm_num_groups": GROUPS},
    "clip_l": {"num_attention_heads": HEADS},
    "latent_format": {"taesd": PREVIEW},
}
_KEPT_BITS = 8
_STEP = "graphcore.step"  # how far the training of a file is


def vae_tensors(vae: Any) -> dict[str, Tensor]:
    """A VAE (diffusers' AutoencoderKL) in latent diffusion's layout, without prefix."""
    state = vae.state_dict()
    names = vae_keys.to_ldm(state)
    assert len(names) == len(state)
    return {names[name]: _published(names[name], tensor) for name, tensor in state.items()}


def unet_tensors(unet: Any) -> dict[str, Tensor]:
    """A UNet (diffusers' UNet2DConditionModel) in latent diffusion's layout, without prefix."""
    state = unet.state_dict()
    names = unet_keys.from_diffusers(state)
    assert len(names) == len(state)
    return {names[name]: tensor for name, tensor in state.items()}


def write_vae(vae: Any, path: Path) -> None:
    """A VAE file."""
    _write(vae_tensors(vae), {"vae": CONFIG["vae"]}, path)


def read_vae(path: Path) -> Any:
    """The VAE of a file that `write_vae` wrote."""
    tensors = load_file(path)
    names = vae_keys.to_diffusers(tensors, vae_keys.infer_shape({name: tuple(t.shape) for name, t in tensors.items()}))
    vae = new_vae()
    own = vae.state_dict()
    vae.load_state_dict({there: tensors[here].float().view_as(own[there]) for here, there in names.items()})
    return vae.eval()


def write_checkpoint(painter: Any, vae: Any, path: Path, step: int = 0) -> None:
    """A checkpoint with UNet, text encoder and VAE. `painter` is a `diffusion.Painter`, trained for so many steps."""
    tensors = {_VAE + name: tensor for name, tensor in vae_tensors(vae).items()}
    tensors |= {_UNET + name: tensor for name, tensor in unet_tensors(painter.unet).items()}
    text = full_table(painter.text.encoder.state_dict())
    tensors |= {_text_name(name): tensor for name, tensor in text.items()}
    # The mark by which a file says that its UNet predicts velocity.
    _write(tensors | {"v_pred": torch.empty(0)}, CONFIG, path, {_STEP: str(step)})


def read_checkpoint(painter: Any, path: Path) -> int:
    """Give a `diffusion.Painter` the weights of a file that `write_checkpoint` wrote; returns after how many steps."""
    with safe_open(path, "pt") as file:
        names, step = unet_keys.from_diffusers(painter.unet.state_dict()), int(file.metadata()[_STEP])
        unet = {own: file.get_tensor(_UNET + names[own]) for own in painter.unet.state_dict()}
        text = {own: file.get_tensor(_text_name(own)) for own in painter.text.encoder.state_dict()}
    painter.unet.load_state_dict(unet)
    painter.text.encoder.load_state_dict(used_table(text))
    return step


def _text_name(own: str) -> str:
    return _TEXT + own.removeprefix("text_model.")


def write_control(control: Any, path: Path) -> None:
    """A ControlNet (diffusers' ControlNetModel) in the layout of its authors' files."""
    names = controlnet_keys.to_ldm(control.state_dict())
    write_plain({f"control_model.{names[name]}": tensor for name, tensor in control.state_dict().items()}, path)


def write_plain(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Tensors that say everything by their names and shapes."""
    _write(tensors, {}, path)


def _published(name: str, tensor: Tensor) -> Tensor:
    """Attention weights as the 1x1 convolutions that published files have there."""
    return tensor[..., None, None] if ".attn_1." in name and tensor.ndim == 2 else tensor


def _write(
    tensors: Mapping[str, Tensor], config: Mapping[str, Any], path: Path, told: Mapping[str, str] = MappingProxyType({})
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    halves = {name: compact(tensor) for name, tensor in tensors.items() if tensor.is_floating_point()}
    stated = {"graphcore.config": json.dumps(config)} if config else {}
    save_file(halves, path, metadata={"format": "pt", **stated, **told})


def compact(tensor: Tensor) -> Tensor:
    """In float16, matrices and kernels rounded to 8 significant bits (bfloat16's), so that they compress.

    Vectors keep all their bits: they are few, and errors in a bias add up.
    """
    if tensor.ndim < 2:
        return tensor.detach().half().cpu().contiguous()
    mantissa, exponent = torch.frexp(tensor.detach().float().cpu())
    rounded = torch.ldexp((mantissa * 2**_KEPT_BITS).round() / 2**_KEPT_BITS, exponent)
    return rounded.half().contiguous()
