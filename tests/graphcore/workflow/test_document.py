"""Saving what was loaded, byte for byte."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphcore.errors import WorkflowError
from graphcore.workflow import Workflow, to_prompt
from graphcore.workflow.load import Found

SCALARS = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=8)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
IDS = st.integers(-20, 20) | st.text(max_size=3) | st.none() | st.floats(-3, 3)
SLOTS = st.fixed_dictionaries(
    {"name": st.sampled_from(["image", "mask", "a", "images", "", "seed"]), "link": IDS},
    optional={"type": SCALARS | st.lists(st.text(max_size=3), max_size=2), "widget": JSON, "unknown": JSON},
)
NODES = st.fixed_dictionaries(
    {
        "id": IDS,
        "type": st.sampled_from(
            ["Picture", "Blend", "Reroute", "PrimitiveNode", "sub", "Mystery", "Resize", "GetNode"]
        ),
    },
    optional={
        "mode": st.sampled_from([0, 1, 2, 3, 4, "x"]),
        "inputs": st.lists(SLOTS | JSON, max_size=3),
        "outputs": st.lists(JSON, max_size=3),
        "widgets_values": JSON,
        "properties": JSON,
        "pos": JSON,
        "unknown": JSON,
    },
)
LINKS = st.tuples(IDS, IDS, IDS, IDS, IDS, SCALARS).map(list) | JSON
DEFINITIONS = st.fixed_dictionaries(
    {"id": st.sampled_from(["sub", "other"]), "nodes": st.lists(NODES, max_size=3)},
    optional={
        "links": st.lists(LINKS, max_size=4),
        "inputs": st.lists(JSON, max_size=2),
        "outputs": JSON,
        "name": JSON,
    },
)
DOCUMENTS = st.fixed_dictionaries(
    {"nodes": st.lists(NODES | JSON, max_size=5)},
    optional={
        "links": st.lists(LINKS, max_size=6) | JSON,
        "version": SCALARS,
        "extra": JSON,
        "definitions": st.fixed_dictionaries({"subgraphs": st.lists(DEFINITIONS, max_size=3)}) | JSON,
        "unknown": JSON,
    },
)


@settings(deadline=None)
@given(document=DOCUMENTS, indent=st.sampled_from([None, 1, 4]), ascii=st.booleans())
def test_editor_documents_round_trip_byte_for_byte(document: dict[str, Any], indent: int | None, ascii: bool) -> None:
    text = json.dumps(document, indent=indent, ensure_ascii=ascii).encode(errors="surrogatepass")
    try:
        text.decode()
    except UnicodeDecodeError:
        text = json.dumps(document, indent=indent).encode()
    assert Workflow.load(text).to_bytes() == text
    assert Workflow.load(text.decode()).to_bytes() == text


@settings(deadline=None)
@given(document=DOCUMENTS)
def test_any_editor_document_converts_or_says_why_not(document: dict[str, Any], catalogue: dict[str, Any]) -> None:
    before = json.dumps(document)
    with contextlib.suppress(WorkflowError):
        prompt = to_prompt(document, catalogue).prompt
        assert all(isinstance(node["class_type"], str) for node in prompt.values())
    assert json.dumps(document) == before


def test_files_are_saved_as_they_were(tmp_path: Path) -> None:
    text = b'\xef\xbb\xbf{ "nodes":[],\r\n\t"links" : [ ], "x": 1.50, "y": NaN, "x2": "\\u00e9" }\n\n'
    (tmp_path / "a.json").write_bytes(text)
    Workflow.load(tmp_path / "a.json").save(tmp_path / "b.json")
    assert (tmp_path / "b.json").read_bytes() == text


def test_data_with_half_characters_is_saved_with_escapes() -> None:
    document = {"nodes": [], "title": "\ud800 é"}
    assert json.loads(Workflow.load(document).to_bytes()) == document


def test_a_workflow_of_nothing_says_so() -> None:
    with pytest.raises(WorkflowError, match="There is no workflow here"):
        _ = Workflow(Found()).document
