"""Fixtures for the tests of packs, known to pytest by the entry point `pytest11`.

`packs` names packs that are not installed, and is meant to be overridden; `call`, `run_workflow`, `recording_run`,
`tiny_model` and `node_schema` work on those and on every installed one. All files are below the test's own `tmp_path`.
Nothing is imported before a fixture is used, so that other people's tests pay nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from graphcore.living import LivingRegistry
    from graphcore.pack import Pack
    from graphcore.testing import Ran, RecordingRun

UPDATE = "--update-schemas"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that accepts what has changed."""
    parser.getgroup("graphcore").addoption(
        UPDATE, action="store_true", help="write the schemas that node_schema compares with anew"
    )


@pytest.fixture
def packs() -> Sequence[Pack]:
    """Packs that are not installed; a conftest.py returns its own here."""
    return ()


@pytest.fixture
def node_registry(packs: Sequence[Pack]) -> LivingRegistry:
    """Every installed node, and those of `packs`."""
    from graphcore.plugins import installed

    registry = installed()
    for pack in packs:
        registry.add(pack)
    return registry


@pytest.fixture
def recording_run(tmp_path: Path) -> RecordingRun:
    """A run to pass to `call`: `steps`, `previews` and `shown` hold what the node reported."""
    from graphcore import testing

    return testing.recording_run(tmp_path)


@pytest.fixture
def call(node_registry: LivingRegistry, recording_run: RecordingRun) -> Callable[..., Any]:
    """`call("film/grain", image=...)`: the outputs of a node as a named tuple, in a run of `recording_run`."""
    from graphcore.testing import call_in

    return lambda node, run=None, /, **inputs: call_in(node_registry, node, run or recording_run, inputs)


@pytest.fixture
def run_workflow(node_registry: LivingRegistry, tmp_path: Path) -> Callable[..., Ran]:
    """`run_workflow(workflow, {"KSampler.steps": 2})`: a workflow of any form; `.result` and `.files`."""
    from graphcore.testing import run_in

    def run(workflow: Any, inputs: Mapping[str, Any] | None = None, **options: Any) -> Ran:
        return run_in(node_registry, workflow, inputs, tmp_path, options)

    return run


@pytest.fixture
def tiny_model(node_registry: LivingRegistry, tmp_path: Path) -> str:
    """The name of a checkpoint of random weights, small enough for tests, as CheckpointLoaderSimple takes it."""
    folder = tmp_path / "models" / "checkpoints"
    folder.mkdir(parents=True, exist_ok=True)
    return node_registry.model_tools().tiny(folder).name


@pytest.fixture
def node_schema(node_registry: LivingRegistry, request: pytest.FixtureRequest) -> Callable[[str], None]:
    """`node_schema("film/grain")`: fails if what workflows know of the node is not as it was kept in `schemas/`.

    Kept beside the test file, one file a node, written the first time and with --update-schemas.
    """
    folder = request.path.parent / "schemas"

    def check(id: str) -> None:
        from graphcore.schemas import changes, schema_of

        now, file = schema_of(node_registry[id]), folder / f"{id.replace('/', '.')}.json"
        if request.config.getoption(UPDATE) or not file.is_file():
            folder.mkdir(exist_ok=True)
            file.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
            return
        found = changes(json.loads(file.read_text(encoding="utf-8")), now)
        if found:
            pytest.fail(
                f"{id} is not as workflows know it. {' '.join(found)} If that is meant, run with {UPDATE}.", False
            )

    return check
