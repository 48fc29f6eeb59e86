"""Fixtures that every area of the tests may use."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base directory with the tiny models in models/<kind>/ and input/fixture.png. Read only, please."""
    from tests.tiny_models import write_base_directory

    base = tmp_path_factory.mktemp("tiny_models")
    write_base_directory(base)
    return base
