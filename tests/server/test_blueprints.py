"""The subgraphs of packs, from their folders."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from graphcore.folders import Folders
from server.blueprints import blueprints, entries, whole


def shipped(base: Path, *names: str) -> Folders:
    folder = base / "custom_nodes" / "film" / "subgraphs"
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_text("{}")
    return Folders(str(base))


def test_an_id_stays_where_the_content_changes_and_where_the_folder_moves(tmp_path: Path) -> None:
    one, other = shipped(tmp_path / "one", "grain.json"), shipped(tmp_path / "other", "grain.json", "halo.json")
    (tmp_path / "other" / "custom_nodes" / "film" / "subgraphs" / "grain.json").write_text("[]")
    (id,) = entries(one)
    assert id in entries(other)
    assert len(entries(other)) == 2
    found = whole(other, id)
    assert found is not None
    assert (found["name"], found["data"]) == ("grain", "[]")


def test_what_is_none_and_what_lies_elsewhere_is_left_out(tmp_path: Path) -> None:
    folders = shipped(tmp_path / "base", ".hidden.json", "note.txt", "bytes.json")
    folder = tmp_path / "base" / "custom_nodes" / "film" / "subgraphs"
    (folder / "folder.json").mkdir()
    (folder / "bytes.json").write_bytes(b"\xff\xfe")
    (tmp_path / "secret.json").write_text("{}")
    (folder / "link.json").symlink_to(tmp_path / "secret.json")
    odd = os.fsencode(tmp_path / "base" / "custom_nodes") + b"/\xff/subgraphs"
    with contextlib.suppress(OSError):  # where names must be UTF-8, there is none such
        os.makedirs(odd)
        Path(os.fsdecode(odd), "x.json").write_text("{}")
    (only,) = blueprints(folders)
    assert only.path.name == "bytes.json"
    assert whole(folders, only.id) is None
