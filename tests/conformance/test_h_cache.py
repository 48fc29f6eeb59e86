"""H: what is computed again, and what is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from graphcore.cache import ClassicCache, CountCache, MemoryCache, NoCache
from graphcore.job import CancelToken
from nodes.compat.schema import io
from tests.conformance.desk import Desk, node, wire
from tests.conformance.nodes import ANY, v1

MakeDesk = Callable[..., Desk]


def chain(value: int = 1, b: int = 1, prefix: str = "") -> dict[str, Any]:
    """Int -> Sum -> Sum -> Out."""
    return {
        f"{prefix}1": node("Int", value=value),
        f"{prefix}2": node("Sum", a=wire(f"{prefix}1"), b=b),
        f"{prefix}3": node("Sum", a=wire(f"{prefix}2"), b=10),
        f"{prefix}out": node("Out", x=wire(f"{prefix}3")),
    }


def test_H001_an_identical_second_run(desk: Desk) -> None:
    first = desk.post(chain())
    assert (first.cached, first.ran) == ([], ["1", "2", "3", "out"])
    second = desk.post(chain())
    assert (second.cached, second.ran) == (["1", "2", "3", "out"], [])
    assert second.value() == 12


def test_H001_order_of_messages_of_a_cached_run(desk: Desk) -> None:
    desk.post(chain())
    assert [kind for kind, _ in desk.post(chain()).messages] == [
        "execution_start", "execution_cached", "executed", "progress_state", "execution_success",
    ]  # fmt: skip


def test_H002_one_literal_changed(desk: Desk) -> None:
    desk.post(chain())
    reply = desk.post(chain(b=2))
    assert (reply.ran, reply.cached, reply.value()) == (["2", "3", "out"], ["1"], 13)


def test_H003_renamed_ids(desk: Desk) -> None:
    desk.post(chain())
    assert desk.post(chain(prefix="new")).ran == []


def test_H004_titles_and_key_order(desk: Desk) -> None:
    desk.post(chain())
    prompt = dict(reversed(list(chain().items())))
    prompt["2"] = {
        **prompt["2"],
        "inputs": dict(reversed(list(prompt["2"]["inputs"].items()))),
        "_meta": {"title": "T"},
    }
    assert desk.post(prompt).ran == []


def test_H005_python_s_equality(desk: Desk) -> None:
    prompt = {"1": node("Pass", x=1), "out": node("Out", x=wire("1"))}
    desk.post(prompt)
    assert desk.post({**prompt, "1": node("Pass", x=1.0)}).ran == []
    assert desk.post({**prompt, "1": node("Pass", x=True)}).ran == []
    assert desk.post({**prompt, "1": node("Pass", x="1")}).ran == ["1", "out"]


def test_H006_another_output(desk: Desk) -> None:
    prompt = {"1": node("Two", value=1), "2": node("Pass", x=wire("1")), "out": node("Out", x=wire("2"))}
    desk.post(prompt)
    assert desk.post({**prompt, "2": node("Pass", x=wire("1", 1))}).ran == ["2", "out"]


def test_H007_identical_nodes_run_once(desk: Desk) -> None:
    prompt = {
        "1": node("Int", value=5), "2": node("Int", value=5), "3": node("Sum", a=wire("1"), b=wire("2")),
        "a": node("Out", x=wire("1")), "b": node("Out", x=wire("2")), "c": node("Out", x=wire("3")),
    }  # fmt: skip
    reply = desk.post(prompt)
    assert len({"1", "2"} & set(reply.ran)) == 1
    assert len({"a", "b"} & set(reply.ran)) == 1
    executed = {data["node"]: data["output"] for data in reply.data("executed")}
    assert {id: executed[id] for id in "abc"} == {"a": {"value": [5]}, "b": {"value": [5]}, "c": {"value": [10]}}


def two_of(**attributes: Any) -> tuple[list[Any], type, dict[str, Any]]:
    """A class that records its calls, and a prompt with two identical nodes of it."""
    calls: list[Any] = []
    kind = v1(lambda x, **given: calls.append(x) or (x,), {"x": (ANY,)}, **attributes)
    prompt = {
        "1": node("Kind", x=1),
        "2": node("Kind", x=1),
        "a": node("Out", x=wire("1")),
        "b": node("OutQ", x=wire("2")),
    }
    return calls, kind, prompt


@pytest.mark.parametrize("attributes", [{"hidden": {"me": "UNIQUE_ID"}}, {"NOT_IDEMPOTENT": True}])
def test_H008_H009_nodes_that_are_not_shared(make_desk: MakeDesk, attributes: Any) -> None:
    calls, kind, prompt = two_of(**attributes)
    desk = make_desk({"Kind": kind})
    desk.post(prompt)
    assert calls == [1, 1]
    desk.post(prompt)
    assert calls == [1, 1]


def test_H010_v3_unique_id_separates(make_desk: MakeDesk) -> None:
    class Me(io.ComfyNode):
        @classmethod
        def define_schema(cls) -> io.Schema:
            return io.Schema("Me", outputs=[io.String.Output()], hidden=[io.Hidden.unique_id])

        @classmethod
        def execute(cls) -> io.NodeOutput:
            return io.NodeOutput(cls.hidden.unique_id)

    prompt = {"1": node("Me"), "2": node("Me"), "a": node("Out", x=wire("1")), "b": node("Out", x=wire("2"))}
    reply = make_desk({"Me": Me}).post(prompt)
    assert (reply.value("a"), reply.value("b")) == ("1", "2")


def changing(fingerprint: Any) -> tuple[type, dict[str, Any]]:
    """A class with that change function, and a prompt: 1 -> k -> 3 -> out."""
    kind = v1(lambda x: (x,), {"x": (ANY,)}, IS_CHANGED=fingerprint)
    prompt = {
        "1": node("Int", value=1), "k": node("Kind", x=wire("1")), "3": node("Sum", a=wire("k"), b=1),
        "out": node("Out", x=wire("3")),
    }  # fmt: skip
    return kind, prompt


def test_H011_nan_always_runs_anew(make_desk: MakeDesk) -> None:
    kind, prompt = changing(lambda x: float("nan"))
    desk = make_desk({"Kind": kind})
    desk.post(prompt)
    for _ in range(2):
        reply = desk.post(prompt)
        assert (reply.ran, reply.cached) == (["k", "3", "out"], ["1"])


@pytest.mark.parametrize("constant", [True, "same", None, [1, (2,)]])
def test_H012_a_constant_is_cached(make_desk: MakeDesk, constant: Any) -> None:
    kind, prompt = changing(lambda x: constant)
    desk = make_desk({"Kind": kind})
    desk.post(prompt)
    assert desk.post(prompt).ran == []


def test_H013_a_new_value_runs_once(make_desk: MakeDesk) -> None:
    version = ["a"]
    kind, prompt = changing(lambda x: version[0])
    desk = make_desk({"Kind": kind})
    desk.post(prompt)
    version[0] = "b"
    assert desk.post(prompt).ran == ["k", "3", "out"]
    assert desk.post(prompt).ran == []


def test_H014_wires_are_none_even_if_cached(make_desk: MakeDesk) -> None:
    seen: list[Any] = []
    kind, prompt = changing(lambda x: seen.append(x))
    desk = make_desk({"Kind": kind})
    desk.post(prompt)
    desk.post(prompt)
    assert seen == [None, None]


def test_H014_hidden_values_are_passed(make_desk: MakeDesk) -> None:
    seen: list[Any] = []
    kind = v1(
        lambda x, me, all, info: (x,), {"x": (ANY,)},
        hidden={"me": "UNIQUE_ID", "all": "PROMPT", "info": "EXTRA_PNGINFO"},
        IS_CHANGED=lambda x, me, all, info: seen.append((x, me, all, info)),
    )  # fmt: skip
    prompt = {"k": node("Kind", x=3), "out": node("Out", x=wire("k"))}
    make_desk({"Kind": kind}).post(prompt, extra={"workflow": {}})
    assert seen == [(3, "k", {}, None)]


def test_H015_a_failing_change_function(make_desk: MakeDesk, caplog: pytest.LogCaptureFixture) -> None:
    kind, prompt = changing(lambda x: 1 / 0)
    desk = make_desk({"Kind": kind})
    assert desk.post(prompt).value() == 2
    assert "division by zero" in caplog.text
    assert "k" in desk.post(prompt).ran


def test_H016_async_change_functions(make_desk: MakeDesk) -> None:
    version: list[Any] = ["a"]

    async def changed(x: Any) -> Any:
        await asyncio.sleep(0)
        return version[0] if version[0] != "bad" else 1 / 0

    kind, prompt = changing(changed)
    desk = make_desk({"Kind": kind})
    desk.post(prompt)
    assert desk.post(prompt).ran == []
    version[0] = "b"
    assert desk.post(prompt).ran == ["k", "3", "out"]
    version[0] = "bad"
    assert "k" in desk.post(prompt).ran
    assert "k" in desk.post(prompt).ran


def test_H017_asked_once_a_run(make_desk: MakeDesk) -> None:
    seen: list[Any] = []
    kind, prompt = changing(lambda x: seen.append(x) or 5)
    desk = make_desk({"Kind": kind})
    more = {**prompt, "4": node("Sum", a=wire("k"), b=7), "more": node("Out", x=wire("4"))}
    desk.post(more)
    assert len(seen) == 1


def test_H018_a_submitted_fingerprint_is_used(make_desk: MakeDesk) -> None:
    seen: list[Any] = []
    kind, prompt = changing(lambda x: seen.append(x))
    prompt["k"]["is_changed"] = ["known"]
    desk = make_desk({"Kind": kind})
    desk.post(prompt)
    assert desk.post(prompt).ran == []
    assert seen == []


def test_H019_classic_keeps_the_last_run_only(make_desk: MakeDesk) -> None:
    desk = make_desk(cache=ClassicCache())
    desk.post(chain(value=1))
    desk.post(chain(value=2))
    assert desk.post(chain(value=1)).ran == ["1", "2", "3", "out"]
    assert desk.post(chain(value=1)).ran == []


def test_H020_with_room_both_are_kept(make_desk: MakeDesk) -> None:
    for cache in (CountCache(100), None):
        desk = make_desk(cache=cache)
        desk.post(chain(value=1))
        desk.post(chain(value=2))
        assert desk.post(chain(value=1)).ran == []


def test_H021_the_oldest_runs_go_first(make_desk: MakeDesk) -> None:
    desk = make_desk(cache=CountCache(8))
    for value in (1, 2, 3):
        desk.post(chain(value=value))
    desk.post(chain(value=3))
    assert desk.post(chain(value=2)).ran == []
    assert desk.post(chain(value=1)).ran == ["1", "2", "3", "out"]


def test_H022_without_a_cache(make_desk: MakeDesk) -> None:
    desk = make_desk(cache=NoCache())
    prompt = {
        **chain(), "l": node("Loop", x=wire("3"), n=2), "s": node("Slow", x=wire("l"), seconds=0.001),
        "p": node("Pick", choice=1, a=wire("1"), b=wire("s")), "last": node("Out", x=wire("p")),
    }  # fmt: skip
    first, second = desk.post(prompt), desk.post(prompt)
    assert first.value("last") == second.value("last") == 14
    assert first.ran == second.ran
    assert second.cached == []


def test_H023_old_results_go_when_memory_is_short(make_desk: MakeDesk) -> None:
    cache = MemoryCache(budget=25_000)
    desk = make_desk({"Big": v1(lambda x: (bytes(10_000) + bytes([x]),), {"x": ("INT",)})}, cache=cache)
    join = v1(lambda a, b, c: (a[-1] + b[-1] + c[-1],), dict.fromkeys("abc", (ANY,)))
    desk.classes["Join"] = join
    prompt = {
        **{str(i): node("Big", x=i) for i in (1, 2, 3)}, "j": node("Join", a=wire("1"), b=wire("2"), c=wire("3")),
        "out": node("Out", x=wire("j")),
    }  # fmt: skip
    reply = desk.post(prompt)
    assert reply.value() == 6
    assert cache.used <= 25_000
    again = desk.post({**prompt, "1": node("Big", x=5)})
    assert again.value() == 10
    assert {"2", "3"} & set(again.ran)


def test_H024_nodes_before_a_failure_are_cached(desk: Desk) -> None:
    prompt = {
        "1": node("Int", value=1), "2": node("Sum", a=wire("1"), b=1), "3": node("Boom", x=wire("2")),
        "out": node("Out", x=wire("3")),
    }  # fmt: skip
    desk.post(prompt)
    reply = desk.post(prompt)
    assert (reply.cached, reply.ran) == (["1", "2"], ["3"])


def test_H025_an_interrupted_node_is_not_cached(make_desk: MakeDesk) -> None:
    token = CancelToken()
    stopping = [True]

    def stop(x: Any) -> Any:
        if stopping[0]:
            from graphcore.calls import CURRENT

            token.cancel()
            run = CURRENT.get()
            assert run is not None
            run.progress(1, 2)
        return (x,)

    desk = make_desk({"Stop": v1(stop, {"x": (ANY,)})})
    prompt = {"1": node("Int", value=1), "2": node("Stop", x=wire("1")), "out": node("Out", x=wire("2"))}
    assert desk.post(prompt, token=token).data("execution_interrupted")
    stopping[0] = False
    reply = desk.post(prompt)
    assert (reply.cached, reply.ran) == (["1"], ["2", "out"])


def test_H026_freeing_memory_forgets_everything(desk: Desk) -> None:
    prompt = {"1": node("Steps", seed=1), "out": node("Out", x=wire("1"))}
    assert desk.post(prompt).value() == 1
    desk.engine.clear()
    reply = desk.post(prompt)
    assert (reply.cached, reply.value()) == ([], 1)


def test_H027_instances_live_as_long_as_their_node(desk: Desk) -> None:
    def steps(seed: int) -> Any:
        return desk.post({"1": node("Steps", seed=seed), "out": node("Out", x=wire("1"))}).value()

    assert [steps(1), steps(2), steps(3)] == [1, 2, 3]
    desk.post({"1": node("Int", value=1), "out": node("Out", x=wire("1"))})
    assert steps(4) == 1
    desk.post({"2": node("Int", value=1), "out": node("Out", x=wire("2"))})
    assert steps(5) == 1


def test_H028_an_output_without_outputs_is_cached(desk: Desk) -> None:
    desk.post(chain())
    (executed,) = desk.post(chain()).data("executed")
    assert (executed["node"], executed["output"]) == ("out", {"value": [12]})


def test_H029_a_missing_ancestor_is_never_cached(desk: Desk) -> None:
    prompt = {"1": node("Pass", x=1, more=wire("nowhere")), "out": node("Out", x=wire("1"))}
    for _ in range(2):
        reply = desk.post(prompt)
        assert (reply.status, reply.cached) == (200, [])
        assert "nowhere" in reply.failure["exception_message"]


def test_H030_cached_values_are_shared_not_copied(make_desk: MakeDesk) -> None:
    seen: list[Any] = []
    kind = v1(lambda x, k: seen.append(x) or (x,), {"x": (ANY,), "k": (ANY,)})
    desk = make_desk({"See": kind, "Make": v1(lambda: ({"a": 1},))})
    for k in (1, 2):
        desk.post({"1": node("Make"), "2": node("See", x=wire("1"), k=k), "out": node("Out", x=wire("2"))})
    assert seen[0] is seen[1]


def test_H031_what_comes_beside_the_prompt_does_not_count(desk: Desk) -> None:
    desk.post(chain(), extra={"workflow": {"a": 1}})
    assert desk.post(chain(), extra={"workflow": {"b": 2}}, secrets={"api_key_comfy_org": "k"}).ran == []


def test_H032_consumers_before_producers(make_desk: MakeDesk) -> None:
    version = ["a"]
    kind, prompt = changing(lambda x: version[0])
    backwards = dict(reversed(list(prompt.items())))
    desk = make_desk({"Kind": kind})
    desk.post(backwards)
    assert desk.post(backwards).ran == []
    version[0] = "b"
    assert desk.post(backwards).ran == ["k", "3", "out"]
