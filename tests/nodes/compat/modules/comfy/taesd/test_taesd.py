"""`comfy.taesd.taesd`: the decoder by layers is the one that our previews use."""

from __future__ import annotations

from pathlib import Path

import torch

from nodes.compat.modules.comfy.taesd.taesd import TAESD
from nodes.compat.modules.comfy.utils import save_torch_file
from nodes.compat.modules.latent_preview import TAESDPreviewerImpl


def test_a_decoder_of_a_file_is_that_of_its_layers(tmp_path: Path) -> None:
    torch.manual_seed(0)
    by_layers = TAESD()
    save_torch_file(by_layers.taesd_decoder.state_dict(), str(tmp_path / "taesd_decoder.safetensors"))
    save_torch_file(by_layers.taesd_encoder.state_dict(), str(tmp_path / "taesd_encoder.safetensors"))
    of_files = TAESD(str(tmp_path / "taesd_encoder.safetensors"), str(tmp_path / "taesd_decoder.safetensors"))
    latent = torch.randn(1, 4, 4, 4)
    assert torch.allclose(of_files.decode(latent), by_layers.decode(latent).clamp(-1, 1), atol=1e-4)
    picture = torch.rand(1, 3, 32, 32) * 2 - 1
    assert torch.equal(of_files.encode(picture), by_layers.encode(picture))
    assert of_files.encode(picture).shape == (1, 4, 4, 4)
    assert TAESDPreviewerImpl(of_files).decode_latent_to_preview(latent).size == (32, 32)
