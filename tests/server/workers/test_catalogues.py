"""Catalogues on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from server.workers.catalogues import KEPT, CatalogueFile, fingerprint
from server.workers.protocol import CatalogueText
from server.workers.settings import WorkerSettings
from tests.server.jobs.helpers import worker


def test_a_catalogue_is_kept_whole_or_not_at_all(tmp_path: Path) -> None:
    files = CatalogueFile(tmp_path / "c")
    assert files.read("a") is None
    files.write(CatalogueText("a", b'{"x": 1}'))
    assert files.read("a") == CatalogueText("a", b'{"x": 1}')
    (tmp_path / "c" / "a.json").write_bytes(b'{"x": ')
    assert files.read("a") is None


def test_old_catalogues_are_removed(tmp_path: Path) -> None:
    files = CatalogueFile(tmp_path)
    for index in range(KEPT + 3):
        files.write(CatalogueText(str(index), b"{}"))
        os.utime(tmp_path / f"{index}.json", (index, index))
    files.write(CatalogueText("last", b"{}"))
    assert len(list(tmp_path.iterdir())) == KEPT
    assert files.read("last") is not None


def test_the_fingerprint_follows_packs_and_custom_nodes(tmp_path: Path) -> None:
    plain = WorkerSettings(base=str(tmp_path), installed=False)
    known = {fingerprint(plain), fingerprint(WorkerSettings(base=str(tmp_path), installed=False, packs=["a:b"]))}
    known.add(fingerprint(WorkerSettings(base=str(tmp_path), installed=True)))
    (tmp_path / "custom_nodes" / "pack").mkdir(parents=True)
    known.add(fingerprint(plain))
    assert len(known) == 4
    assert fingerprint(plain) in known


def test_a_catalogue_that_cannot_be_kept_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "a.json").mkdir()
    (tmp_path / "a.json" / "inside").touch()
    with pytest.raises(OSError, match=r"a\.json"):
        CatalogueFile(tmp_path).write(CatalogueText("a", b"{}"))
    assert list(tmp_path.iterdir()) == [tmp_path / "a.json"]


async def test_a_worker_answers_though_its_catalogue_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    only = worker(tmp_path, catalogues=CatalogueFile(tmp_path / "file"))
    await only.start()
    assert b"t/show" in (await only.catalogue()).body
    await only.stop(0)
