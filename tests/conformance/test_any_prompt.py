"""Whatever a prompt says, it is refused with a report, or runs, or fails as one of its nodes."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest

from tests.conformance.desk import Desk
from tests.conformance.nodes import CLASSES, v1

IDS = ("1", "2", "3", "4", "5", "a.b", "12:3")
SLOTS = (0, 0, 0, 0, 0, 1, -1, 5, "0", True, None, 0.0, 1e300, float("inf"), float("nan"))
VALUES = (None, True, 1.5, float("nan"), float("inf"), {}, {"a": 1}, 10**400, "\ud800", "12", "abc", "", -5, 3, [1])
NAMES = ("x", "a", "b", "value", "values", "choice", "k", "text", "message", "bad", "seed", "y", "zzz")


class Prompts:
    """Random prompts, most of them almost right."""

    def __init__(self, seed: int, classes: dict[str, type]):
        self.random, self.classes = random.Random(seed), classes

    def prompt(self) -> dict[str, Any]:
        """Seven nodes and an output."""
        nodes = {id: self._node() for id in IDS}
        return {**nodes, "out": {"class_type": "Out", "inputs": {"x": [self.random.choice(IDS), 0]}}}

    def _node(self) -> Any:
        chance = self.random.random()
        if chance < 0.005:
            return self.random.choice([None, 1, [], {}, {"class_type": ["x"]}, {"class_type": "Int", "inputs": 5}])
        kind = self.random.choice(list(self.classes))
        inputs = {name: self._value() for name in self.random.sample(NAMES, self.random.randint(0, 3))}
        if chance < 0.95:
            types: Any = self.classes[kind]
            inputs |= {name: self._fitting() for name in types.INPUT_TYPES()["required"]}
        return {"class_type": kind, "inputs": inputs | {"seconds": 0, "n": 2}}

    def _fitting(self) -> Any:
        return self.random.randint(0, 4) if self.random.random() < 0.6 else [self.random.choice(IDS), 0]

    def _value(self) -> Any:
        chance = self.random.random()
        if chance < 0.4:
            return [self.random.choice([*IDS, "nowhere"]), self.random.choice(SLOTS)]
        return {"__value__": self._value()} if chance < 0.5 else self.random.choice(VALUES)


@pytest.mark.parametrize("seed", range(4))
def test_any_prompt_is_answered(seed: int) -> None:
    judge = v1(
        lambda **given: (1,), {"x": ("INT", {"min": 0}), "y": (["a", "b"],)}, VALIDATE_INPUTS=lambda **given: True
    )
    desk = Desk({"Judge": judge})
    prompts = Prompts(seed, {**CLASSES, "Judge": judge})
    seen = {"refused": 0, "failed": 0, "done": 0}
    for _ in range(250):
        reply = desk.post(prompts.prompt())
        json.dumps([reply.error, reply.node_errors, reply.messages], default=str)
        seen["refused" if reply.error else "done" if reply.ok else "failed"] += 1
        assert reply.error or reply.ok or reply.failure
    desk.close()
    assert min(seen.values()) > 5, seen
