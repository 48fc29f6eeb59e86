from pathlib import Path

import pytest

from graphcore import Folders, RunError
from nodes.imaging.sequence import identity, picture_files


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "input" / "set").mkdir(parents=True)
    (tmp_path / "output").mkdir()
    for name in ("f10.png", "f2.PNG", "f1.webp", "notes.txt"):
        (tmp_path / "input" / "set" / name).write_text(name)
    (tmp_path / "output" / "a.jpg").touch()
    return Folders(tmp_path)


@pytest.mark.parametrize("name", ["set", " set/ ", "../set"])
def test_pictures_in_human_order(folders: Folders, name: str) -> None:
    assert [path.name for path in picture_files(folders, name)] == ["f1.webp", "f2.PNG", "f10.png"]


def test_other_folders(folders: Folders) -> None:
    assert [path.name for path in picture_files(folders, "[output]")] == ["a.jpg"]
    assert picture_files(folders, "") == []
    with pytest.raises(RunError, match="no folder 'none'"):
        picture_files(folders, "none")


def test_the_identity_follows_the_files(folders: Folders) -> None:
    before = identity(folders, "set")
    (folders.input / "set" / "f2.PNG").write_text("other text")
    assert identity(folders, "set") != before
