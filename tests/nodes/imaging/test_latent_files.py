import io
import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from nodes.imaging.latent_files import load_latent, write_latent
from nodes.imaging.shapes import ImagingError


def test_written_and_loaded(tmp_path: Path) -> None:
    samples = torch.randn(1, 4, 6, 8)
    file = io.BytesIO()
    write_latent(file, {"samples": samples.half()}, {"prompt": {"1": {}}, "workflow": {"a": 1}})
    (tmp_path / "a.latent").write_bytes(file.getvalue())
    assert torch.equal(load_latent(tmp_path / "a.latent")["samples"], samples.half().float())
    with safe_open(tmp_path / "a.latent", "pt") as stored:
        assert {key: json.loads(text) for key, text in stored.metadata().items()} == {
            "prompt": {"1": {}},
            "workflow": {"a": 1},
        }
        assert set(stored.keys()) == {"latent_tensor", "latent_format_version_0"}


def test_old_files_are_scaled_back(tmp_path: Path) -> None:
    save_file({"latent_tensor": torch.full((1, 4, 2, 2), 0.18215)}, tmp_path / "a.latent")
    torch.testing.assert_close(load_latent(tmp_path / "a.latent")["samples"], torch.ones(1, 4, 2, 2))


@pytest.mark.parametrize("data", [b"", b"{}", b"\x02\0\0\0\0\0\0\0{}", b"\xff" * 64])
def test_what_is_no_latent_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.latent").write_bytes(data)
    with pytest.raises(ImagingError, match=r"'a.latent' is not a latent file.*SaveLatent"):
        load_latent(tmp_path / "a.latent")
    with pytest.raises(ImagingError, match="nothing"):
        load_latent(tmp_path / "nothing.latent")
