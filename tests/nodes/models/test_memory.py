"""Under a budget, what was used longest ago makes room for what comes."""

from __future__ import annotations

import pytest
import torch

from graphcore.errors import UserError
from graphcore.model_memory import BUDGET, RESERVE
from nodes.models import memory
from nodes.models.weights import Weights

CPU = torch.device("cpu")


class Holder:
    """Something of `nbytes` that a test's machine of 100 bytes can hold."""

    def __init__(self, nbytes: int, machine: list[Holder]):
        self.nbytes, self.machine = nbytes, machine
        memory.register(self)

    def load(self) -> None:
        memory.make_room(0 if self in self.machine else self.nbytes, CPU, self)
        if self not in self.machine:
            self.machine.append(self)

    def unload(self) -> None:
        if self in self.machine:
            self.machine.remove(self)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> list[Holder]:
    held: list[Holder] = []
    monkeypatch.setattr(memory, "_holders", type(memory._holders)())
    monkeypatch.setattr(memory, "available_memory", lambda device: 100 - sum(holder.nbytes for holder in held))
    return held


def test_the_one_used_longest_ago_goes_first_and_no_more_than_needed(machine: list[Holder]) -> None:
    first, second, third, fourth = (Holder(40, machine) for _ in range(4))
    first.load()
    second.load()
    first.load()  # used again
    third.load()
    assert machine == [first, third]
    fourth.load()
    assert machine == [third, fourth]


def test_what_fits_drives_nothing_out(machine: list[Holder]) -> None:
    small, other = Holder(50, machine), Holder(50, machine)
    small.load()
    other.load()
    other.load()
    assert machine == [small, other]


def test_what_can_never_fit_is_still_tried(machine: list[Holder]) -> None:
    small, huge = Holder(50, machine), Holder(500, machine)
    small.load()
    huge.load()
    assert machine == [huge]


def test_loaded_weights_ask_for_nothing(machine: list[Holder]) -> None:
    full, newcomer = Holder(100, machine), Holder(0, machine)
    full.load()
    weights = Weights({"a": torch.ones(4).half()}, {"a": "a"}, torch.float32)
    weights.load()
    weights.make_room(newcomer)
    assert machine == [full]
    weights.unload()
    weights.make_room(newcomer)
    assert machine == []


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(memory.BUDGET, "lots")
    with pytest.raises(UserError, match="GRAPHCORE_MODEL_MEMORY in the environment: 'lots' is no amount of memory"):
        memory.room(CPU)


def test_what_all_weights_may_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "total_memory", lambda device: 100.0)
    for budget, reserve, expected in (("", "", 100), ("60", "", 60), ("", "30", 70), ("90", "30", 70), ("", "200", 0)):
        monkeypatch.setenv(BUDGET, budget)
        monkeypatch.setenv(RESERVE, reserve)
        assert memory.capacity(CPU) == expected
