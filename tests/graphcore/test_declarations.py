"""Every wrong declaration fails while its module is imported, and names node and parameter."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple

import pytest

from graphcore import Choice, DeclarationError, Image, Lazy, Pack, Range


class Colour(enum.Enum):
    RED = "red"


def declare(function: Callable[..., Any], **options: Any) -> None:
    Pack("film").node(**options)(function)


def no_annotation(image) -> Image: ...  # type: ignore[no-untyped-def]
def unknown_name(image: Picture) -> Image: ...  # type: ignore[name-defined]  # noqa: F821
def keywords(**inputs: int) -> Image: ...
def no_socket(image: dict) -> Image: ...  # type: ignore[type-arg]
def optional_without_default(image: Image | None) -> Image: ...
def default_below(n: Annotated[int, Range(1, 5)] = 0) -> Image: ...
def default_above(n: Annotated[int, Range(1, 5)] = 6) -> Image: ...
def default_of_other_type(n: int = "three") -> Image: ...  # type: ignore[assignment]
def default_float_for_int(n: int = 1.5) -> Image: ...  # type: ignore[assignment]
def default_no_choice(n: Literal["a", "b"] = "c") -> Image: ...  # type: ignore[assignment]
def default_no_listed_choice(n: Annotated[str, Choice(["a"])] = "c") -> Image: ...
def default_no_member(n: Colour = "blue") -> Image: ...  # type: ignore[assignment]
def lazy_but_sync(image: Lazy[Image]) -> Image: ...
async def lazy_and_growing(*images: Lazy[Image]) -> Image: ...
def no_return(image: Image): ...  # type: ignore[no-untyped-def]
def wrong_return(image: Image) -> set[int]: ...
def wrong_second_return(image: Image) -> tuple[int, set[int]]: ...


WRONG = [
    (no_annotation, "image"),
    (unknown_name, "Picture"),
    (keywords, "inputs"),
    (no_socket, "image"),
    (optional_without_default, "image"),
    (default_below, "n"),
    (default_above, "n"),
    (default_of_other_type, "n"),
    (default_float_for_int, "n"),
    (default_no_choice, "n"),
    (default_no_listed_choice, "n"),
    (default_no_member, "n"),
    (lazy_but_sync, "image"),
    (lazy_and_growing, "images"),
    (no_return, "returns"),
    (wrong_return, "return"),
    (wrong_second_return, "return"),
]


@pytest.mark.parametrize(("function", "named"), WRONG, ids=lambda item: getattr(item, "__name__", str(item)))
def test_a_wrong_declaration_names_node_and_parameter(function: Callable[..., Any], named: str) -> None:
    with pytest.raises(DeclarationError, match=rf"(?s)film/{function.__name__}\b.*{named}"):
        declare(function)


def fine(n: int = 1) -> int:
    return n


def test_an_unknown_lane_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"film/fine: lane 'gpu' is unknown; use one of device, io"):
        declare(fine, lane="gpu")


def test_migrate_without_a_version_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"film/fine: migrate= has nothing to migrate from"):
        declare(fine, migrate=lambda version, inputs: inputs)


def test_a_fingerprint_of_unknown_inputs_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"film/fine: its fingerprint takes 'm'"):
        declare(fine, fingerprint=lambda m: m)


def test_two_nodes_of_one_id_are_refused() -> None:
    pack = Pack("film")
    pack.node()(fine)
    with pytest.raises(DeclarationError, match=r"film/fine is declared twice in pack 'film'"):
        pack.node()(fine)


def test_an_async_fingerprint_is_refused() -> None:
    async def fingerprint(n: int) -> int:
        return n

    with pytest.raises(DeclarationError, match=r"film/fine: its fingerprint is async"):
        declare(fine, fingerprint=fingerprint)


class Unreadable(NamedTuple):
    film: Unheard  # type: ignore[name-defined]  # noqa: F821


def test_outputs_whose_types_cannot_be_read_are_named() -> None:
    def develop() -> Unreadable:
        raise NotImplementedError

    with pytest.raises(DeclarationError, match=r"Node p/develop: the types of Unreadable, .* cannot be read"):
        Pack("p").node()(develop)
