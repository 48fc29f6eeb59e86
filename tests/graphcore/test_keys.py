"""Cache keys: equal for nodes that give equal results, the same in every process."""

from __future__ import annotations

import dataclasses
import math
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphcore.graph import order
from graphcore.keys import canonical, keys_of
from tests.graphcore.kit import Bench, node, wire

REGISTRY = Bench().registry


def key(prompt: dict[str, Any], id: str, fingerprints: dict[str, Any] | None = None) -> bytes | None:
    return keys_of(order(prompt), prompt, REGISTRY, fingerprints or {})[id]


def chain(first: Any = 1, **changes: Any) -> dict[str, Any]:
    return {"a": node("const", value=first), "b": node("add", a=wire("a"), **({"b": 0} | changes))}


def test_ids_titles_and_order_of_keys_do_not_count() -> None:  # H003, H004
    other = {"y": {**node("add", b=0, a=wire("x")), "_meta": {"title": "t"}}, "x": node("const", value=1)}
    assert key(chain(), "b") == key(other, "y")


@pytest.mark.parametrize("changed", [chain(2), chain(b=1), chain(c=None), chain(b=wire("a"))], ids=str)
def test_a_change_above_or_in_a_node_counts(changed: dict[str, Any]) -> None:  # H002
    assert key(chain(), "b") != key(changed, "b")


def test_the_output_socket_counts() -> None:  # H006
    one, other = chain(), chain()
    other["b"]["inputs"]["a"] = wire("a", 1)
    assert key(one, "b") != key(other, "b")
    far, farther = chain(), chain()
    far["b"]["inputs"]["a"], farther["b"]["inputs"]["a"] = wire("a", 1_000_000), wire("a", 1_000_001)
    assert key(far, "b") != key(farther, "b")


def test_a_float_slot_is_its_integer() -> None:
    other = chain()
    other["b"]["inputs"]["a"] = ["a", 0.0]
    assert key(chain(), "b") == key(other, "b")


@pytest.mark.parametrize("field", ["version", "pack", "pack_version", "id"])
def test_what_a_node_is_counts(field: str) -> None:
    changed = dataclasses.replace(REGISTRY["const"], **{field: 2 if field == "version" else "other"})
    prompt = {"a": node("const", value=1)}
    assert keys_of(["a"], prompt, {"const": changed}, {}) != keys_of(["a"], prompt, REGISTRY, {})


def test_a_node_that_keeps_state_is_told_apart_by_its_id() -> None:  # H008, H009
    spec = dataclasses.replace(REGISTRY["const"], per_node=True)
    prompt = {"a": node("const", value=1), "b": node("const", value=1)}
    keys = keys_of(order(prompt), prompt, {"const": spec}, {})
    assert keys["a"] != keys["b"]


def test_the_fingerprint_counts_and_nan_never_fits() -> None:  # H011, H012, H013
    assert key(chain(), "b", {"a": "x"}) == key(chain(), "b", {"a": "x"}) != key(chain(), "b", {"a": "y"})
    assert key(chain(), "b", {"a": math.nan}) is None


@pytest.mark.parametrize("value", [math.nan, object(), {1, 2}, [math.nan]])
def test_values_without_canonical_form_are_not_cached_and_nor_is_what_is_below(value: Any) -> None:
    assert key(chain(value), "a") is None
    assert key(chain(value), "b") is None


def test_a_value_that_holds_itself_is_not_cached() -> None:
    ring: list[Any] = []
    ring.append(ring)
    assert key(chain(ring), "a") is None


def test_volatile_unknown_and_missing_nodes_have_no_key() -> None:  # H029
    assert key({"t": node("tick"), "a": node("add", a=wire("t"))}, "a") is None
    assert key({"u": node("unheard of")}, "u") is None
    assert key({"a": node("add", a=wire("gone"))}, "a") is None


def test_known_keys_of_other_nodes_take_part() -> None:
    inner = {"i": node("add", a=wire("outer"), b=0)}
    one = keys_of(["i"], inner, REGISTRY, {}, {"outer": b"1"})
    assert one["i"] is not None
    assert one != keys_of(["i"], inner, REGISTRY, {}, {"outer": b"2"})
    assert set(one) == {"i"}
    assert keys_of(["i"], inner, REGISTRY, {}, {"outer": None}) == {"i": None}


class Word(StrEnum):
    A = "a"


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (1, True), (0.0, -0.0), ([1, 2], (1.0, 2)), ({"a": 1, "b": 2}, {"b": 2, "a": True}), (Word.A, "a")],
)
def test_what_python_calls_equal_is_equal(one: Any, other: Any) -> None:  # H005
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, "1"), (None, "~"), ([], {}), (b"a", "a"), ([1, [2]], [[1], 2]), (["a,b"], ["a", "b"]), (16, "10"), (0.1, 0.2)],
)
def test_what_python_calls_different_is_different(one: Any, other: Any) -> None:
    assert canonical(one) != canonical(other)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(VALUES, VALUES)
def test_canonical_text_is_equal_exactly_for_equal_values(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) == (one == other)


def test_a_huge_number_is_no_limit() -> None:
    assert key(chain(10**5000), "a") != key(chain(10**5000 + 1), "a")


def test_keys_are_the_same_in_every_process() -> None:
    """Pinned: keys name files of the disk cache, so a change of this value makes every such cache start anew."""
    code = (
        "from tests.graphcore.test_keys import chain, key;"
        "print(key(chain('gr\\u00fc\\u00df \\U0001fae8', b={'x': [1, 2.5, None]}), 'b').hex())"
    )
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code]
    found = {
        subprocess.run(
            command, cwd=root, env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert found == {"3c4b69c70f734e2a98774a0822c0dc5c"}
