"""`latent_preview`: rough pictures of what a sampler is at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PIL import Image
from torch import Tensor

from nodes.compat import installation
from nodes.compat.modules.comfy.cli_args import LatentPreviewMethod, args
from nodes.compat.modules.comfy.taesd.taesd import TAESD
from nodes.compat.stubs import ProvidedType
from nodes.sampling.latent_formats import LatentFormat

__all__ = ["TAESD", "LatentPreviewMethod", "args"]

MAX_PREVIEW_RESOLUTION = 512
default_preview_method = LatentPreviewMethod.Auto


def preview_to_image(latent_image: Tensor) -> Image.Image:
    """[H,W,3] in 0..1 as a picture."""
    return Image.fromarray(latent_image.clamp(0, 1).mul(255).byte().cpu().numpy())


class LatentPreviewer(metaclass=ProvidedType):
    """Makes a picture of a prediction in model space."""

    def decode_latent_to_preview(self, x0: Tensor) -> Image.Image:
        """The picture."""
        raise NotImplementedError(f"{type(self).__name__} has no decode_latent_to_preview.")

    def decode_latent_to_preview_image(self, preview_format: str, x0: Tensor) -> tuple[str, Image.Image, int]:
        """The picture as clients are sent it: (format, picture, largest side)."""
        return "JPEG", self.decode_latent_to_preview(x0), MAX_PREVIEW_RESOLUTION


class Latent2RGBPreviewer(LatentPreviewer):
    """A linear map from latent channels to colours: `factors` [C][3], `bias` [3]."""

    def __init__(self, latent_rgb_factors: Any, latent_rgb_factors_bias: Any = None):
        self.factors, self.bias = latent_rgb_factors, latent_rgb_factors_bias

    def decode_latent_to_preview(self, x0: Tensor) -> Image.Image:
        first = (x0[0, :, 0] if x0.ndim == 5 else x0[0]).float().movedim(0, -1)
        rgb = first @ first.new_tensor(self.factors)
        if self.bias is not None:
            rgb = rgb + first.new_tensor(self.bias)
        return preview_to_image((rgb + 1) / 2)


class TAESDPreviewerImpl(LatentPreviewer):
    """Previews by a small decoder."""

    def __init__(self, taesd: TAESD):
        self.taesd = taesd

    def decode_latent_to_preview(self, x0: Tensor) -> Image.Image:
        picture = self.taesd.decode(x0[:1])[0].movedim(0, -1)
        return preview_to_image((picture + 1) / 2)


class _FormatPreviewer(LatentPreviewer):
    """The preview that goes with a latent format."""

    def __init__(self, latent_format: LatentFormat):
        self.latent_format = latent_format

    def decode_latent_to_preview(self, x0: Tensor) -> Image.Image:
        picture = self.latent_format.preview_image(x0)
        if picture is None:
            raise ValueError(f"There is no preview for latents of the format {self.latent_format.name}.")
        return Image.fromarray(picture.cpu().numpy())


def get_previewer(device: Any, latent_format: Any) -> LatentPreviewer | None:
    """What makes previews of a model's latents; None if nothing can, or none are wanted."""
    if args.preview_method is LatentPreviewMethod.NoPreviews:
        return None
    if isinstance(latent_format, LatentFormat):
        return _FormatPreviewer(latent_format) if latent_format.preview is not None else None
    factors = getattr(latent_format, "latent_rgb_factors", None)
    return (
        None
        if factors is None
        else Latent2RGBPreviewer(factors, getattr(latent_format, "latent_rgb_factors_bias", None))
    )


def prepare_callback(
    model: Any, steps: int, x0_output_dict: dict[str, Any] | None = None
) -> Callable[[int, Tensor, Tensor, int], None]:
    """`callback(step, x0, x, total)` that reports the step with a preview, and keeps the last prediction as 'x0'."""
    run = installation.calling()
    previewer = get_previewer(None, getattr(model, "latent_format", None))

    def callback(step: int, x0: Tensor, x: Tensor, total_steps: int) -> None:
        if x0_output_dict is not None:
            x0_output_dict["x0"] = x0
        run.progress(min(step + 1, total_steps), total_steps)
        if previewer is not None:
            run.preview(previewer.decode_latent_to_preview(x0), rough=True)

    return callback
