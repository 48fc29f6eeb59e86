import pytest
import torch

from graphcore.errors import RunError
from graphcore.job import Run
from graphcore.testing import call


@pytest.mark.parametrize(
    ("node", "inputs", "value"),
    [
        ("CaseConverter", {"string": "aB cD", "mode": "UPPERCASE"}, "AB CD"),
        ("CaseConverter", {"string": "aB cD", "mode": "Capitalize"}, "Ab cd"),
        ("CaseConverter", {"string": "aB cD", "mode": "Title Case"}, "Ab Cd"),
        ("StringSubstring", {"string": "abcdef", "start": -4, "end": -1}, "cde"),
        ("StringLength", {"string": "aüö"}, 3),
        ("StringTrim", {"string": " \na ", "mode": "Left"}, "a "),
        ("StringTrim", {"string": " \na ", "mode": "Both"}, "a"),
        ("StringContains", {"string": "aBc", "substring": "bC", "case_sensitive": False}, True),
        ("StringContains", {"string": "aBc", "substring": "bC", "case_sensitive": True}, False),
        ("StringCompare", {"string_a": "aB", "string_b": "ab", "mode": "Equal", "case_sensitive": False}, True),
        ("StringCompare", {"string_a": "abc", "string_b": "bc", "mode": "Ends With"}, True),
        ("StringCompare", {"string_a": "abc", "string_b": "bc", "mode": "Starts With"}, False),
        ("RegexMatch", {"string": "x\ny", "regex_pattern": "^Y", "multiline": True}, True),
        ("RegexMatch", {"string": "x\ny", "regex_pattern": "x.y"}, False),
        ("RegexMatch", {"string": "x\ny", "regex_pattern": "x.y", "dotall": True}, True),
        ("RegexMatch", {"string": "x", "regex_pattern": "("}, False),
        ("RegexExtract", {"string": "a1 b2", "regex_pattern": r"\d", "mode": "First Match"}, "1"),
        ("RegexExtract", {"string": "a1 b2", "regex_pattern": r"\d", "mode": "All Matches"}, "1\n2"),
        ("RegexExtract", {"string": "a1 b2", "regex_pattern": r"(\w)(\d)", "mode": "All Matches"}, "a\nb"),
        (
            "RegexExtract",
            {"string": "a1 b2", "regex_pattern": r"(\w)(\d)", "mode": "First Group", "group_index": 2},
            "1",
        ),
        (
            "RegexExtract",
            {"string": "a1 b2", "regex_pattern": r"(\w)(\d)", "mode": "All Groups", "group_index": 2},
            "1\n2",
        ),
        ("RegexExtract", {"string": "a1", "regex_pattern": r"(\w)", "mode": "First Group", "group_index": 2}, ""),
        ("RegexExtract", {"string": "a", "regex_pattern": "a|(b)", "mode": "First Group"}, ""),
        ("RegexExtract", {"string": "a", "regex_pattern": "[", "mode": "All Matches"}, ""),
        ("RegexReplace", {"string": "aAa", "regex_pattern": "(a)", "replace": r"<\1>", "count": 2}, "<a><A>a"),
        ("RegexReplace", {"string": "aAa", "regex_pattern": "a", "replace": "", "case_insensitive": False}, "A"),
    ],
)
def test_text_nodes(node: str, inputs: dict[str, object], value: object) -> None:
    assert call(node, **inputs) == (value,)


@pytest.mark.parametrize(("pattern", "replace"), [("(", ""), ("a", r"\9"), ("a", r"\g<x>")])
def test_replacing_by_a_faulty_pattern_says_so(pattern: str, replace: str) -> None:
    with pytest.raises(RunError, match="faulty"):
        call("RegexReplace", string="a", regex_pattern=pattern, replace=replace)


@pytest.mark.parametrize(
    ("value", "text"),
    [("a", "a"), (1.5, "1.5"), (None, "None"), ({"a": [1]}, '{"a": [1]}'), (torch.tensor([1.0]), "tensor([1.])")],
)
def test_anything_can_be_shown(value: object, text: str) -> None:
    run = Run.silent()
    call("PreviewAny", run, source=value)
    assert run.shown == {"text": [text]}
