"""Cases of the conversion: `tests/cases/*.json`, one rule a file, against the node types in `catalogue.json`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphcore.errors import WorkflowError
from graphcore.workflow import to_prompt
from graphcore.workflow.convert import Conversion

CASES = Path(__file__).parents[2] / "cases"


@pytest.fixture(scope="session")
def catalogue() -> dict[str, Any]:
    """The node types that the cases use, in `/object_info` shape."""
    found: dict[str, Any] = json.loads((CASES / "catalogue.json").read_text())
    return found


@pytest.fixture(scope="session")
def read_case() -> Callable[[str], dict[str, Any]]:
    """Reads one case by name."""
    return lambda name: json.loads((CASES / f"{name}.json").read_text())


@pytest.fixture
def check_case(catalogue: dict[str, Any], read_case: Callable[[str], dict[str, Any]]) -> Callable[[str], Conversion]:
    """Converts one case and compares the prompt, the error, and the nodes that are reported."""

    def check(name: str) -> Conversion | None:
        case = read_case(name)
        before = json.dumps(case["workflow"])
        if "error" in case:
            with pytest.raises(WorkflowError, match=case["error"]):
                to_prompt(case["workflow"], catalogue)
            return None
        conversion = to_prompt(case["workflow"], catalogue)
        assert conversion.prompt == case["prompt"], case["rule"]
        assert [problem.node for problem in conversion.problems] == case.get("problems", [])
        assert [problem.node for problem in conversion.warnings] == case.get("warnings", [])
        assert json.dumps(case["workflow"]) == before, "conversion changed the document it read"
        return conversion

    return check
