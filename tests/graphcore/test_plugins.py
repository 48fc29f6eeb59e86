"""Installed packs: the built-in one first, broken ones reported and left out."""

from __future__ import annotations

import importlib.metadata
import logging
from pathlib import Path
from typing import Any

import pytest

from graphcore import Folders, Pack, plugins
from graphcore.living import Source


class Point:
    """An entry point."""

    def __init__(self, name: str, value: Any):
        self.name, self.value = name, value

    def load(self) -> Any:
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def pack_with(name: str, *ids: str) -> Pack:
    pack = Pack(name, namespace=False)
    for id in ids:
        pack.node(id=id)(lone)
    return pack


def lone(n: int) -> int:
    return n


def test_packs_are_loaded_in_order_and_broken_ones_left_out(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    points = [
        Point("alpha", pack_with("alpha", "x", "shared")),
        Point("broken", ImportError("no such thing")),
        Point("odd", "not a pack"),
        Point("graphcore", pack_with("graphcore", "shared")),
    ]
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points)
    with caplog.at_level(logging.WARNING):
        registry = plugins.installed()
    assert list(registry) == ["shared", "x"]
    assert registry["shared"].pack == "graphcore"
    assert "Pack 'broken' cannot be loaded and is left out: ImportError: no such thing" in caplog.text
    assert "Pack 'odd' is left out: 'not a pack' should name a graphcore.Pack" in caplog.text
    assert "Node shared of pack 'alpha' is hidden" in caplog.text


def test_loaders_are_asked_for_the_packs_in_folders(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    own = Pack("graphcore", namespace=False)
    own.node(id="x")(lone)
    asked: list[Any] = []

    class Nothing(Source):
        def __getitem__(self, id: str) -> Any:
            raise KeyError(id)

        def __iter__(self) -> Any:
            return iter(())

        def __len__(self) -> int:
            return 0

    def load(folders: Folders, native: Any) -> Source:
        asked.append((folders.base, list(native)))
        return Nothing()

    points = {
        plugins.GROUP: [Point("graphcore", own)],
        plugins.LOADERS: [Point("broken", ImportError("gone")), Point("folders", load)],
    }
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points[group])
    assert list(plugins.installed(folders=Folders(tmp_path))) == ["x"]
    assert asked == [(tmp_path, ["x"])]
    assert "The loader 'broken' is left out: ImportError: gone" in caplog.text


def test_installed_models_come_after_the_users_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for root in ("base/models", "shipped"):
        (tmp_path / root / "loras").mkdir(parents=True)
        (tmp_path / root / "loras" / "style.safetensors").touch()
    (tmp_path / "shipped" / "loras" / "more.safetensors").touch()
    points = {plugins.MODELS: [Point("shipped", tmp_path / "shipped")]}
    monkeypatch.setattr(importlib.metadata, "entry_points", lambda group: points[group])
    folders = plugins.with_shipped_models(Folders(tmp_path / "base"))
    assert folders.names("loras") == ["more.safetensors", "style.safetensors"]
    assert folders.find("loras", "style.safetensors") == tmp_path / "base" / "models" / "loras" / "style.safetensors"
    assert folders.roots("vae") == Folders(tmp_path / "base").roots("vae"), "what the shipped folder lacks is not added"
