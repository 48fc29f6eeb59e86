"""Latent formats: how the numbers a VAE writes relate to those its diffusion model was trained on.

Latents travel between nodes as the VAE writes them ("stored"); samplers work in model space.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import torch
from torch import Tensor


@dataclass(frozen=True)
class LatentFormat:
    """model = (stored - shift) * scale / std, per channel where `shift` and `std` are lists.

    `dimensions`: 1 for audio, 2 for pictures, 3 for video. `preview` names the linear preview's factors, `taesd`
    the small decoder for better previews, where there are such.
    """

    name: str
    channels: int = 4
    scale: float = 1.0
    shift: float | tuple[float, ...] = 0.0
    std: float | tuple[float, ...] = 1.0
    dimensions: int = 2
    preview: str | None = None
    taesd: str | None = None

    def process_in(self, stored: Tensor) -> Tensor:
        """Into model space."""
        return (stored - self._spread(self.shift, stored)) * self.scale / self._spread(self.std, stored)

    def process_out(self, model: Tensor) -> Tensor:
        """Back to what the VAE reads."""
        return model * self._spread(self.std, model) / self.scale + self._spread(self.shift, model)

    def to_model_space(self, stored: Tensor) -> Tensor:
        """`process_in`, but an all-zero latent, which stands for "no picture", stays zero."""
        return self.process_in(stored) if torch.count_nonzero(stored) else stored

    def fit_empty(self, stored: Tensor) -> Tensor:
        """An all-zero latent with this format's number of channels and dimensions; any other latent as it is."""
        if stored.shape[1] != self.channels and not torch.count_nonzero(stored):
            copies = -(-self.channels // stored.shape[1])
            stored = stored.repeat(1, copies, *[1] * (stored.ndim - 2))[:, : self.channels]
        return stored.unsqueeze(2) if self.dimensions == 3 and stored.ndim == 4 else stored

    def preview_image(self, denoised: Tensor) -> Tensor | None:
        """A rough picture of the first item (and frame) of a model-space prediction: [h, w, 3], uint8.

        None where no factors are known.
        """
        if self.preview is None or denoised.ndim < 4:
            return None
        factors, bias = preview_factors(self.preview)
        first = denoised[0, :, 0] if denoised.ndim == 5 else denoised[0]
        rgb = first.float().movedim(0, -1) @ factors.to(denoised.device) + bias.to(denoised.device)
        return ((rgb + 1) / 2).clamp(0, 1).mul(255).to(torch.uint8)

    @staticmethod
    def _spread(value: float | Sequence[float], like: Tensor) -> float | Tensor:
        if isinstance(value, float):
            return value
        return like.new_tensor(value).reshape(1, -1, *[1] * (like.ndim - 2))


@cache
def preview_factors(name: str) -> tuple[Tensor, Tensor]:
    """(factors [C, 3], bias [3]) of a linear map from model space to RGB in -1..1."""
    entry = _tables()[name]
    return torch.tensor(entry["factors"]), torch.tensor(entry.get("bias") or [0.0, 0.0, 0.0])


@cache
def _tables() -> dict[str, dict[str, list[float]]]:
    text = files(__package__).joinpath("preview_factors.json").read_text(encoding="utf-8")
    tables: dict[str, dict[str, list[float]]] = json.loads(text)
    return tables


def _per_channel(name: str, key: str) -> tuple[float, ...]:
    return tuple(_tables()[name][key])


SD1 = LatentFormat("sd1", scale=0.18215, preview="SD15", taesd="taesd")
SDXL = LatentFormat("sdxl", scale=0.13025, preview="SDXL", taesd="taesdxl")
SDXL_PLAYGROUND = LatentFormat(
    "sdxl_playground_2_5",
    scale=0.5,
    shift=_per_channel("SDXL_Playground_2_5", "latents_mean"),
    std=_per_channel("SDXL_Playground_2_5", "latents_std"),
    preview="SDXL_Playground_2_5",
    taesd="taesdxl",
)
SD_X4 = LatentFormat("sd_x4", scale=0.08333, preview="SD_X4")
CASCADE_PRIOR = LatentFormat("cascade_prior", channels=16, preview="SC_Prior")
CASCADE_B = LatentFormat("cascade_b", scale=1 / 0.43, preview="SC_B")
SD3 = LatentFormat("sd3", channels=16, scale=1.5305, shift=0.0609, preview="SD3", taesd="taesd3")
FLUX = LatentFormat("flux", channels=16, scale=0.3611, shift=0.1159, preview="Flux", taesd="taef1")
HUNYUAN_VIDEO = LatentFormat("hunyuan_video", channels=16, scale=0.476986, dimensions=3, preview="HunyuanVideo")
HUNYUAN_IMAGE = LatentFormat("hunyuan_image", channels=64, scale=0.75289)
HUNYUAN_IMAGE_REFINER = LatentFormat("hunyuan_image_refiner", channels=64, scale=1.03682, dimensions=3)
WAN_21 = LatentFormat(
    "wan_2_1",
    channels=16,
    shift=_per_channel("Wan21", "latents_mean"),
    std=_per_channel("Wan21", "latents_std"),
    dimensions=3,
    preview="Wan21",
)
MOCHI = LatentFormat(
    "mochi",
    channels=12,
    shift=_per_channel("Mochi", "latents_mean"),
    std=_per_channel("Mochi", "latents_std"),
    dimensions=3,
    preview="Mochi",
)
LTXV = LatentFormat("ltxv", channels=128, dimensions=3)
COSMOS = LatentFormat("cosmos", channels=16, dimensions=3)
HUNYUAN_3D = LatentFormat("hunyuan_3d", channels=64, scale=0.9990943042622529, dimensions=1)
HUNYUAN_3D_21 = LatentFormat("hunyuan_3d_2_1", channels=64, scale=1.0039506158752403, dimensions=1)
HUNYUAN_3D_MINI = LatentFormat("hunyuan_3d_mini", channels=64, scale=1.0188137142395404, dimensions=1)
STABLE_AUDIO = LatentFormat("stable_audio", channels=64, dimensions=1)
ACE = LatentFormat("ace", channels=8)
