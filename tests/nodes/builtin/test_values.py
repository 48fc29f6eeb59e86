import asyncio
from typing import Any

import pytest

from graphcore import Lazy, RunError
from graphcore.testing import call
from nodes.builtin.values import switch


@pytest.mark.parametrize(
    ("node", "inputs", "outputs"),
    [
        ("Expression", {"expression": "a // 2 + b", "a": 7, "b": 0.5}, [3.5, 3, True]),
        ("TextFormat", {"template": "{a}-{b:03}-{c:.2f} {x} {d}", "a": "s", "b": 7, "c": 1}, ["s-007-1.00 {x} "]),
        ("TextFormat", {"template": "{a.__class__} {a:9999}", "a": 1}, ["{a.__class__} {a:9999}"]),
        ("TextJoin", {"texts": ["a", "", 3], "separator": "\\n"}, ["a\n3"]),
        ("TextJoin", {"texts": ["a", ""], "skip_empty": False}, ["a, "]),
        ("TextSplit", {"text": "a\n\n b"}, [["a", "b"]]),
        ("TextSplit", {"text": "ab", "separator": ""}, [["a", "b"]]),
        ("TextChoices", {"text": "{a}"}, ["a"]),
        ("NumberRange", {"start": 1.0, "stop": 2.0, "count": 3}, [[1.0, 1.5, 2.0]]),
        ("NumberRange", {"start": 1.0, "stop": 2.0, "count": 1}, [[1.0]]),
        ("ListSelect", {"items": "abc", "index": -1}, ["c"]),
        ("ListSlice", {"items": [1, 2, 3], "start": -2, "length": 1}, [[2]]),
        ("ListJoin", {"first": [1], "second": [2, 3]}, [[1, 2, 3]]),
        ("ListRepeat", {"item": "x", "amount": 2}, [["x", "x"]]),
        ("ListLength", {"items": [1, 2]}, [2]),
    ],
)
def test_values(node: str, inputs: dict[str, Any], outputs: list[Any]) -> None:
    assert list(call(node, **inputs)) == outputs


@pytest.mark.parametrize(
    ("node", "inputs", "says"),
    [
        ("Expression", {"expression": "a", "a": 1e400}, "no number"),
        ("TextFormat", {"template": "{a:d}", "a": "s"}, "does not fit"),
        ("ListSelect", {"items": [1, 2], "index": 2}, "from 0 to 1"),
    ],
)
def test_refusals(node: str, inputs: dict[str, Any], says: str) -> None:
    with pytest.raises(RunError, match=says):
        call(node, **inputs)


def test_a_switch_asks_for_one_side_only() -> None:
    asked: list[str] = []

    def side(name: str) -> Lazy[str]:
        async def compute() -> str:
            asked.append(name)
            return name

        return Lazy(compute)

    assert asyncio.run(switch(False, side("yes"), side("no"))) == "no"
    assert asked == ["no"]
