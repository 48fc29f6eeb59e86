"""V3 classes as specs, and what they look like to code that expects V1 classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graphcore import Blocker, NodeFailed
from graphcore.engine import Engine
from graphcore.errors import DeclarationError
from nodes.compat.class_nodes import ClassNodes
from nodes.compat.schema import io
from tests.conformance.desk import node, wire
from tests.conformance.nodes import CLASSES, Tint, v1


def v3(execute: Any, **schema: Any) -> type[io.ComfyNode]:
    """A V3 class around a function that takes (cls, inputs...)."""
    schema = {"outputs": [io.AnyType.Output()], **schema}
    members = {
        "define_schema": classmethod(lambda cls: io.Schema("Test", **schema)),
        "execute": classmethod(execute),
    }
    return type("Test", (io.ComfyNode,), members)


@pytest.fixture
def classes() -> dict[str, type]:
    return dict(CLASSES)


@pytest.fixture
def engine(classes: dict[str, type]) -> Iterator[Engine]:
    with Engine(ClassNodes(classes)) as made:
        yield made


def value(engine: Engine, prompt: dict[str, Any], **options: Any) -> Any:
    return engine.run(prompt, keep=["x"], **options).values["x"]


def test_a_v3_node_runs(engine: Engine) -> None:
    assert value(engine, {"x": node("Tint", x="4", k=2)}) == ([8.0],)
    assert engine.check({"x": node("Tint", x=4, k=3)}, keep=["x"]).problems[0].code == "value_bigger_than_max"


@pytest.mark.parametrize(
    ("returned", "expected"),
    [
        (io.NodeOutput(5), ([5],)),
        ((5,), ([5],)),
        ({"result": (5,)}, ([5],)),
        ({"ui": {"text": ["a"]}}, ()),
        (None, ()),
        (io.NodeOutput(), ()),
    ],
)
def test_forms_of_results(engine: Engine, classes: dict[str, type], returned: Any, expected: Any) -> None:
    classes["Form"] = v3(lambda cls: returned)
    assert value(engine, {"x": node("Form")}) == expected


@pytest.mark.parametrize("returned", [[5], 5, "text", {"odd": 1}])
def test_other_results_are_refused(engine: Engine, classes: dict[str, type], returned: Any) -> None:
    classes["Form"] = v3(lambda cls: returned)
    with pytest.raises(NodeFailed, match=r"io\.NodeOutput"):
        value(engine, {"x": node("Form")})


@pytest.mark.parametrize(
    ("returned", "message"),
    [(io.NodeOutput(block_execution="stop"), "stop"), (Blocker("stop"), "stop"), ({"result": Blocker("stop")}, "stop")],
)
def test_blocked(engine: Engine, classes: dict[str, type], returned: Any, message: str) -> None:
    classes["Form"] = v3(lambda cls: returned, outputs=[io.Int.Output(), io.Int.Output()])
    found = value(engine, {"x": node("Form")})
    assert [[item.message for item in items] for items in found] == [[message], [message]]


def test_async_and_ui_objects(engine: Engine, classes: dict[str, type]) -> None:
    class Preview:
        def as_dict(self) -> dict[str, Any]:
            return {"images": [1]}

    async def execute(cls: Any) -> Any:
        return io.NodeOutput(1, ui=Preview())

    classes["Form"] = v3(execute)
    assert classes["Form"].FUNCTION == "EXECUTE_NORMALIZED_ASYNC"  # type: ignore[attr-defined]
    assert engine.run({"x": node("Form")}, keep=["x"]).ui == {"x": {"images": [1]}}


def test_hidden_values_are_on_the_class(engine: Engine, classes: dict[str, type]) -> None:
    def execute(cls: Any) -> Any:
        hidden = cls.hidden
        return io.NodeOutput((hidden.unique_id, hidden.prompt, hidden.api_key_comfy_org, hidden.nonsense))

    classes["Form"] = v3(execute, hidden=[io.Hidden.unique_id, io.Hidden.prompt])
    prompt = {"x": node("Form")}
    assert value(engine, prompt) == ([("x", prompt, None, None)],)
    assert classes["Form"].hidden.unique_id is None  # type: ignore[attr-defined]


def test_the_class_is_locked_while_it_runs(engine: Engine, classes: dict[str, type]) -> None:
    def execute(cls: Any) -> Any:
        cls.count = 1

    classes["Form"] = v3(execute)
    with pytest.raises(NodeFailed, match=r"AttributeError: Test\.count cannot be set"):
        value(engine, {"x": node("Form")})


def test_validate_and_fingerprint(engine: Engine, classes: dict[str, type]) -> None:
    seen: list[Any] = []

    class Judge(io.ComfyNode):
        @classmethod
        def define_schema(cls) -> io.Schema:
            inputs = [io.Int.Input("x", max=5), io.Int.Input("y", max=5)]
            return io.Schema("Judge", inputs=inputs, outputs=[io.Int.Output()], hidden=[io.Hidden.unique_id])

        @classmethod
        def validate_inputs(cls, x: int) -> Any:
            return "even, please" if x % 2 else True

        @classmethod
        def fingerprint_inputs(cls, **given: Any) -> Any:
            seen.append((cls.hidden.unique_id, given))
            return 1

        @classmethod
        def execute(cls, x: int, y: int) -> io.NodeOutput:
            return io.NodeOutput(x + y)

    classes["Judge"] = Judge
    assert [p.details for p in engine.check({"x": node("Judge", x=7, y=1)}, keep=["x"]).problems] == [
        "x - even, please"
    ]
    assert engine.check({"x": node("Judge", x=8, y=9)}, keep=["x"]).problems[0].input == "y"
    assert value(engine, {"1": node("Int", value=1), "x": node("Judge", x=8, y=wire("1"))}) == ([9],)
    assert seen == [("x", {"x": 8, "y": None})]


def test_all_inputs_are_accepted_on_request(engine: Engine, classes: dict[str, type]) -> None:
    classes["Open"] = v3(lambda cls, **given: io.NodeOutput(given), accept_all_inputs=True)
    prompt = {"1": node("Int", value=1), "x": node("Open", a=5, b=wire("1"))}
    assert value(engine, prompt) == ([{"a": 5, "b": 1}],)


def test_a_schema_that_fails_is_a_problem(engine: Engine, classes: dict[str, type]) -> None:
    twice = [io.Int.Input("x"), io.Int.Input("x")]
    classes["Bad"] = v3(lambda cls: None, inputs=twice)
    (problem,) = engine.check({"x": node("Bad")}, keep=["x"]).problems
    assert "used twice" in problem.message


def test_v1_attributes() -> None:
    assert Tint.INPUT_TYPES() == {
        "required": {"x": ("INT", {})},
        "optional": {"k": ("FLOAT", {"default": 1.0, "min": 0.0, "max": 2.0})},
    }
    assert (Tint.RETURN_TYPES, Tint.RETURN_NAMES, Tint.OUTPUT_IS_LIST) == (["FLOAT"], ["tinted"], [False])
    assert (Tint.FUNCTION, Tint.CATEGORY, Tint.OUTPUT_NODE, Tint.INPUT_IS_LIST) == (
        "EXECUTE_NORMALIZED", "test", False, False,
    )  # fmt: skip
    assert (Tint.DEPRECATED, Tint.EXPERIMENTAL, Tint.API_NODE, Tint.NOT_IDEMPOTENT) == (False,) * 4
    assert (Tint.DESCRIPTION, Tint.OUTPUT_TOOLTIPS) == ("", [None])
    assert Tint.EXECUTE_NORMALIZED(x=2).result == (2.0,)
    assert Tint.GET_SCHEMA().outputs[0].id == "_0_FLOAT_"


def test_the_catalogue_entry() -> None:
    entry = Tint.GET_NODE_INFO_V1()
    assert entry["input_order"] == {"required": ["x"], "optional": ["k"]}
    assert (entry["name"], entry["display_name"], entry["python_module"]) == ("Tint", "Tint", "nodes")
    assert (entry["deprecated"], entry["experimental"], entry["api_node"]) == (False, False, False)
    assert entry["output_tooltips"] == [None]


def test_the_catalogue_entry_of_a_v1_class() -> None:
    kind = v1(
        lambda x: (x,), {"x": ("INT", {"default": 1})}, hidden={"me": "UNIQUE_ID"}, returns=("INT", ["a", "b"]),
        DEPRECATED=True, RETURN_NAMES=("n", "c"), OUTPUT_TOOLTIPS=("one", "two"),
    )  # fmt: skip
    entry = ClassNodes({"K": kind}, {"K": "Nice"})["K"].catalogue()  # type: ignore[misc]
    assert entry["input"]["hidden"] == {"me": "UNIQUE_ID"}
    assert entry["input_order"] == {"required": ["x"], "hidden": ["me"]}
    assert (entry["output"], entry["output_name"]) == (["INT", ["a", "b"]], ["n", "c"])
    assert (entry["display_name"], entry["deprecated"], entry["output_tooltips"]) == ("Nice", True, ["one", "two"])
    assert not {"experimental", "api_node"} & set(entry)


def test_a_node_without_schema_says_so() -> None:
    with pytest.raises(NotImplementedError, match="define_schema"):
        io.ComfyNode.GET_SCHEMA()
    odd = type("Odd", (io.ComfyNode,), {"define_schema": classmethod(lambda cls: 5)})
    with pytest.raises(DeclarationError, match=r"not an io\.Schema"):
        odd.GET_SCHEMA()


def test_o011_a_v3_class_as_a_whole(engine: Engine, classes: dict[str, type]) -> None:
    """Hidden values on the class, its lock, forms of results, ids of outputs, unions and options, in one node."""

    def execute(cls: Any, value: Any, mode: str, form: str) -> Any:
        forms = {"output": io.NodeOutput(cls.hidden.unique_id, mode), "tuple": (cls.hidden.unique_id, mode)}
        if form == "lock":
            cls.kept = value
        return forms.get(form) or {"result": forms["tuple"]}

    inputs = [
        io.MultiType.Input("value", [io.Int, io.Float]),
        io.Combo.Input("mode", ["a", "b"], default="b", tooltip="which"),
        io.String.Input("form", multiline=True, force_input=True),
    ]
    outputs = [io.String.Output(), io.String.Output("named", display_name="Named")]
    classes["Form"] = kind = v3(execute, inputs=inputs, outputs=outputs, hidden=[io.Hidden.unique_id])
    for form in ("output", "tuple", "dictionary"):
        made = value(engine, {"x": node("Form", value=1.5, mode="a", form=form)})
        assert made == (["x"], ["a"])
    with pytest.raises(NodeFailed, match=r"kept cannot be set"):
        value(engine, {"x": node("Form", value=2, mode="a", form="lock")})
    assert [output.id for output in kind.GET_SCHEMA().outputs] == ["_0_STRING_", "named"]
    entry = kind.GET_NODE_INFO_V1()
    required = entry["input"]["required"]
    assert required["value"][0] == "INT,FLOAT"
    assert required["mode"] == (
        "COMBO",
        {"default": "b", "tooltip": "which", "multiselect": False, "options": ["a", "b"]},
    )
    assert required["form"] == ("STRING", {"multiline": True, "forceInput": True})
    assert entry["output_name"] == ["STRING", "Named"]
    for wrong in ({"inputs": [io.Int.Input("a")] * 2}, {"outputs": [io.Int.Output("a")] * 2}):
        with pytest.raises(DeclarationError, match="'a' is used twice"):
            io.Schema("Twice", **wrong).validate()
