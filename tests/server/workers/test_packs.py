"""Which nodes a worker has."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from graphcore.folders import Folders
from server.workers.packs import registry_of
from tests.server.jobs.helpers import PACK


def test_packs_are_named_by_module_and_attribute(tmp_path: Path) -> None:
    registry = registry_of([PACK], False, Folders(tmp_path))
    assert "t/show" in registry
    assert "KSampler" not in registry


def test_installed_packs_come_first(tmp_path: Path) -> None:
    registry = registry_of([PACK], True, Folders(tmp_path))
    assert next(iter(registry.packs)) == "graphcore"
    assert "KSampler" in registry
    assert "t/show" in registry


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("tests.server.jobs.nowhere:pack", "ModuleNotFoundError"),
        ("tests.server.jobs.pack:nothing", "AttributeError"),
        ("tests.server.jobs.pack:show", "should name a graphcore.Pack"),
    ],
)
def test_a_broken_pack_is_reported_and_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, name: str, why: str
) -> None:
    with caplog.at_level(logging.WARNING):
        registry = registry_of([name, PACK], False, Folders(tmp_path))
    assert "t/show" in registry
    assert why in caplog.text
