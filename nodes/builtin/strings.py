"""Text: joining, cutting, comparing, regular expressions."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, NamedTuple

from graphcore import Range, Run, Text
from nodes.builtin.pack import pack

Lines = Annotated[str, Text(multiline=True)]


class Length(NamedTuple):
    """How long a text is."""

    length: int


class Contains(NamedTuple):
    """Whether a text holds another."""

    contains: bool


class Matches(NamedTuple):
    """Whether a pattern was found."""

    matches: bool


@pack.node(id="StringConcatenate", title="Concatenate", category="utils/string")
def string_concatenate(string_a: Lines, string_b: Lines, delimiter: str = "") -> str:
    """Join two texts, with a delimiter between them."""
    return delimiter.join((string_a, string_b))


@pack.node(id="StringSubstring", title="Substring", category="utils/string")
def string_substring(string: Lines, start: int, end: int) -> str:
    """Cut a part out of a text; negative places count from the end."""
    return string[start:end]


@pack.node(id="StringLength", title="Length", category="utils/string")
def string_length(string: Lines) -> Length:
    """Count the characters of a text."""
    return Length(len(string))


@pack.node(id="CaseConverter", title="Case Converter", category="utils/string")
def case_converter(string: Lines, mode: Literal["UPPERCASE", "lowercase", "Capitalize", "Title Case"]) -> str:
    """Change the case of a text."""
    convert = {"UPPERCASE": str.upper, "lowercase": str.lower, "Capitalize": str.capitalize, "Title Case": str.title}
    return convert[mode](string)


@pack.node(id="StringTrim", title="Trim", category="utils/string")
def string_trim(string: Lines, mode: Literal["Both", "Left", "Right"]) -> str:
    """Take the blanks off the ends of a text."""
    return {"Both": str.strip, "Left": str.lstrip, "Right": str.rstrip}[mode](string)


@pack.node(id="StringReplace", title="Replace", category="utils/string")
def string_replace(string: Lines, find: Lines, replace: Lines) -> str:
    """Replace every occurrence of a text."""
    return string.replace(find, replace)


@pack.node(id="StringContains", title="Contains", category="utils/string")
def string_contains(string: Lines, substring: Lines, case_sensitive: bool = True) -> Contains:
    """Whether a text holds another."""
    fold = str if case_sensitive else str.lower
    return Contains(fold(substring) in fold(string))


@pack.node(id="StringCompare", title="Compare", category="utils/string")
def string_compare(
    string_a: Lines,
    string_b: Lines,
    mode: Literal["Starts With", "Ends With", "Equal"],
    case_sensitive: bool = True,
) -> bool:
    """Whether the first text starts with, ends with, or equals the second."""
    fold = str if case_sensitive else str.lower
    text, part = fold(string_a), fold(string_b)
    return {"Starts With": text.startswith(part), "Ends With": text.endswith(part), "Equal": text == part}[mode]


@pack.node(id="RegexMatch", title="Regex Match", category="utils/string")
def regex_match(
    string: Lines,
    regex_pattern: Lines,
    case_insensitive: bool = True,
    multiline: bool = False,
    dotall: bool = False,
) -> Matches:
    """Whether a pattern occurs in a text; no for a faulty pattern."""
    from nodes.values.patterns import FaultyPattern, compiled

    try:
        pattern = compiled(regex_pattern, case_insensitive=case_insensitive, multiline=multiline, dotall=dotall)
    except FaultyPattern:
        return Matches(False)
    return Matches(pattern.search(string) is not None)


@pack.node(id="RegexExtract", title="Regex Extract", category="utils/string")
def regex_extract(
    string: Lines,
    regex_pattern: Lines,
    mode: Literal["First Match", "All Matches", "First Group", "All Groups"],
    case_insensitive: bool = True,
    multiline: bool = False,
    dotall: bool = False,
    group_index: Annotated[int, Range(0, 100)] = 1,
) -> str:
    """Take what a pattern finds, one finding a line; nothing for a faulty pattern."""
    from nodes.values.patterns import FaultyPattern, compiled

    try:
        pattern = compiled(regex_pattern, case_insensitive=case_insensitive, multiline=multiline, dotall=dotall)
    except FaultyPattern:
        return ""
    found = list(pattern.find(string))
    if mode == "All Matches":
        return "\n".join(match[1] or "" if match.re.groups else match[0] for match in found)
    if mode == "First Match":
        return found[0][0] if found else ""
    groups = [match[group_index] or "" for match in found if group_index <= match.re.groups]
    return "\n".join(groups if mode == "All Groups" else groups[:1])


@pack.node(id="RegexReplace", title="Regex Replace", category="utils/string")
def regex_replace(
    string: Lines,
    regex_pattern: Lines,
    replace: Lines,
    case_insensitive: bool | None = True,
    multiline: bool | None = False,
    dotall: bool | None = False,
    count: Annotated[int | None, Range(0, 100)] = 0,
) -> str:
    r"""Replace what a pattern finds; \1 in the replacement is the first group, a count of 0 replaces all."""
    from nodes.values.patterns import compiled

    pattern = compiled(regex_pattern, case_insensitive=case_insensitive, multiline=multiline, dotall=dotall)
    return pattern.replace(string, replace, count or 0)


@pack.node(id="PreviewAny", title="Preview Any", category="utils", output=True)
def preview_any(source: Any, *, run: Run) -> None:
    """Show any value as text."""
    run.show(text=[_spelled(source)])


def _spelled(value: object) -> str:
    if isinstance(value, str | int | float | bool) or value is None:
        return str(value)
    try:
        return json.dumps(value)
    except (TypeError, ValueError):  # tensors, models: whatever they say of themselves
        return str(value)
