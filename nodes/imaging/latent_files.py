"""Latents in files: safetensors with `latent_tensor` and, in its metadata, the prompt and the workflow."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import safetensors.torch
import torch
from safetensors import SafetensorError

from nodes.imaging.metadata import texts
from nodes.imaging.shapes import ImagingError, Latent, check_latent

VERSION_KEY = "latent_format_version_0"
OLD_SCALE = 1.0 / 0.18215  # files without the version key hold SD1's scaled latents


def write_latent(file: BinaryIO, latent: Latent, metadata: Mapping[str, Any]) -> None:
    """One latent's samples; an empty tensor marks the version."""
    tensors = {"latent_tensor": check_latent(latent).contiguous(), VERSION_KEY: torch.tensor([])}
    file.write(safetensors.torch.save(tensors, metadata=texts(metadata)))


def load_latent(path: Path) -> Latent:
    """The latent of a file, fp32. ImagingError if the file is no latent."""
    try:
        tensors = safetensors.torch.load_file(path, device="cpu")
        samples = tensors["latent_tensor"].float()
    except (SafetensorError, OSError, KeyError) as error:
        raise ImagingError(
            f"'{path.name}' is not a latent file ({error}); choose a file that 'SaveLatent' wrote."
        ) from error
    return {"samples": samples if VERSION_KEY in tensors else samples * OLD_SCALE}
