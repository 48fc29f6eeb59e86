"""What docstrings show is true."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import graphcore

MODULES = [name for _, name, _ in pkgutil.walk_packages(graphcore.__path__, "graphcore.") if "__main__" not in name]
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name), optionflags=FLAGS).failed == 0
