"""Which file a word means."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphcore import Folders, ModelError, Pack, Registry, UserError
from graphcore.model_files import ModelEntry, ModelTools, listing, locate
from graphcore.pack import Runtime


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    for name in ("loras/a.safetensors", "loras/deep/b.safetensors", "vae/a.safetensors", "configs/c.yaml"):
        file = tmp_path / "models" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"12345")
    return Folders(tmp_path)


def test_listing_names_weights_only(folders: Folders) -> None:
    found = [(entry.kind, entry.name) for entry in listing(folders)]
    assert found == [("loras", "a.safetensors"), ("loras", "deep/b.safetensors"), ("vae", "a.safetensors")]
    assert [entry.size for entry in listing(folders, ["vae"])] == [5]


def test_a_word_is_a_path_or_a_kind_and_name_or_a_name(folders: Folders, tmp_path: Path) -> None:
    path = tmp_path / "models" / "loras" / "deep" / "b.safetensors"
    assert locate(folders, str(path)) == path
    assert locate(folders, "loras/deep/b.safetensors") == path
    assert locate(folders, "deep/b.safetensors") == path
    with pytest.raises(UserError, match=r"loras/a\.safetensors or vae/a\.safetensors"):
        locate(folders, "a.safetensors")
    with pytest.raises(UserError, match="models list"):
        locate(folders, "z.safetensors")
    with pytest.raises(ModelError, match="Did you mean"):
        locate(folders, "vae/b.safetensors")


def test_old_names_of_kinds_are_understood(folders: Folders, tmp_path: Path) -> None:
    file = tmp_path / "models" / "unet" / "u.safetensors"
    file.parent.mkdir()
    file.touch()
    assert list(listing(folders, ["unet"])) == [ModelEntry("diffusion_models", "u.safetensors", file)]
    assert locate(folders, "unet/u.safetensors") == file


def test_tools_come_from_the_first_pack_that_has_them() -> None:
    tools = ModelTools(lambda path: {}, lambda path: [], lambda source, target: None, lambda folder: folder)
    registry = Registry(Pack("plain"), Pack("other", runtime=Runtime(models=tools)))
    assert registry.model_tools() is tools
    with pytest.raises(UserError, match="No installed pack"):
        Registry(Pack("plain")).model_tools()
