"""The grammar of recipes in prompts: what is asked for, and what stays plain text."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphcore import RunError
from nodes.text.prompt_control import LoraUse, Prompt, Recipe, Span, parse_recipe


def whole(*parts: str, weight: float = 1.0) -> Prompt:
    return Prompt(weight, (Span(0.0, 1.0, parts),))


def spans(text: str) -> list[tuple[float, float, str]]:
    (prompt,) = parse_recipe(text).prompts
    return [(span.start, span.end, " ".join(span.parts)) for span in prompt.spans]


@pytest.mark.parametrize(
    ("text", "use"),
    [
        ("<lora:style>", LoraUse("style")),
        ("<lora:style:0.8>", LoraUse("style", 0.8, 0.8)),
        ("<lora:sub/style.safetensors:0.8:-0.5>", LoraUse("sub/style.safetensors", 0.8, -0.5)),
    ],
)
def test_loras_are_taken_out(text: str, use: LoraUse) -> None:
    assert parse_recipe(f"a cat {text}") == Recipe((use,), (whole("a cat"),))


@pytest.mark.parametrize("text", ["<lora:>", "<lora:a:b>", "<lora:a:1:2:3>"])
def test_what_is_no_lora_is_named(text: str) -> None:
    with pytest.raises(RunError, match=r"is no LoRA: write '<lora:name:0.8>'"):
        parse_recipe(text)


def test_several_prompts_with_weights() -> None:
    assert parse_recipe("a cat AND a dog :0.5 AND a (red:1.2)").prompts == (
        whole("a cat"),
        whole("a dog", weight=0.5),
        whole("a (red:1.2)"),
    )
    assert parse_recipe("half past 10:30").prompts == (whole("half past 10:30"),)
    assert parse_recipe("SAND and rAND").prompts == (whole("SAND and rAND"),)


def test_breaks() -> None:
    assert parse_recipe("a cat BREAK a dog\nBREAK\nBREAKFAST").prompts == (whole("a cat", "a dog", "BREAKFAST"),)


def test_schedules() -> None:
    assert spans("a [cat:dog:0.4]") == [(0.0, 0.4, "a cat"), (0.4, 1.0, "a dog")]
    assert spans("[::0.5]x") == [(0.0, 1.0, "x")]
    assert spans("a [(red:1.2)::0.25] cat") == [(0.0, 0.25, "a (red:1.2) cat"), (0.25, 1.0, "a  cat")]
    assert spans("[a:[b:c:0.6]:0.3]") == [(0.0, 0.3, "a"), (0.3, 0.6, "b"), (0.6, 1.0, "c")]
    assert spans("[a:b:0]") == [(0.0, 1.0, "b")]
    assert spans("[a:b:1]") == [(0.0, 1.0, "a")]


@pytest.mark.parametrize("text", ["[low] quality", "[a:b] c", "a [b", "a] b", "[a:b:c]", "x [y [z] w]"])
def test_other_brackets_are_text(text: str) -> None:
    assert spans(text) == [(0.0, 1.0, text)]


def test_escaped_brackets_are_text() -> None:
    assert spans(r"\[a:b:0.5\]") == [(0.0, 1.0, "[a:b:0.5]")]


@given(st.text(alphabet="ab[]():<>\\ 0.5\n", max_size=40))
def test_any_text_is_covered_from_start_to_end(text: str) -> None:
    for prompt in parse_recipe(text).prompts:
        assert prompt.spans[0].start == 0.0
        assert prompt.spans[-1].end == 1.0
        assert all(a.end == b.start for a, b in pairwise(prompt.spans))
