"""Reading a docstring: the description of a node, and a tooltip for each input that it explains. Pure."""

from __future__ import annotations

import inspect
import re

HEADING = re.compile(r"(Args|Arguments|Parameters|Inputs):\s*")
ENTRY = re.compile(r"(?:\*{0,2})(\w+)(?:\s*\([^)]*\))?:\s*(.*)")


def read(text: str | None) -> tuple[str, dict[str, str]]:
    """(description, input name -> tooltip). The tooltips are an `Args:` section, one `name: text` an input."""
    lines = inspect.cleandoc(text or "").splitlines()
    start = next((number for number, line in enumerate(lines) if HEADING.fullmatch(line)), len(lines))
    end = next((number for number in range(start + 1, len(lines)) if _ends(lines[number])), len(lines))
    description = "\n".join([*lines[:start], *lines[end:]]).strip()
    return description, _entries(inspect.cleandoc("\n" + "\n".join(lines[start + 1 : end])).splitlines())


def _ends(line: str) -> bool:
    return bool(line) and not line[0].isspace()


def _entries(lines: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    for line in lines:
        entry = ENTRY.fullmatch(line)
        if entry is not None:
            name, found[entry[1]] = entry[1], entry[2].strip()
        elif name and line.strip():
            found[name] = f"{found[name]} {line.strip()}".strip()
    return found
