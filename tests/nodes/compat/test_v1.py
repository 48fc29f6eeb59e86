"""V1 classes as specs, beyond what the conformance list asks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from graphcore import NodeFailed, Registry
from graphcore.engine import Engine
from nodes.compat.class_nodes import ClassNodes, spec_of_class
from nodes.compat.context import ExecutionContext, get_executing_context
from tests.conformance.desk import node, wire
from tests.conformance.nodes import ANY, CLASSES, v1


class Bench:
    """Runs prompts with classes of a test; `value` is what came out of node 'x'."""

    def __init__(self) -> None:
        self.classes: dict[str, type] = dict(CLASSES)
        self.engine = Engine(ClassNodes(self.classes))

    def value(self, prompt: dict[str, Any], **options: Any) -> Any:
        checked = self.engine.check(prompt, keep=["x"])
        assert checked.problems == []
        return asyncio.run(self.engine.run_checked(checked, keep=["x"], **options)).values["x"]


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.engine.close()


def test_hidden_values(bench: Bench) -> None:
    kinds = {
        "me": "UNIQUE_ID", "all": "PROMPT", "live": "DYNPROMPT", "info": "EXTRA_PNGINFO",
        "key": "API_KEY_COMFY_ORG", "token": "AUTH_TOKEN_COMFY_ORG", "odd": "SOMETHING_ELSE",
    }  # fmt: skip
    bench.classes["Hidden"] = v1(lambda **given: (given,), hidden=kinds)
    prompt = {"x": node("Hidden")}
    ((found,),) = bench.value(prompt, extra={"workflow": {"a": 1}}, secrets={"api_key_comfy_org": "k"})
    assert found["me"] == "x"
    assert found["all"] == prompt
    assert found["live"].get_original_prompt() is found["all"]
    assert found["info"] == {"workflow": {"a": 1}}
    assert (found["key"], found["token"]) == ("k", None)
    assert "odd" not in found


def test_no_png_info_is_none(bench: Bench) -> None:
    bench.classes["Hidden"] = v1(lambda info: (info,), hidden={"info": "EXTRA_PNGINFO"})
    assert bench.value({"x": node("Hidden")}) == ([None],)


def test_what_a_node_writes_into_the_prompt_is_seen_by_others(bench: Bench) -> None:
    def write(all: dict[str, Any]) -> tuple[str]:
        all["1"]["_meta"] = {"title": "written"}
        return ("done",)

    bench.classes["Write"] = v1(write, hidden={"all": "PROMPT"})
    bench.classes["Read"] = v1(lambda x, all: (all["1"]["_meta"]["title"],), {"x": (ANY,)}, hidden={"all": "PROMPT"})
    assert bench.value({"1": node("Write"), "x": node("Read", x=wire("1"))}) == (["written"],)


def test_the_context_of_each_call(bench: Bench) -> None:
    async def where(x: Any) -> Any:
        await asyncio.sleep(0.001)
        return (get_executing_context(),)

    bench.classes["Where"] = v1(where, {"x": (ANY,)})
    prompt = {"1": node("List3", values={"__value__": [1, 2]}), "x": node("Where", x=wire("1"))}
    assert bench.value(prompt, id="run-5") == ([ExecutionContext("run-5", "x", 0), ExecutionContext("run-5", "x", 1)],)
    assert get_executing_context() is None


@pytest.mark.parametrize(
    ("returned", "text"),
    [("text", "a str"), (None, "None"), ({"samples": 1}, "without 'ui'"), ({"result": 5}, "an int")],
)
def test_what_is_no_tuple_is_refused(bench: Bench, returned: Any, text: str) -> None:
    bench.classes["Bad"] = v1(lambda: returned)
    with pytest.raises(NodeFailed, match=r"return \(value,\)") as caught:
        bench.value({"x": node("Bad")})
    assert text.split()[-1] in str(caught.value)


def test_an_output_node_may_return_nothing(bench: Bench) -> None:
    for returned in (None, {}, (), {"saved": True}):
        bench.classes["End"] = v1(lambda returned=returned: returned, returns=(), OUTPUT_NODE=True)
        assert bench.value({"x": node("End")}) == ()


def test_values_that_a_call_did_not_give_are_none(bench: Bench) -> None:
    bench.classes["Few"] = v1(lambda: (1,), returns=("INT", ANY))
    assert bench.value({"1": node("Few"), "x": node("Pass", x=wire("1", 1))}) == ([None],)


def test_files_listed_anew_for_each_validation(bench: Bench) -> None:
    files = ["a"]

    class Load:
        RETURN_TYPES = (ANY,)
        FUNCTION = "go"

        @classmethod
        def INPUT_TYPES(cls) -> dict[str, Any]:
            return {"required": {"file": (list(files),)}}

        def go(self, file: str) -> tuple[str]:
            return (file,)

    bench.classes["Load"] = Load
    assert bench.engine.check({"x": node("Load", file="b")}, keep=["x"]).problems
    files.append("b")
    assert bench.value({"x": node("Load", file="b")}) == (["b"],)


def test_a_registered_class_is_read_anew_too() -> None:
    types: dict[str, Any] = {"required": {}}
    kind = v1(lambda **given: (sorted(given),))
    kind.INPUT_TYPES = classmethod(lambda cls: types)  # type: ignore[attr-defined]
    registry = Registry()
    registry.register(spec_of_class(kind, "Kind"))
    with Engine(registry) as engine:
        assert engine.run({"x": node("Kind", a=1)}, keep=["x"]).values["x"] == ([[]],)
        types["required"] = {"a": ("INT",)}
        assert engine.run({"x": node("Kind", a=2)}, keep=["x"]).values["x"] == ([["a"]],)


def test_a_class_may_appear_later(bench: Bench) -> None:
    assert bench.engine.check({"x": node("Later")}, keep=["x"]).problems[0].code == "missing_node_type"
    bench.classes["Later"] = v1(lambda: (1,))
    assert bench.value({"x": node("Later")}) == ([1],)


def test_a_class_replaced_under_its_name_gets_a_new_instance(bench: Bench) -> None:
    assert bench.value({"x": node("Steps", seed=1)}) == ([1],)
    assert bench.value({"x": node("Steps", seed=2)}) == ([2],)
    bench.classes["Steps"] = type("Steps", (CLASSES["Steps"],), {})
    assert bench.value({"x": node("Steps", seed=3)}) == ([1],)


def test_a_class_that_cannot_be_read_is_a_problem_only_where_it_is_used(bench: Bench) -> None:
    bench.classes["Broken"] = type("Broken", (), {"RETURN_TYPES": ("INT",)})
    (problem,) = bench.engine.check({"1": node("Broken"), "x": node("Pass", x=wire("1"))}, keep=["x"]).problems[:1]
    assert problem.extra["exception_type"] in ("AttributeError", "IndexError")
    assert bench.value({"1": node("Broken"), "x": node("Int", value=1)}) == ([1],)


def test_inference_mode(bench: Bench) -> None:
    torch = pytest.importorskip("torch")
    bench.classes["Mode"] = v1(lambda: (torch.is_inference_mode_enabled(),))

    async def later() -> Any:
        before = torch.is_inference_mode_enabled()
        await asyncio.sleep(0.001)
        return (before and torch.is_inference_mode_enabled(),)

    bench.classes["Later"] = v1(later)
    assert bench.value({"x": node("Mode")}) == ([True],)
    assert bench.value({"x": node("Later")}) == ([True],)
    assert not torch.is_inference_mode_enabled()


def test_without_torch_no_mode(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert bench.value({"x": node("Int", value=1)}) == ([1],)
    assert "torch" not in sys.modules


def test_failures_of_async_code_pass_through_the_steps(bench: Bench) -> None:
    async def caught() -> Any:
        try:
            await asyncio.wait_for(asyncio.sleep(1), 0.001)
        except TimeoutError:
            return ("late",)

    bench.classes["Caught"] = v1(caught)
    assert bench.value({"x": node("Caught")}) == (["late"],)
