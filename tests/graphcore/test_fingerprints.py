"""What the result of a node depends on beyond its inputs."""

from __future__ import annotations

import logging
import math
import os
from pathlib import Path
from typing import Annotated, Any

import pytest

from graphcore import Folders, InputFile, ModelFile, Pack, Registry
from graphcore.fingerprints import fingerprints_of
from tests.graphcore.kit import node, wire


def found(pack: Pack, prompt: dict[str, Any], folders: Folders | None = None) -> dict[str, Any]:
    return fingerprints_of(prompt, Registry(pack), folders or Folders("/nowhere"))


def test_nodes_without_fingerprint_have_none() -> None:
    pack = Pack("p", namespace=False)

    @pack.node()
    def plain(n: int) -> int: ...

    assert found(pack, {"a": node("plain", n=1), "b": node("unheard of")}) == {}


def test_the_function_gets_the_inputs_that_it_names() -> None:  # H014
    pack = Pack("p", namespace=False)
    asked: list[Any] = []

    def fingerprint(n: int, m: int | None, folders: Folders) -> int:
        asked.append((n, m, str(folders.base)))
        return 7

    @pack.node(fingerprint=fingerprint)
    def reader(n: int, other: int, m: int | None = 5) -> int: ...

    prompt = {"a": node("reader", n=1, other=2), "b": node("reader", n=wire("a"), m=3, other=4)}
    assert found(pack, prompt) == {"a": [7, []], "b": [7, []]}
    assert asked == [(1, 5, "/nowhere"), (None, 3, "/nowhere")]


def test_a_function_that_fails_means_always_anew(caplog: pytest.LogCaptureFixture) -> None:  # H015
    pack = Pack("p", namespace=False)

    @pack.node(fingerprint=lambda n: 1 / n)
    def reader(n: int) -> int: ...

    with caplog.at_level(logging.WARNING):
        assert math.isnan(found(pack, {"a": node("reader", n=0)})["a"][0])
    assert "ZeroDivisionError" in caplog.text


def test_files_are_followed_by_path_size_and_time(tmp_path: Path) -> None:
    pack = Pack("p", namespace=False)

    @pack.node()
    def load(picture: Annotated[str, InputFile()], model: Annotated[str, ModelFile("vae")] | None = None) -> int: ...

    folders = Folders(tmp_path)
    folders.input.mkdir()
    file = folders.input / "a.png"
    file.write_bytes(b"one")
    prompt = {"a": node("load", picture="a.png")}
    first = found(pack, prompt, folders)
    assert first == found(pack, prompt, folders) != {}
    file.write_bytes(b"other")
    second = found(pack, prompt, folders)
    assert second != first
    os.utime(file, ns=(1, 1))
    assert found(pack, prompt, folders) != second
    file.unlink()
    assert found(pack, prompt, folders) == {"a": [["picture", "absent"]]}
    assert found(pack, {"a": node("load", picture=wire("b"), model="gone.pt")}, folders) == {"a": [["model", "absent"]]}
