"""Regular expressions of strangers: Python's, in a bounded time.

Python's own module cannot be stopped, so it only says what is faulty; `regex` runs the pattern, which finds the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import regex

from graphcore.errors import RunError

SECONDS = 10.0  # a pattern that takes longer doubles its time with every few characters
FAULTS = (re.error, OverflowError, RecursionError)  # a number too large, brackets too deep
FLAGS = {"case_insensitive": (re.IGNORECASE, regex.IGNORECASE), "multiline": (re.MULTILINE, regex.MULTILINE),
         "dotall": (re.DOTALL, regex.DOTALL)}  # fmt: skip
Found = re.Match[str]  # those of `regex` do all that these do


class FaultyPattern(RunError):
    """A pattern, or what should replace its findings, is no regular expression."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression. RunError where it takes longer than `seconds`."""

    text: str
    standard: re.Pattern[str]
    bounded: Any
    seconds: float = SECONDS

    def search(self, string: str) -> Found | None:
        """The first finding."""
        return next(self.find(string), None)

    def find(self, string: str) -> Iterator[Found]:
        """Every finding, from left to right."""
        if not string:  # here alone the two modules differ: about \B, in Python before 3.14
            yield from self.standard.finditer(string)
            return
        with self._in_time():
            yield from self.bounded.finditer(string, timeout=self.seconds)

    def replace(self, string: str, replacement: str, count: int = 0) -> str:
        r"""Findings replaced, the first `count` or all; \1 is the first group. FaultyPattern if it is wrong."""
        try:
            empty = self.standard.sub(replacement, "", count)
        except (*FAULTS, IndexError) as error:
            raise _faulty(f"replacement '{replacement}'", error) from None
        if not string:
            return empty
        with self._in_time():
            return str(self.bounded.sub(replacement, string, count, timeout=self.seconds))

    @contextmanager
    def _in_time(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise RunError(
                f"The pattern '{self.text}' takes more than {self.seconds:g} seconds on this text; "
                "avoid repeats of what repeats itself, such as (a+)+, or shorten the text."
            ) from None


def compiled(text: str, seconds: float = SECONDS, **flags: bool | None) -> Pattern:
    """A pattern with the flags of FLAGS. FaultyPattern says what is wrong with it."""
    standard, bounded = (sum(FLAGS[name][which] for name, on in flags.items() if on) for which in (0, 1))
    try:
        return Pattern(text, re.compile(text, standard), regex.compile(text, bounded), seconds)
    except (*FAULTS, regex.error) as error:
        raise _faulty(f"pattern '{text}'", error) from None


def _faulty(what: str, error: Exception) -> FaultyPattern:
    return FaultyPattern(f"The {what} is faulty: {error}. Put a backslash before a character that is meant literally.")
