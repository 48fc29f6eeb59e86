"""One engine over tiny models, and the other side of the comparison around the same weights."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from torch import Tensor

from graphcore import Folders, Registry
from graphcore.engine import Engine
from nodes.builtin import pack
from nodes.text.tokenizer import clip_token_ids
from tests.nodes.formulas.written import Net, Text


@pytest.fixture(scope="module")
def base(tiny_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base directory of its own: the tiny models, and those that single tests write."""
    return Path(shutil.copytree(tiny_models, tmp_path_factory.mktemp("formulas") / "base"))


@pytest.fixture(scope="module")
def engine(base: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(Registry(pack), Folders(base, output=tmp_path_factory.mktemp("output")))


@pytest.fixture(scope="module")
def checkpoint(base: Path) -> Path:
    return base / "models/checkpoints/sd15_tiny.safetensors"


@pytest.fixture(scope="module")
def net(checkpoint: Path) -> Net:
    return Net.of(checkpoint)


@pytest.fixture(scope="module")
def text(checkpoint: Path) -> Callable[[str], Tensor]:
    encoder = Text(checkpoint)
    return lambda prompt: encoder(clip_token_ids(prompt))
