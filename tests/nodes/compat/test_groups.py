"""Inputs with members: what a prompt holds, what is asked for, what the node receives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graphcore.engine import Engine
from nodes.compat.class_nodes import ClassNodes
from nodes.compat.schema import io
from tests.conformance.desk import node, wire
from tests.conformance.nodes import CLASSES

Option = io.DynamicCombo.Option
MODE = io.DynamicCombo.Input(
    "mode",
    options=[
        Option("plain"),
        Option("scaled", [io.Float.Input("k", min=0.0), io.Int.Input("n", optional=True)]),
        Option("deep", [io.DynamicCombo.Input("inner", options=[Option("a", [io.Int.Input("x")]), Option("b")])]),
    ],
)
ROWS = io.Autogrow.Input("rows", template=io.Autogrow.TemplatePrefix(io.Int.Input("row"), prefix="row", min=2, max=4))
NAMED = io.Autogrow.Input("named", template=io.Autogrow.TemplateNames(io.Int.Input("x"), ["left", "right"], min=0))
COMMON = io.MatchType.Template("T", allowed_types=[io.Int, io.Float])


def receiving(*inputs: Any, **schema: Any) -> type[io.ComfyNode]:
    """A node that gives what it receives."""
    members = {
        "define_schema": classmethod(
            lambda cls: io.Schema("Got", inputs=list(inputs), outputs=[io.AnyType.Output()], **schema)
        ),
        "execute": classmethod(lambda cls, **given: io.NodeOutput(given)),
    }
    return type("Got", (io.ComfyNode,), members)


@pytest.fixture
def classes() -> dict[str, type]:
    return dict(CLASSES)


@pytest.fixture
def engine(classes: dict[str, type]) -> Iterator[Engine]:
    with Engine(ClassNodes(classes)) as made:
        yield made


def received(engine: Engine, inputs: dict[str, Any]) -> Any:
    ((found,),) = engine.run({"1": node("Int", value=7), "x": node("Got", **inputs)}, keep=["x"]).values["x"]
    return found


def problems(engine: Engine, inputs: dict[str, Any]) -> list[tuple[str, str]]:
    checked = engine.check({"1": node("Text", value="t"), "x": node("Got", **inputs)}, keep=["x"])
    return [(problem.code, problem.input) for problem in checked.problems]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"mode": "plain", "mode.k": 5}, {"mode": "plain"}),
        ({"mode": "scaled", "mode.k": "2"}, {"mode": "scaled", "k": 2.0}),
        ({"mode": "scaled", "mode.k": 2, "mode.n": ["1", 0]}, {"mode": "scaled", "k": 2.0, "n": 7}),
        ({"mode": "deep", "mode.inner": "a", "mode.inner.x": 3}, {"mode": "deep", "inner": {"inner": "a", "x": 3}}),
        ({"mode": "deep", "mode.inner": "b"}, {"mode": "deep", "inner": {"inner": "b"}}),
    ],
)
def test_a_dynamic_choice(engine: Engine, classes: dict[str, type], inputs: dict[str, Any], expected: Any) -> None:
    classes["Got"] = receiving(MODE)
    assert received(engine, inputs) == {"mode": expected}


def test_members_are_validated(engine: Engine, classes: dict[str, type]) -> None:
    classes["Got"] = receiving(MODE, ROWS)
    rows = {"rows.row0": 1, "rows.row1": 2}
    assert problems(engine, {"mode": "plain", **rows}) == []
    assert problems(engine, {"mode": "odd", **rows}) == [("value_not_in_list", "mode")]
    assert problems(engine, {"mode": "scaled", **rows}) == [("required_input_missing", "mode.k")]
    assert problems(engine, {"mode": "scaled", "mode.k": -1, **rows}) == [("value_smaller_than_min", "mode.k")]
    assert problems(engine, {"mode": "plain", "rows.row1": "x"}) == [
        ("required_input_missing", "rows.row0"), ("invalid_input_type", "rows.row1"),
    ]  # fmt: skip
    assert problems(engine, {"mode": "plain", **rows, "rows.row3": wire("1")}) == [
        ("return_type_mismatch", "rows.row3")
    ]


def test_growing_inputs_come_in_order(engine: Engine, classes: dict[str, type]) -> None:
    classes["Got"] = receiving(ROWS, NAMED)
    found = received(engine, {"rows.row2": 3, "rows.row0": wire("1"), "rows.row1": 2, "rows.row9": 9, "named.right": 1})
    assert found == {"rows": {"row0": 7, "row1": 2, "row2": 3}, "named": {"right": 1}}
    assert list(found["rows"]) == ["row0", "row1", "row2"]
    assert received(engine, {"rows.row0": 1, "rows.row1": 2})["named"] == {}


def test_what_a_node_lacks_is_asked_with_names(engine: Engine, classes: dict[str, type]) -> None:
    seen: list[Any] = []
    lazy = io.Autogrow.TemplatePrefix(io.Int.Input("row", lazy=True), prefix="row", min=0, max=2)

    def status(cls: Any, rows: dict[str, Any]) -> list[str]:
        seen.append(rows)
        return [name for value, name in rows.values() if value is None]

    kind = receiving(io.Autogrow.Input("rows", template=lazy))
    classes["Got"] = type("Got", (kind,), {"check_lazy_status": classmethod(status)})
    assert received(engine, {"rows.row0": 1, "rows.row1": wire("1")}) == {"rows": {"row0": 1, "row1": 7}}
    assert seen[0] == {"row0": (1, "rows.row0"), "row1": (None, "rows.row1")}


def test_a_common_type(engine: Engine, classes: dict[str, type]) -> None:
    class Same(io.ComfyNode):
        @classmethod
        def define_schema(cls) -> io.Schema:
            outputs = [io.MatchType.Output(COMMON, display_name="same"), io.Int.Output()]
            return io.Schema("Got", inputs=[io.MatchType.Input("x", template=COMMON)], outputs=outputs)

        @classmethod
        def execute(cls, x: Any) -> io.NodeOutput:
            return io.NodeOutput(x, 1)

    classes["Got"] = Same
    assert received_first(engine, wire("1")) == 7
    assert problems(engine, {"x": wire("1")}) == [("return_type_mismatch", "x")]
    chained = {"1": node("Int", value=7), "2": node("Got", x=wire("1")), "x": node("Sum", a=wire("2"), b=1)}
    assert engine.run(chained, keep=["x"]).values["x"] == ([8],)
    entry = Same.GET_NODE_INFO_V1()
    assert entry["output_matchtypes"] == ["T", None]
    assert entry["input"]["required"]["x"] == (
        "COMFY_MATCHTYPE_V3", {"template": {"template_id": "T", "allowed_types": "INT,FLOAT"}},
    )  # fmt: skip


def received_first(engine: Engine, x: Any) -> Any:
    return engine.run({"1": node("Int", value=7), "x": node("Got", x=x)}, keep=["x"]).values["x"][0][0]


def test_how_clients_see_them() -> None:
    options = receiving(MODE, ROWS, NAMED).INPUT_TYPES()["required"]
    kind, mode = options["mode"]
    assert kind == "COMFY_DYNAMICCOMBO_V3"
    assert [option["key"] for option in mode["options"]] == ["plain", "scaled", "deep"]
    assert mode["options"][1]["inputs"] == {
        "required": {"k": ("FLOAT", {"min": 0.0})}, "optional": {"n": ("INT", {})},
    }  # fmt: skip
    assert options["rows"] == (
        "COMFY_AUTOGROW_V3",
        {
            "template": {
                "input": {"required": {"row": ("INT", {})}, "optional": {}},
                "prefix": "row",
                "min": 2,
                "max": 4,
            }
        },
    )
    assert options["named"][1]["template"]["names"] == ["left", "right"]
