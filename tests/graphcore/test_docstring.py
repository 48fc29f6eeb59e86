"""Descriptions and tooltips out of docstrings."""

from __future__ import annotations

from graphcore.docstring import read


def test_no_docstring_says_nothing() -> None:
    assert read(None) == ("", {})


def test_without_a_section_everything_is_description() -> None:
    assert read("Add grain.\n\n    As film does: in the darks.\n    ") == (
        "Add grain.\n\nAs film does: in the darks.",
        {},
    )


def test_a_section_explains_inputs_and_leaves_the_description() -> None:
    text = """Add grain.

    More words.

    Args:
        image: what to change
        strength (float): standard deviation,
            as a share of full scale
        *others:
            pictures beside it

    Source: a paper.
    """
    description, tips = read(text)
    assert description == "Add grain.\n\nMore words.\n\nSource: a paper."
    assert tips == {
        "image": "what to change",
        "strength": "standard deviation, as a share of full scale",
        "others": "pictures beside it",
    }


def test_lines_before_the_first_name_are_passed_over() -> None:
    assert read("Do it.\n\nInputs:\n    loose words\n    n: a number\n") == ("Do it.", {"n": "a number"})
