"""The files of a job: found, synced, measured."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from graphcore.folders import Folders
from server.workers.files import FileLost, seal


def item(name: str, subfolder: str = "", type: str = "output") -> dict[str, str]:
    return {"filename": name, "subfolder": subfolder, "type": type}


def test_every_file_that_is_shown_is_measured(tmp_path: Path) -> None:
    for name in ("output/a.png", "output/deep/b.png", "temp/c.png", "input/d.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    outputs = {
        "1": {"images": [item("a.png"), item("b.png", "deep")], "animated": [False], "text": ["a.png"]},
        "2": {"images": [item("c.png", type="temp"), item("d.png", type="input")], "odd": None},
        "3": {"gifs": [{"filename": "a.png"}], "other": [item("x", type="elsewhere"), {"filename": 5}]},
        "4": None,
    }
    found = seal(outputs, Folders(tmp_path))
    keys = ("node", "kind", "type", "subfolder", "filename")
    assert [tuple(file[key] for key in keys) for file in found] == [  # type: ignore[literal-required]
        ("1", "images", "output", "", "a.png"),
        ("1", "images", "output", "deep", "b.png"),
        ("2", "images", "temp", "", "c.png"),
        ("3", "gifs", "output", "", "a.png"),
    ]
    assert found[1]["size"] == len("output/deep/b.png")
    assert found[1]["sha256"] == hashlib.sha256(b"output/deep/b.png").hexdigest()


@pytest.mark.parametrize("name", ["missing.png", "."])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "output").mkdir()
    with pytest.raises(FileLost, match=r"is not there|cannot be kept") as caught:
        seal({"7": {"images": [item(name)]}}, Folders(tmp_path))
    assert caught.value.node == "7"


def test_a_link_out_of_the_folder_is_no_output(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "a.png").symlink_to(tmp_path / "secret")
    with pytest.raises(FileLost, match="leads out"):
        seal({"1": {"images": [item("a.png")]}}, Folders(tmp_path))
