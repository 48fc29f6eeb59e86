"""`folder_paths`, by the ids of the conformance list."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from graphcore import Folders
from graphcore.errors import UserError
from nodes.compat import installation
from nodes.compat.modules import folder_paths as module


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


@pytest.fixture
def paths(folders: Folders) -> Iterator[ModuleType]:
    before = (installation.current.folders, installation.current.native)
    installation.bind(folders, {})
    module.bind(folders)
    yield module
    installation.bind(*before)


def touch(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return path


def test_n001_adding_folders(paths: ModuleType) -> None:
    own = paths.get_folder_paths("loras")
    paths.add_model_folder_path("loras", "/a")
    paths.add_model_folder_path("loras", "/b", is_default=True)
    assert paths.get_folder_paths("loras") == ["/b", *own, "/a"]
    paths.add_model_folder_path("loras", "/a", is_default=True)
    paths.add_model_folder_path("loras", "/b")
    assert paths.get_folder_paths("loras") == ["/a", "/b", *own]


def test_n002_old_names(paths: ModuleType) -> None:
    assert paths.get_folder_paths("unet") == paths.get_folder_paths("diffusion_models")
    assert paths.map_legacy("clip") == "text_encoders"


def test_n003_full_paths_stay_inside(paths: ModuleType, tmp_path: Path) -> None:
    file = touch(tmp_path / "models" / "loras" / "a.safetensors")
    touch(tmp_path / "models" / "secret.txt")
    assert paths.get_full_path("loras", "a.safetensors") == str(file)
    assert paths.get_full_path("loras", "../secret.txt") is None
    assert paths.get_full_path("nothing", "a") is None
    with pytest.raises(FileNotFoundError):
        paths.get_full_path_or_raise("loras", "b.safetensors")


def test_n004_lists_are_sorted_filtered_and_fresh(paths: ModuleType, tmp_path: Path) -> None:
    loras = tmp_path / "models" / "loras"
    for name in ("b.SAFETENSORS", "a.pt", "deep/c.ckpt", "notes.txt", ".git/x.pt"):
        touch(loras / name)
    assert paths.get_filename_list("loras") == ["a.pt", "b.SAFETENSORS", os.path.join("deep", "c.ckpt")]
    touch(loras / "new.pt")
    assert "new.pt" in paths.get_filename_list("loras")
    with pytest.raises(KeyError):
        paths.get_filename_list("nothing")


def test_n005_no_extensions_let_all_through(paths: ModuleType) -> None:
    assert paths.filter_files_extensions(["b.x", "a"], []) == ["a", "b.x"]


def test_n006_annotated_names(paths: ModuleType) -> None:
    for name, folder in (("output", "output"), ("input", "input"), ("temp", "temp")):
        found = getattr(paths, f"get_{folder}_directory")()
        assert paths.annotated_filepath(f"a.png [{name}]") == ("a.png", found)
    assert paths.annotated_filepath("a.png [other]") == ("a.png [other]", None)
    assert paths.get_annotated_filepath("a.png") == os.path.join(paths.get_input_directory(), "a.png")
    assert paths.get_annotated_filepath("a.png", "/d") == os.path.join("/d", "a.png")
    assert not paths.exists_annotated_filepath("a.png [temp]")


def test_n007_places_for_saving(paths: ModuleType, tmp_path: Path) -> None:
    out = str(tmp_path / "output")
    folder, name, counter, subfolder, prefix = paths.get_save_image_path("deep/x_%width%", out, 8, 4)
    assert (folder, name, counter, subfolder, prefix) == (os.path.join(out, "deep"), "x_8", 1, "deep", "deep/x_8")
    filled = paths.get_save_image_path("%height%/%year%-%month%-%day%_%hour%.%minute%.%second%", out, 8, 4)
    assert (filled[0], filled[3]) == (os.path.join(out, "4"), "4")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d_\d\d\.\d\d\.\d\d", filled[1])
    touch(tmp_path / "output" / "x_00007_.png")
    assert paths.get_save_image_path("x", out)[2] == 8
    assert paths.get_save_image_path("y", out)[2] == 1
    for name in ("../x", "deep/../../x", str(tmp_path / "x")):
        with pytest.raises(UserError):
            paths.get_save_image_path(name, out)


def test_n008_content_types(paths: ModuleType) -> None:
    names = ["a.png", "b.webp", "c.mp4", "d.wav", "e.fbx", "f.unknown_kind", "g"]
    assert paths.filter_files_content_types(names, ["image"]) == ["a.png", "b.webp"]
    assert paths.filter_files_content_types(names, ["video", "audio", "model"]) == ["c.mp4", "d.wav", "e.fbx"]


def test_n009_input_subfolders(paths: ModuleType, tmp_path: Path) -> None:
    assert paths.get_input_subfolders() == []
    (tmp_path / "input" / "a" / "b").mkdir(parents=True)
    assert paths.get_input_subfolders() == ["a", "a/b"]
    assert paths.recursive_search(str(tmp_path / "none")) == ([], {})


def test_n010_another_base_moves_every_folder_and_keeps_none_of_the_old(paths: ModuleType, tmp_path: Path) -> None:
    other = Folders(tmp_path / "moved")
    installation.bind(other, {})
    module.bind(other)
    moved = str(tmp_path / "moved")
    found = [folder for kind in paths.folder_names_and_paths for folder in paths.get_folder_paths(kind)]
    found += [paths.get_input_directory(), paths.get_output_directory(), paths.get_temp_directory()]
    assert paths.get_folder_paths("loras")[0] == os.path.join(moved, "models", "loras")
    assert not [folder for folder in found if not folder.startswith(moved + os.sep)]


def test_n012_folders_by_type(paths: ModuleType, tmp_path: Path) -> None:
    for name in ("output", "temp", "input"):
        assert paths.get_directory_by_type(name) == str(tmp_path / name)
    assert paths.get_directory_by_type("user") is None


def test_the_engine_sees_what_packs_change_in_place(paths: ModuleType, folders: Folders, tmp_path: Path) -> None:
    table = paths.folder_names_and_paths
    table["grains"] = ([str(tmp_path / "g")], {".grain"})
    table["loras"][0].insert(0, str(tmp_path / "first"))
    table["loras"][1].add(".lorax")
    file = touch(tmp_path / "g" / "a.grain")
    touch(tmp_path / "first" / "b.lorax")
    assert folders.find("grains", "a.grain") == file
    assert folders.names("loras") == ["b.lorax"]
    folders.add("grains", tmp_path / "h")
    assert table["grains"][0] == [str(tmp_path / "g"), str(tmp_path / "h")]


def test_setting_a_folder_moves_the_engines(paths: ModuleType, folders: Folders, tmp_path: Path) -> None:
    paths.set_output_directory(str(tmp_path / "elsewhere"))
    assert paths.get_output_directory() == str(tmp_path / "elsewhere")
    assert folders.output == tmp_path / "elsewhere"


def test_results_are_searched_for_models_too(paths: ModuleType, tmp_path: Path) -> None:
    assert paths.get_folder_paths("loras")[-1] == str(tmp_path / "output" / "loras")
