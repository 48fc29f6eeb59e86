"""`extra_model_paths.yaml`, the file that users of the field already have (N011)."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphcore import Folders, UserError


def loaded(tmp_path: Path, text: str) -> Folders:
    file = tmp_path / "config" / "extra_model_paths.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    folders = Folders(tmp_path)
    folders.load_yaml(file)
    return folders


def test_n011_paths_are_relative_to_the_base_path(tmp_path: Path) -> None:
    folders = loaded(tmp_path, "a:\n  base_path: /data\n  loras: lora\n  vae: /abs/vae\n")
    assert folders.roots("loras")[-1] == Path("/data/lora")
    assert folders.roots("vae")[-1] == Path("/abs/vae")


def test_n011_without_a_base_path_they_are_relative_to_the_file(tmp_path: Path) -> None:
    folders = loaded(tmp_path, "a:\n  loras: lora\nb:\n  base_path: ../up\n  vae: v\n")
    assert folders.roots("loras")[-1] == tmp_path / "config" / "lora"
    assert folders.roots("vae")[-1] == tmp_path / "up" / "v"


def test_n011_home_and_variables_are_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    monkeypatch.setenv("MODELS", "stuff")
    folders = loaded(tmp_path, "a:\n  base_path: ~/$MODELS\n  loras: ${MODELS}/l\nb:\n  vae: ~/v\n")
    assert folders.roots("loras")[-1] == Path("/home/me/stuff/stuff/l")
    assert folders.roots("vae")[-1] == Path("/home/me/v")


def test_n011_several_lines_are_several_folders_and_old_names_work(tmp_path: Path) -> None:
    folders = loaded(tmp_path, "a:\n  base_path: /d\n  clip: |\n    one\n\n    two\n  own_kind: three\n")
    assert folders.roots("text_encoders")[-2:] == [Path("/d/one"), Path("/d/two")]
    assert folders.roots("own_kind") == [Path("/d/three")]


def test_n011_a_default_section_comes_first(tmp_path: Path) -> None:
    """Each line is put first in its turn, as the field does: the last one ends up in front."""
    folders = loaded(tmp_path, "a:\n  base_path: /d\n  is_default: true\n  loras: |\n    one\n    two\n")
    assert folders.roots("loras")[:2] == [Path("/d/two"), Path("/d/one")]


def test_n011_empty_sections_are_passed_over(tmp_path: Path) -> None:
    folders = loaded(tmp_path, "a:\nb:\n  loras:\n")
    assert folders.roots("loras") == Folders(tmp_path).roots("loras")
    assert loaded(tmp_path, "").kinds == Folders(tmp_path).kinds


@pytest.mark.parametrize("text", ["a: [", "- just\n- a list\n", "\tx"])
def test_a_file_that_is_no_such_file_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UserError, match=r"extra_model_paths\.yaml"):
        loaded(tmp_path, text)


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="Cannot read the model paths"):
        Folders(tmp_path).load_yaml(tmp_path / "absent.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(UserError, match="Cannot read the model paths"):
        Folders(tmp_path).load_yaml(tmp_path / "binary.yaml")
