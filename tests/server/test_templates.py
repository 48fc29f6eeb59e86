"""Where workflows are found."""

from __future__ import annotations

from pathlib import Path

from graphcore.folders import Folders
from server.templates import entries, find, picture


def test_the_shipped_ones_come_first_and_names_lead_nowhere_else(tmp_path: Path) -> None:
    folders, home = Folders(str(tmp_path)), tmp_path / "user"
    (home / "workflows").mkdir(parents=True)
    (home / "workflows" / "x.json").write_text("{}")
    (home / "secret.json").write_text("{}")
    sources = [entry["source"] for entry in entries(folders, home)]
    assert (sources[0], sources[-1]) == ("graphcore", "user")
    found = find(folders, home, "user", "x")
    assert found is not None
    assert picture(found) is None
    assert [find(folders, home, "user", name) for name in ("../secret", "/etc/x", "", "x.json")] == [None] * 4
