"""Write docs/nodes-reference.md: every built-in node with its inputs, limits and outputs, read off the registry.

Run it from the repository: `python -m tools.nodes_reference`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from graphcore.node import MISSING, NodeSpec, Port
from graphcore.widgets import Choice, InputFile, ModelFile, Range, Seed
from nodes.builtin import pack

PAGE = Path(__file__).parent.parent / "docs" / "nodes-reference.md"
HEAD = """# The built-in nodes

Written by `python -m tools.nodes_reference`; a test checks that it is current. Inputs that are optional stand in
brackets, `=` is a default, `…` a range. `[]` behind a type means a list: an input takes it whole, an output spreads it.
"""
MOST_CHOICES = 12
LONG = 1_000_000  # numbers beyond this are no limit that anybody meets


def page(nodes: Mapping[str, NodeSpec]) -> str:
    """The page as text: a section for each category, a row for each node."""
    sections: dict[str, list[NodeSpec]] = defaultdict(list)
    for spec in nodes.values():
        sections[spec.category].append(spec)
    parts = [HEAD, f"\n{len(nodes)} nodes.\n"]
    for category in sorted(sections, key=str.lower):
        parts.append(f"\n## {category}\n\n| node | inputs | outputs | what it does |\n|---|---|---|---|\n")
        parts += [_row(spec) for spec in sorted(sections[category], key=lambda spec: spec.id.lower())]
    return "".join(parts)


def _row(spec: NodeSpec) -> str:
    name = f"`{spec.id}`" + "".join(
        f" ({word})" for word in ("experimental", "deprecated", "output") if getattr(spec, word)
    )
    inputs = ", ".join(_input(port, port.name in spec.gathered) for port in spec.inputs.values()) or "none"
    outputs = ", ".join(_named(out.name, str(out.type), out.many) for out in spec.outputs) or "none"
    return f"| {name} | {_cell(inputs)} | {_cell(outputs)} | {_cell(_sentence(spec))} |\n"


def _sentence(spec: NodeSpec) -> str:
    return " ".join(spec.description.split("\n\n")[0].split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _named(name: str, type: str, many: bool) -> str:
    plain = _spelled(type) + ("[]" if many else "")
    return plain if name == type else f"{name} {plain}"


def _input(port: Port, many: bool) -> str:
    name = f"*{port.name}" if port.growing else port.name
    text = f"{name} {_kind(port)}{'[]' if many else ''}{_limits(port)}"
    if port.default is not MISSING and port.default is not None:
        shown = getattr(port.default, "value", port.default)
        text += f" = {_number(shown) if isinstance(shown, int | float) else repr(shown)}"
    return text if port.required else f"[{text}]"


def _kind(port: Port) -> str:
    if isinstance(port.widget, ModelFile):
        return f"file of {port.widget.kind}"
    if isinstance(port.widget, InputFile):
        return "file"
    if isinstance(port.widget, Choice):
        if callable(port.widget.values):
            return "choice"
        listed = [str(value) for value in port.widget.values]
        more = f" / … ({len(listed)})" if len(listed) > MOST_CHOICES else ""
        return " / ".join(listed[:MOST_CHOICES]) + more
    return _spelled(str(port.type))


def _spelled(type: str) -> str:
    return "any" if str.__str__(type) == "*" else type.replace(",", " or ")


def _limits(port: Port) -> str:
    if not isinstance(port.widget, Range) or isinstance(port.widget, Seed):
        return ""
    low, high = (None if end is None or abs(end) > LONG else end for end in (port.widget.min, port.widget.max))
    if low is None and high is None:
        return ""
    return f" {'' if low is None else _number(low)}…{'' if high is None else _number(high)}"


def _number(value: float) -> str:
    return str(value) if isinstance(value, bool) else f"{value:.10g}"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(pack.nodes), encoding="utf-8")


if __name__ == "__main__":
    main()
