"""`execution`: a workflow checked on behalf of a pack."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any


def test_a_pack_has_a_workflow_checked(base: Callable[..., Any]) -> None:
    _, packs = base("single_file.py").start()
    packs.load_all()
    sys.modules.pop("execution", None)
    import execution  # type: ignore[import-not-found]

    sound = {
        "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 0}},
        "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
    }
    valid, error, outputs, problems = asyncio.run(execution.validate_prompt("an id", sound, None))
    assert (valid, error, outputs, problems) == (True, None, ["2"], {})
    sound["1"]["inputs"]["width"] = "wide"
    valid, error, outputs, problems = asyncio.run(execution.validate_prompt("an id", sound))
    assert (valid, outputs) == (False, [])
    assert error["type"] == "prompt_outputs_failed_validation"
    assert list(problems) == ["1"]
    assert asyncio.run(execution.validate_prompt({}))[0] is False
