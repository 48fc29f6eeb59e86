"""Sweeps: what is written, what is run, and what the files are called."""

from __future__ import annotations

from typing import Any

import pytest

from graphcore import UserError
from graphcore.events import NodeStarted
from graphcore.overrides import override
from graphcore.sweep import LARGEST, Axis, parse, plan, with_suffix
from tests.graphcore.kit import Bench, node, wire

PROMPT: dict[str, Any] = {
    "1": node("const", value=0),
    "2": {**node("add", a=wire("1"), b=0), "_meta": {"title": "First sum"}},
    "3": {**node("add", a=wire("2"), b=0), "_meta": {"title": "Last sum"}},
    "4": node("show", value=wire("3")),
}
REGISTRY = Bench().registry


@pytest.mark.parametrize(
    ("setting", "values"),
    [
        ("K.cfg=4,6,8", ["4", "6", "8"]),
        ("K.cfg=4", ["4"]),
        ("K.cfg= 4 , 6 ,", ["4", "6"]),
        ("K.cfg=4,4,6,4", ["4", "6"]),
        ("K.seed=1..4", ["1", "2", "3", "4"]),
        ("K.seed=4..1", ["4", "3", "2", "1"]),
        ("K.seed=1..3,9,5..6", ["1", "2", "3", "9", "5", "6"]),
        ("K.cfg=0.5..1..0.25", ["0.5", "0.75", "1"]),
        ("K.cfg=1..0..-0.5", ["1", "0.5", "0"]),
        ("K.cfg=0..1..0.3", ["0", "0.3", "0.6", "0.9"]),
        ("K.cfg=1e-3..2e-3..5e-4", ["0.001", "0.0015", "0.002"]),
        ("K.seed=100..300..100", ["100", "200", "300"]),
        ("K.sampler_name=euler,heun", ["euler", "heun"]),
        ('K.text="a cat, asleep",a dog', ["a cat, asleep", "a dog"]),
        ('K.text="1..4","say \\"hi\\"","bad \\q"', ["1..4", 'say "hi"', '"bad \\q"']),
        ("K.text=to be..not to be", ["to be..not to be"]),
        ("K.text=1..2..3..4", ["1..2..3..4"]),
        ("K.x=nan..inf", ["nan..inf"]),
    ],
)
def test_values(setting: str, values: list[str]) -> None:
    assert parse(setting) == Axis(setting.partition("=")[0], tuple(values))


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("K.cfg", "is not a setting; write NODE.INPUT=VALUE"),
        ("cfg=1", "is not a setting"),
        ("K.cfg=", "names no values"),
        ("K.cfg=,,", "names no values"),
        ("K.cfg=0..1..0", "a step of zero"),
        ("K.seed=1..1000000000000", f"{LARGEST} at most"),
    ],
)
def test_settings_that_cannot_be_read(setting: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        parse(setting)


def test_what_is_upstream_varies_slowest() -> None:
    sweep = plan(PROMPT, REGISTRY, ["3.b=1,2", "1.value=5,6,7"])
    assert [tuple(point.values.items()) for point in sweep.points[:3]] == [
        (("1.value", "5"), ("3.b", "1")),
        (("1.value", "5"), ("3.b", "2")),
        (("1.value", "6"), ("3.b", "1")),
    ]
    assert len(sweep.points) == 6
    assert sweep.columns == 2


def test_the_order_costs_the_fewest_calls() -> None:
    bench = Bench()
    calls = 0
    for point in plan(PROMPT, REGISTRY, ["3.b=1,2,3", "2.b=1,2", "1.value=1,2"]).points:
        bench.run(override(PROMPT, REGISTRY, point.values))
        calls += len([event for event in bench.seen(NodeStarted) if event.node != "4"])
    assert calls == 2 + 2 * 2 + 2 * 2 * 3


def test_files_and_labels_name_what_varies() -> None:
    sweep = plan(PROMPT, REGISTRY, ["1.value=5,6", "2.b=7"])
    assert [(point.suffix, point.label) for point in sweep.points] == [("value=5", "value 5"), ("value=6", "value 6")]
    assert sweep.points[0].values == {"1.value": "5", "2.b": "7"}


def test_inputs_of_one_name_are_told_apart_by_title_or_id() -> None:
    first = plan(PROMPT, REGISTRY, ["2.b=1,2", "3.b=3,4"]).points[0]
    assert (first.suffix, first.label) == ("First-sum.b=1_Last-sum.b=3", "First sum.b 1, Last sum.b 3")
    alike = {id: {**item, "_meta": {"title": "Sum"}} for id, item in PROMPT.items()}
    first = plan(alike, REGISTRY, ["2.b=1,2", "3.b=3,4"]).points[0]
    assert first.suffix == "2.b=1_3.b=3"


def test_values_become_parts_of_file_names() -> None:
    values = ['"a cat, asleep"', "../../etc/passwd", "x" * 100, "x" * 99, "%date%", "ü", "?", "A", "a"]
    sweep = plan(PROMPT, REGISTRY, ["1.value=" + ",".join(values)])
    suffixes = [point.suffix for point in sweep.points]
    assert len(set(map(str.casefold, suffixes))) == len(values)
    assert suffixes[0] == "value=a-cat-asleep"
    assert suffixes[1] == "value=etc-passwd"
    assert suffixes[4:6] == ["value=date", "value=ü"]
    assert all(set(suffix).isdisjoint('/\\:*?"<>|%') and len(suffix) < 60 for suffix in suffixes)


def test_wrong_places_and_slips_are_refused() -> None:
    with pytest.raises(UserError, match=r"has no input 'valeu'\. Did you mean value"):
        plan(PROMPT, REGISTRY, ["1.valeu=1,2"])
    with pytest.raises(UserError, match=r"'const\.value' is swept twice"):
        plan(PROMPT, REGISTRY, ["const.value=1,2", "1.value=3,4"])
    with pytest.raises(UserError, match="1000000 combinations"):
        plan(PROMPT, REGISTRY, ["1.value=1..1000", "2.b=1..1000"])


def test_nothing_to_sweep_is_one_run() -> None:
    sweep = plan(PROMPT, REGISTRY, [])
    assert [(point.values, point.suffix, point.label) for point in sweep.points] == [({}, "", "")]
    assert sweep.columns == 1


def test_files_are_named_by_the_suffix() -> None:
    prompt = {
        "s": node("SaveImage", filename_prefix="out/picture", images=["v", 0]),
        "t": node("SaveImage", filename_prefix=["n", 0], images=["v", 0]),
        "v": node("VAEDecode"),
    }
    named = with_suffix(prompt, "cfg=4")
    assert named["s"]["inputs"]["filename_prefix"] == "out/picture_cfg=4"
    assert named["t"] == prompt["t"]
    assert named["v"] == prompt["v"]
    assert with_suffix(prompt, "") == prompt
    assert prompt["s"]["inputs"]["filename_prefix"] == "out/picture"
