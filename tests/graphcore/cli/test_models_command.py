"""`graphcore models`, from the command line to what it prints and writes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from graphcore.cli import main
from graphcore.cli.models_command import _size


class Command:
    """Runs `graphcore models ...` and keeps what it prints."""

    def __init__(self, base: Path, capture: pytest.CaptureFixture[str]):
        self._base, self._capture = base, capture
        self.out = self.err = ""

    def __call__(self, *words: object, base: bool = True) -> int:
        where = ["--base-dir", str(self._base)] if base else []
        with pytest.raises(SystemExit) as leaving:
            main(["models", *map(str, words), *where])
        self.out, self.err = self._capture.readouterr()
        return int(leaving.value.code or 0)


@pytest.fixture
def models(tiny_models: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    return Command(tiny_models, capsys)


def test_list(models: Command, tiny_models: Path) -> None:
    assert models("list") == 0
    assert "  checkpoints/sd15_tiny.safetensors\n" in models.out
    assert "  loras/sd15_tiny_lora.safetensors\n" in models.out
    assert models("list", "loras", "--json") == 0
    rows = {row["name"]: row for row in json.loads(models.out)}  # those that ship are listed too
    path = tiny_models / "models" / "loras" / "sd15_tiny_lora.safetensors"
    assert rows[path.name] == {"kind": "loras", "name": path.name, "size": path.stat().st_size, "path": str(path)}
    assert models("list", "lora") == 2
    assert "no kind of model called 'lora'" in models.err


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("checkpoints/sd15_tiny.safetensors", "checkpoint of Stable Diffusion 1 with text encoder and VAE"),
        ("sdxl_tiny.safetensors", "checkpoint of SDXL with text encoder and VAE"),
        ("sd15_tiny_lora.safetensors", "LoRA"),
        ("sd15_tiny_control.safetensors", "ControlNet"),
        ("embeddings/tinyembed.safetensors", "embedding"),
    ],
)
def test_info(models: Command, name: str, kind: str) -> None:
    assert models("info", name) == 0
    assert f"kind: {kind}\n" in models.out
    assert models("info", name, "--json") == 0
    assert json.loads(models.out)["kind"] == kind


def test_an_unknown_model_is_a_sentence(models: Command) -> None:
    assert models("info", "nowhere.safetensors") == 2
    assert "no model 'nowhere.safetensors'" in models.err
    assert models("info", "loras/nowhere.safetensors") == 1
    assert "Did you mean" in models.err


def test_hash(models: Command, tiny_models: Path) -> None:
    path = tiny_models / "models" / "embeddings" / "tinyembed.safetensors"
    assert models("hash", "tinyembed.safetensors") == 0
    assert models.out == f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path}\n"


def test_check(models: Command, tiny_models: Path, tmp_path: Path) -> None:
    assert models("check") == 0
    own = [line for line in models.out.splitlines() if line.startswith(str(tiny_models))]
    assert len(own) == 5
    assert all(line.endswith(": sound") for line in models.out.splitlines())
    save_file({"emb_params": torch.tensor([[1.0, float("nan")]])}, tmp_path / "nan.safetensors")
    (tmp_path / "cut.safetensors").write_bytes((tmp_path / "nan.safetensors").read_bytes()[:-1])
    said = {"nan": "no finite numbers (emb_params)", "cut": "is cut off"}
    for name, words in said.items():
        assert models("check", tmp_path / f"{name}.safetensors") == 1
        assert words in models.out


def test_convert(models: Command, tmp_path: Path) -> None:
    torch.save({"emb_params": torch.ones(1, 3)}, tmp_path / "old.pt")
    assert models("convert", tmp_path / "old.pt", base=False) == 0
    assert models.out == f"{tmp_path / 'old.safetensors'}\n"
    assert torch.equal(load_file(tmp_path / "old.safetensors")["emb_params"], torch.ones(1, 3))
    assert models("convert", tmp_path / "old.pt", base=False) == 2
    assert "not overwritten" in models.err


def test_hashes_as_json(models: Command, tiny_models: Path) -> None:
    path = tiny_models / "models" / "loras" / "sd15_tiny_lora.safetensors"
    assert models("hash", "sd15_tiny_lora.safetensors", "--json") == 0
    assert json.loads(models.out) == {str(path): hashlib.sha256(path.read_bytes()).hexdigest()}


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (4.27e9, "4.3 GB"), (2.5e15, "2500.0 TB")]
)
def test_sizes_are_told_in_few_digits(size: float, text: str) -> None:
    assert _size(size) == text
