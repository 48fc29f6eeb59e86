"""Names to paths: nothing leads out of its folder, whatever it is called."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcore.folders import Folders
from server.storage import BadName, Escape, Storage, inside

HOSTILE = """
    .. ../ ../../etc/passwd /etc/passwd //etc/passwd /. ./.. a/../.. a/b/../../../c ..\\.. \\etc C:\\x C:x c:/x \\\\h\\s
    ..%2f %00 a%00b %0a x%0dy a/%7f con CON con.txt aux.png nul.tar.gz lpt1 com9.x conin$ a/con/b a:b file:///x
"""


@pytest.mark.parametrize("name", [unquote(name) for name in HOSTILE.split() if name != "..%2f"])
def test_hostile_names_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadName):
        inside(tmp_path, name)


@pytest.mark.parametrize(
    "name", ["a", "a/b.png", "a//b", "./a", "a b (1).png", "ü/ß.png", "a\\b", "..a", "a...b", ".hidden"]
)
def test_usual_names_are_not(tmp_path: Path, name: str) -> None:
    assert tmp_path in inside(tmp_path, name).parents


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="./\\:~ab%\0\n$", max_size=12))
def test_no_name_leads_out(name: str) -> None:
    root = Path("/nowhere/root")
    try:
        path = inside(root, name)
    except BadName:
        return
    assert path == root or root in path.resolve().parents


def test_links_work_inside_and_lead_nowhere_else(tmp_path: Path) -> None:
    root = tmp_path / "input"
    (root / "real").mkdir(parents=True)
    (tmp_path / "outside").mkdir()
    (root / "in").symlink_to(root / "real")
    (root / "out").symlink_to(tmp_path / "outside")
    (root / "file").symlink_to(tmp_path / "secret")
    assert inside(root, "in/x") == root / "in" / "x"
    for name in ("out", "out/x", "file"):
        with pytest.raises(Escape, match="link"):
            inside(root, name)


def test_two_uploads_of_one_name_never_take_the_same(tmp_path: Path) -> None:
    storage = Storage(Folders(tmp_path))
    parts = [storage.begin_upload() for _ in range(3)]
    for index, part in enumerate(parts):
        part.write_text(str(index))
    folder = storage.upload_folder("input", "")
    names = [storage.settle(part, folder, "a.b.png", overwrite=False) for part in parts]
    assert names == ["a.b.png", "a.b (1).png", "a.b (2).png"]
    assert [(folder / name).read_text() for name in names] == ["0", "1", "2"]


def test_what_interrupted_uploads_left_is_swept_up(tmp_path: Path) -> None:
    storage = Storage(Folders(tmp_path))
    storage.begin_upload().write_text("half")
    (tmp_path / "input" / "kept.png").write_text("whole")
    storage.clear_unfinished()
    assert [path.name for path in (tmp_path / "input").iterdir()] == ["kept.png"]
