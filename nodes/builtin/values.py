"""Numbers, texts and lists beyond the field's own: expressions, templates, choices, ranges."""

from __future__ import annotations

import re
from typing import Annotated, Any, NamedTuple

from graphcore import Folders, Lazy, Many, Range, Run, RunError, Seed, Text
from nodes.builtin.pack import pack

Lines = Annotated[str, Text(multiline=True)]
MAX_ITEMS = 100_000
# {a} or {a:SPEC}; the width has three digits at most, so that no template can fill the memory.
FIELD = re.compile(r"\{([a-d])(?::([<>=^]?[+ -]?#?0?\d{0,3},?(?:\.\d{1,2})?[a-zA-Z%]?))?\}")


class Computed(NamedTuple):
    """One number in the three ways that inputs want it."""

    number: float
    whole: int
    truth: bool


class Length(NamedTuple):
    """How many there are."""

    length: int


@pack.node(id="Expression", title="Expression", category="utils/number")
def expression(
    expression: Annotated[str, Text(placeholder="ceil(a * 1.5) // 8 * 8")] = "a + b",
    a: Any | None = None,
    b: Any | None = None,
    c: Any | None = None,
    d: Any | None = None,
) -> Computed:
    """Compute a formula of up to four numbers; operators, comparisons, 'x if y else z', min, max, round, sqrt, ..."""
    from nodes.values.expression import evaluate

    value = evaluate(expression, {"a": a, "b": b, "c": c, "d": d})
    try:
        return Computed(float(value), int(value), bool(value))
    except (OverflowError, ValueError):
        raise RunError(f"'{expression}' gives {value}, which is no number to go on with.") from None


@pack.node(id="TextFormat", title="Format Text", category="utils/string")
def text_format(
    template: Lines = "{a}, {b}", a: Any | None = None, b: Any | None = None, c: Any | None = None, d: Any | None = None
) -> str:
    """Fill a template: {a} to {d} are replaced by the inputs, {a:.2f} and {a:05} round and pad numbers."""
    values = {"a": a, "b": b, "c": c, "d": d}

    def filled(match: re.Match[str]) -> str:
        value = values[match[1]]
        try:
            return "" if value is None else format(value, match[2] or "")
        except (TypeError, ValueError) as error:
            raise RunError(f"{match[0]} does not fit the value {value!r}: {error}.") from None

    return FIELD.sub(filled, template)


@pack.node(id="TextJoin", title="Join Texts", category="utils/string")
def text_join(texts: Many[Any], separator: str = ", ", skip_empty: bool = True) -> str:
    r"""Join a list of texts into one; \n in the separator is a new line."""
    parts = [str(text) for text in texts]
    return separator.replace("\\n", "\n").join(part for part in parts if part.strip() or not skip_empty)


@pack.node(id="TextSplit", title="Split Text", category="utils/string")
def text_split(text: Lines, separator: str = "\\n", skip_empty: bool = True) -> Many[str]:
    r"""Split a text into a list, so that what follows runs once for each part; \n is a new line."""
    mark = separator.replace("\\n", "\n")
    parts = [part.strip() for part in (text.split(mark) if mark else text)]
    return [part for part in parts if part or not skip_empty]


def _wildcards(text: str | None, folders: Folders) -> list[tuple[str, int, int]]:
    from nodes.values.wildcards import identity

    return identity(text, folders)


@pack.node(id="TextChoices", title="Text with Choices", category="utils/string", fingerprint=_wildcards)
def text_choices(text: Lines, seed: Annotated[int, Seed()] = 0, *, run: Run) -> str:
    """Choose: {red|green}, {2$$a|b|c} two of three, {3::often|rarely} weighed, __name__ a line of a wildcard file."""
    from nodes.values.wildcards import resolve_text

    return resolve_text(text, seed, run.folders)


@pack.node(id="NumberRange", title="Number Range", category="utils/list")
def number_range(
    start: Annotated[float, Range(step=0.01)] = 0.0,
    stop: Annotated[float, Range(step=0.01)] = 1.0,
    count: Annotated[int, Range(1, MAX_ITEMS)] = 5,
) -> Many[float]:
    """Evenly spaced numbers from start to stop, both included; what follows runs once for each."""
    step = (stop - start) / max(1, count - 1)
    return [start + step * i for i in range(count)]


@pack.node(id="ListSelect", title="Select from List", category="utils/list")
def list_select(items: Many[Any], index: int = 0) -> Any:
    """One item of a list; a negative index counts from the end."""
    if not -len(items) <= index < len(items):
        raise RunError(f"There is no item {index} in a list of {len(items)}; choose one from 0 to {len(items) - 1}.")
    return items[index]


@pack.node(id="ListSlice", title="Part of List", category="utils/list")
def list_slice(items: Many[Any], start: int = 0, length: Annotated[int, Range(0, MAX_ITEMS)] = MAX_ITEMS) -> Many[Any]:
    """Some items of a list, in a row; a negative start counts from the end."""
    first = start if start >= 0 else max(0, len(items) + start)
    return items[first : first + length]


@pack.node(id="ListJoin", title="Join Lists", category="utils/list")
def list_join(first: Many[Any], second: Many[Any]) -> Many[Any]:
    """The items of two lists, one after the other."""
    return [*first, *second]


@pack.node(id="ListRepeat", title="Repeat as List", category="utils/list")
def list_repeat(item: Any, amount: Annotated[int, Range(1, MAX_ITEMS)] = 2) -> Many[Any]:
    """The same value several times; what follows runs once for each."""
    return [item] * amount


@pack.node(id="ListLength", title="Length of List", category="utils/list")
def list_length(items: Many[Any]) -> Length:
    """How many items a list has."""
    return Length(len(items))


@pack.node(id="Switch", title="Switch", category="utils/logic")
async def switch(condition: bool, on_true: Lazy[Any], on_false: Lazy[Any]) -> Any:
    """Go on with one of two inputs; the other is not even computed."""
    return await (on_true if condition else on_false)
