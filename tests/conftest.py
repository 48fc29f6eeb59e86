"""Fixtures that every area of the tests may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base directory with the tiny models in models/<kind>/ and input/fixture.png. Read only, please."""
    from tests.tiny_models import write_base_directory

    base = tmp_path_factory.mktemp("tiny_models")
    write_base_directory(base)
    return base


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was skipped; where every part is required, a skip is a failure."""
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped and os.environ.get("GRAPHCORE_FORBID_SKIPS"):
        terminalreporter.write_line(f"{len(skipped)} tests were skipped, but every part is required here.", red=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the session for skips where GRAPHCORE_FORBID_SKIPS is set."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and os.environ.get("GRAPHCORE_FORBID_SKIPS"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
