"""The canonical form: the same data always as the same text, laid out so that line diffs show what changed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from graphcore.workflow.api import is_prompt
from graphcore.workflow.editor import graphs_of, is_editor
from graphcore.workflow.jsontext import dump, parse
from graphcore.workflow.load import detect

_WIDTH = 100
_SURROGATE = re.compile("[\ud800-\udfff]")
_KEY_ORDER = """
    id version revision name type class_type title _meta mode pos size flags order color bgcolor shape label
    origin_id origin_slot target_id target_slot link inputs outputs properties widgets_values state
    last_node_id last_link_id inputNode outputNode nodes links floatingLinks reroutes groups definitions config models
    extra
"""
_KEYS = {key: i for i, key in enumerate(_KEY_ORDER.split())}


def canonical(document: Mapping[str, Any]) -> str:
    """A workflow of either form as text with a fixed order of keys, nodes by id, links by id; ends with a newline.

    Nothing is added, dropped or changed; the canonical form of a canonical form is itself.
    """
    return "".join(_lines(_ordered(document), 0)) + "\n"


def canonical_bytes(text: bytes) -> bytes:
    """JSON text of a workflow in canonical form. Raises WorkflowError when it holds no workflow."""
    document = parse(text)
    detect(document)
    return canonical(document).encode()


def _ordered(document: Mapping[str, Any]) -> Any:
    if is_prompt(document):
        return {id: _sorted_keys(document[id], keep="inputs") for id in sorted(document, key=_natural)}
    copy = _sorted_keys(document)
    if is_editor(copy):
        for graph in graphs_of(copy):
            _sort_graph(graph)
    return copy


def _sorted_keys(value: Any, keep: str = "") -> Any:
    """A deep copy with known keys first in their usual order, then the others by name; what is in `keep` stays."""
    if isinstance(value, Mapping):
        keys = sorted(value, key=lambda key: (_KEYS.get(key, len(_KEYS)), key))
        return {key: value[key] if key == keep else _sorted_keys(value[key]) for key in keys}
    return [_sorted_keys(item) for item in value] if isinstance(value, list) else value


def _sort_graph(graph: Mapping[str, Any]) -> None:
    for name in ("nodes", "links"):
        entries = graph.get(name)
        if isinstance(entries, list):
            entries.sort(key=_entry_key)


def _entry_key(entry: Any) -> tuple[Any, ...]:
    id = entry.get("id") if isinstance(entry, dict) else entry[0] if isinstance(entry, list) and entry else ""
    return _natural(str(id))


def _natural(id: str) -> tuple[tuple[int, int, str], ...]:
    """Ids in the order in which people count: 9 before 10, 12:3 before 12:10."""
    parts = re.split(r"(\d{1,18})", id)
    return tuple((0, int(part), "") if part.isascii() and part.isdigit() else (1, 0, part) for part in parts)


def _lines(value: Any, depth: int) -> Iterator[str]:
    """JSON text in pieces. What fits on one line and holds no object of objects stays on one."""
    flat = not isinstance(value, (dict, list)) or not value or _is_flat(value)
    text = _text(value) if flat else ""
    if flat and (len(text) <= _WIDTH or not isinstance(value, (dict, list)) or not value):
        yield text
        return
    pad, end = "  " * (depth + 1), "  " * depth
    pairs = [(f"{_text(key)}: ", item) for key, item in value.items()] if isinstance(value, dict) else None
    yield "{\n" if pairs is not None else "[\n"
    for i, (prefix, item) in enumerate(pairs if pairs is not None else [("", item) for item in value]):
        yield f"{',' if i else ''}{chr(10) if i else ''}{pad}{prefix}"
        yield from _lines(item, depth + 1)
    yield f"\n{end}" + ("}" if pairs is not None else "]")


def _text(value: Any) -> str:
    """JSON text on one line; with escapes where the data holds half characters, which files cannot."""
    text = dump(value)
    return text if text.isascii() or not _SURROGATE.search(text) else dump(value, ascii_only=True)


def _is_flat(value: Any) -> bool:
    """Whether a container holds plain values only, or an object one small object more, such as a slot's widget."""
    items = value.values() if isinstance(value, dict) else value
    nested = [item for item in items if isinstance(item, (dict, list)) and item]
    if isinstance(value, list):
        return not nested
    return len(nested) <= 1 and all(_is_flat(item) and len(item) <= 2 for item in nested)
