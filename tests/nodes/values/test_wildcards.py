from pathlib import Path

import pytest

from graphcore import Folders
from nodes.values.choices import ChoiceError
from nodes.values.wildcards import identity, resolve_text


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    (tmp_path / "user" / "wildcards" / "art").mkdir(parents=True)
    (tmp_path / "user" / "wildcards" / "art" / "style.txt").write_text("# styles\n\n oil \n")
    (tmp_path / "user" / "secret.txt").write_text("secret")
    return Folders(tmp_path)


def test_entries_are_lines_without_comments(folders: Folders) -> None:
    assert resolve_text("a __art/style__ painting", 0, folders) == "a oil painting"


@pytest.mark.parametrize("name", ["missing", "art/../../secret", "a/../../secret"])
def test_other_files_are_out_of_reach(folders: Folders, name: str) -> None:
    with pytest.raises(ChoiceError, match=r"There is no wildcard|^__"):
        resolve_text(f"__{name}__", 0, folders)


def test_a_changed_file_changes_the_identity(folders: Folders) -> None:
    before = identity("__art/style__", folders)
    (folders.user / "wildcards" / "art" / "style.txt").write_text("water colour")
    assert identity("__art/style__", folders) != before
    assert identity("no wildcard", folders) == []
