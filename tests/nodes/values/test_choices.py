from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.values.choices import ChoiceError, resolve

LINES = {"colour": ["red", "green"], "deep": ["{__colour__|__colour__}!"], "self": ["a __self__"], "none": []}


def chosen(text: str, seed: int = 0) -> str:
    return resolve(text, seed, lambda name: LINES[name])


@pytest.mark.parametrize(
    ("text", "possible"),
    [
        ("plain, (text:1.2) [x]", {"plain, (text:1.2) [x]"}),
        ("a {b|c} d", {"a b d", "a c d"}),
        ("{a|{b|c}}{|x}", {"a", "b", "c", "ax", "bx", "cx"}),
        ("{2$$a|b}", {"a, b", "b, a"}),
        ("{2$$ and $$a|b}", {"a and b", "b and a"}),
        ("{1-2$$-$$a|b}", {"a", "b", "a-b", "b-a"}),
        ("{9$$a|b}", {"a, b", "b, a"}),
        ("{0::a|1::b}", {"b"}),
        ("{0::a|0::b}", {"a", "b"}),
        (r"\{a\|b\} {c\|d|e\}}", {"{a|b} c|d", "{a|b} e}"}),
        ("__colour__ __deep__", {f"{a} {b}!" for a in LINES["colour"] for b in LINES["colour"]}),
        ("x__none__y", {"xy"}),
        ("{}", {""}),
    ],
)
def test_choices(text: str, possible: set[str]) -> None:
    assert {chosen(text, seed) for seed in range(200)} == possible


def test_the_same_seed_gives_the_same_text() -> None:
    text = "{a|b|c|d} __colour__ {2$$x|y|z}"
    assert chosen(text, 7) == chosen(text, 7)
    assert len({chosen(text, seed) for seed in range(20)}) > 5


def test_weights_count() -> None:
    counts = Counter(chosen("{3::a|1::b}", seed) for seed in range(2000))
    assert 2.4 < counts["a"] / counts["b"] < 3.8


@pytest.mark.parametrize(
    ("text", "says"), [("{a", "without a '}'"), ("a}", "without a '{'"), ("__self__", "name itself")]
)
def test_what_cannot_be_resolved_says_why(text: str, says: str) -> None:
    with pytest.raises(ChoiceError, match=says):
        chosen(text)


def test_growing_without_bound_is_stopped() -> None:
    with pytest.raises(ChoiceError, match="longer than"):
        resolve("__w__", 0, lambda _: ["x" * 200_000])


@given(st.text(alphabet="ab{}|$:\\0123456789_ -", max_size=40), st.integers(0, 3))
def test_any_text_is_resolved_or_refused(text: str, seed: int) -> None:
    try:
        resolve(text, seed, lambda _: ["w"])
    except ChoiceError as error:
        assert str(error)  # noqa: PT017 - either outcome is right
