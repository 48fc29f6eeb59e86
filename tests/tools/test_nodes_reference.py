"""The page of all nodes is the one that the registry gives."""

from __future__ import annotations

from typing import Annotated, Literal

from graphcore import Image, Many, Pack, Range
from nodes.builtin import pack
from tools.nodes_reference import PAGE, page


def test_the_page_is_current() -> None:
    message = "docs/nodes-reference.md is out of date: run `python -m tools.nodes_reference`"
    assert PAGE.read_text(encoding="utf-8") == page(pack.nodes), message


def test_a_row_names_inputs_limits_and_outputs() -> None:
    own = Pack("try")

    @own.node(category="some/place")
    def mix(
        images: Many[Image],
        *more: Image,
        mode: Literal["a|b", "c"] = "c",
        share: Annotated[float, Range(0, 1)] = 0.5,
        note: str | None = None,
    ) -> Many[Image]:
        """Mix pictures.

        At length.
        """
        return images

    text = page(own.nodes)
    assert "## some/place" in text
    inputs = "images IMAGE[], [*more IMAGE], mode a\\|b / c = 'c', share FLOAT 0…1 = 0.5, [note STRING]"
    assert f"| `try/mix` | {inputs} | IMAGE[] | Mix pictures. |" in text


def test_every_node_says_what_it_does_in_a_sentence() -> None:
    assert [id for id, spec in pack.nodes.items() if not spec.description.split("\n\n")[0].endswith(".")] == []
