from __future__ import annotations

import random
import re

import pytest

from graphcore.errors import RunError
from graphcore.testing import call
from nodes.values.patterns import FLAGS, FaultyPattern, compiled

ATOMS = ["a", "b", ".", r"\d", r"\w", "[^a]", "^", "$", r"\b", r"\B", "(a)", "(b|a)", "(?:ab)", "(?=a)", "(?!b)",
         "(?>a*)", "(?i:a)", r"\1", r"\n", "é", "ß", "ſ", "İ", "[]a]", r"[\w-]", "(a)(?(1)b|c)"]  # fmt: skip
REPEATS = ["", "", "*", "+", "?", "*?", "{1,2}", "{2}"]
TEXTS = ["", "a", "abab\nba", "aabbA1 b", "AB ab\n\nKK ſs ß é É İ", "a1b2\nc3"]


@pytest.mark.filterwarnings("ignore:Possible")
@pytest.mark.parametrize("seed", range(4))
def test_finds_and_replaces_what_python_does(seed: int) -> None:
    """Random patterns, with every flag."""
    chance, tried = random.Random(seed), 0
    while tried < 400:
        text = "".join(chance.choice(ATOMS) + chance.choice(REPEATS) for _ in range(chance.randint(1, 4)))
        flags = {name: chance.random() < 0.3 for name in FLAGS}
        try:
            standard = re.compile(text, sum(FLAGS[name][0] for name, on in flags.items() if on))
        except re.error:
            continue
        pattern = compiled(text, **flags)
        tried += 1
        for string in TEXTS:
            wanted = [(match.span(), match.groups()) for match in standard.finditer(string)]
            assert [(match.span(), match.groups()) for match in pattern.find(string)] == wanted, text
            assert pattern.replace(string, r"<\g<0>>", 2) == standard.sub(r"<\g<0>>", string, count=2), text
            first = pattern.search(string)
            assert (first and first.span()) == (wanted[0][0] if wanted else None), text


@pytest.mark.parametrize("node", ["RegexMatch", "RegexExtract", "RegexReplace"])
def test_what_would_run_for_ages_ends_with_a_sentence(node: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodes.values.patterns.compiled", lambda text, **flags: compiled(text, 0.2, **flags))
    with pytest.raises(RunError, match=r"takes more than 0\.2 seconds.*repeats itself"):
        call(node, string="x" * 6000 + "!", regex_pattern="(x+x+)+y", **MORE.get(node, {}))


MORE = {"RegexExtract": {"mode": "All Matches"}, "RegexReplace": {"replace": ""}}


@pytest.mark.parametrize(
    "text", ["(", "*", "a{2,1}", "a{99999999999999999999}", "(" * 5000 + ")" * 5000, r"\p{L}", "[", r"\1"]
)
def test_faulty_patterns_are_sentences(text: str) -> None:
    with pytest.raises(FaultyPattern, match="is faulty"):
        compiled(text)
    assert call("RegexMatch", string="a", regex_pattern=text) == (False,)
    assert call("RegexExtract", string="a", regex_pattern=text, mode="All Matches") == ("",)


@pytest.mark.parametrize("replacement", [r"\9", r"\g<x>", r"\g<", r"\q"])
@pytest.mark.parametrize("string", ["", "b", "a"])
def test_faulty_replacements_are_sentences_even_where_nothing_is_found(string: str, replacement: str) -> None:
    with pytest.raises(FaultyPattern, match="replacement"):
        compiled("a").replace(string, replacement)
