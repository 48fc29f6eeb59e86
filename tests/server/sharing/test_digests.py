"""What files hold: read once, until they change."""

from __future__ import annotations

from pathlib import Path

import pytest

from server.sharing.digests import Digests
from tests.server.sharing.helpers import written


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    digests, read = Digests(), []
    real = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *given: read.append(1) or real(*given))
    path, content = written(tmp_path / "a", b"first")
    assert digests.of(path) == content
    assert digests.of(path) == content
    assert len(read) == 1
    path, other = written(tmp_path / "b", b"other")
    path.replace(tmp_path / "a")  # of the same size
    assert digests.of(tmp_path / "a") == other
    digests.forget(tmp_path / "a")
    assert digests.of(tmp_path / "a") == other
    assert len(read) == 3
    with pytest.raises(FileNotFoundError):
        digests.of(tmp_path / "none")
