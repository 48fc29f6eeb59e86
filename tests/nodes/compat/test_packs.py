"""Small packs written the way real ones are: each loads, and its nodes do what they say."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch

from graphcore import Blocker, Engine
from graphcore.catalogue import catalogue_of
from graphcore.errors import InvalidWorkflow
from server.workers.frames import dump


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def values(engine: Engine, target: str, prompt: dict[str, Any], **more: Any) -> Any:
    return list(engine.run(prompt, keep=[target], **more).values[target])


IMAGE = {"i": node("EmptyImage", width=64, height=64, batch_size=1, color=0)}
CASES: dict[str, tuple[str, dict[str, Any], Any]] = {
    "dynamic_imports": ("1", {"1": node("DynGood //Dyn", text="abc")}, [["ABC"], [3]]),
    "vendored": ("1", {"1": node("VendTriple", x=2.5)}, [[7.5]]),
    "decorated": ("1", {"1": node("DecoRun", value=4)}, [[5]]),
    "guards_versions": ("1", {"1": node("GuardFacts")}, [[True]]),
    "slow_import": ("1", {"1": node("SlowNode")}, [[1]]),
    "threads": ("1", {"1": node("ThreadSum", value=5)}, [[15], [1]]),
    "logic": (
        "e",
        {
            "w": node("LogicWhile", count=4, total=0),
            "never": node("LogicGate", value=1, open=False),
            "s": node("LogicIndexSwitch", index=1, value0=["never", 0], value1=["w", 0]),
            "e": node("LogicIfElse", boolean=False, on_true=["never", 0], on_false=["s", 0]),
        },
        None,
    ),
    "prompt_tools": ("1", {"1": node("PTRegex", text=["2", 0], pattern="b+", replace="c"),
                           "2": node("PrimitiveString", value="abba")}, [["aca"], [True]]),
    "idioms.py": ("1", {"1": node("IdiomFailures")}, [[""]]),
    "program_looks": ("1", {"1": node("ProgramFacts", file="none")}, [[42], [True], [42]]),
    "server_tweaks": ("1", {"1": node("TweakValue", value=3)}, [[3]]),
}  # fmt: skip


@pytest.mark.parametrize("pack", CASES)
def test_a_pack_loads_and_runs(base: Callable[..., Any], pack: str) -> None:
    target, prompt, expected = CASES[pack]
    engine, packs = base(pack).start()
    if expected is not None:
        assert values(engine, target, prompt) == expected
    assert [report.problem for report in packs.load_all()] == [""]


def test_switches_loops_and_gates_of_packs(base: Callable[..., Any]) -> None:
    engine, _ = base("logic").start()
    prompt = {
        "w": node("LogicWhile", count=4, total=0),
        "e": node("LogicIfElse", boolean=False, on_true=["f", 0], on_false=["w", 0]),
        "f": node("LogicWhile", count=1, total=100),
        "shut": node("LogicGate", value=["e", 0], open=False),
        "shown": node("LogicShow", one=["shut", 0]),
        "open": node("LogicShow", one=["e", 0], two=["w", 0]),
    }
    result = engine.run(prompt, keep=["e"])
    assert result.values["e"] == ([10],)
    assert "f" not in result.seconds, "the branch that was not asked for"
    assert "shown" not in result.ui
    assert result.ui["open"] == {"text": ["10", "10"]}


def test_pictures_go_through_packs(base: Callable[..., Any], tmp_path: Path) -> None:
    engine, _ = base("upscaler", "preprocessors", "video_tools").start()
    up = values(engine, "u", {**IMAGE, "u": node("UpTiled", image=["i", 0], upscale_method="lanczos", scale=2.0)})
    assert up[0][0].shape == (1, 128, 128, 3)
    assert up[1] == [9]
    edges = {**IMAGE, "e": node("AuxAny", image=["i", 0], preprocessor="EdgePreprocessor", resolution=64)}
    assert values(engine, "e", edges)[0][0].shape == (1, 64, 64, 3)
    combine = node(
        "VTCombine", images=["i", 0], frame_rate=8, loop_count=0, filename_prefix="a/b", format="image/gif",
        save_output=True,
    )  # fmt: skip
    result = engine.run({**IMAGE, "v": combine})
    assert result.ui["v"]["gifs"][0]["filename"] == "b_00001.gif"
    assert (tmp_path / "output" / "a" / "b_00001.gif").is_file()


def test_a_pack_writes_back_into_the_workflow_it_is_given(base: Callable[..., Any], tmp_path: Path) -> None:
    engine, _ = base("prompt_tools").start()
    assert "PTWildcard" in engine.registry
    (tmp_path / "user" / "wildcards" / "colour.txt").write_text("red")
    workflow = {"nodes": [{"id": 1, "widgets_values": ["", 0]}]}
    result = engine.run(
        {"1": node("PTWildcard", text="a __colour__ cat", seed=1)}, keep=["1"], extra={"workflow": workflow}
    )
    assert result.values["1"] == (["a red cat"],)
    assert result.ui["1"] == {"string": ["a red cat"]}
    assert workflow["nodes"][0]["widgets_values"] == ["a red cat", 1]
    bad = {"1": node("PTRegex", text=["2", 0], pattern="(", replace=""), "2": node("PrimitiveString", value="x")}
    with pytest.raises(InvalidWorkflow, match="bad pattern"):
        engine.run(bad, keep=["1"])


def test_everything_of_the_schema_style(base: Callable[..., Any]) -> None:
    engine, _ = base("v3_everything").start()
    one = node("V3Everything", count=1, mode="sum", extra="plus", **{"numbers.n0": 2.0, "extra.amount": 0.5})
    two = node("V3Gate", value=3, open=False)
    result = engine.run({"1": one, "2": two, "3": node("V3Gate", value=["2", 0], open=True)}, keep=["1", "3"])
    assert [items[0] for items in result.values["1"]] == [2.5, "1", {"mine": 1}]
    assert list(result.ui["1"]["text"]) == ["2.5"]
    assert isinstance(result.values["3"][0][0], Blocker)
    with pytest.raises(InvalidWorkflow):
        engine.run({"1": {**one, "inputs": {**one["inputs"], "mode": "other"}}})


def test_what_a_pack_keeps_for_itself_lives_as_long_as_its_node(base: Callable[..., Any]) -> None:
    engine, _ = base("threads").start()
    prompt = {"1": node("ThreadSum", value=1)}
    assert [values(engine, "1", prompt)[1], values(engine, "1", prompt)[1]] == [[1], [2]]


@pytest.fixture
def models(tmp_path: Path, tiny_models: Path) -> None:
    for name in ("models", "input"):
        (tmp_path / name).symlink_to(tiny_models / name)


def test_detailers_loaders_and_adapters(base: Callable[..., Any], models: None) -> None:
    engine, _ = base("detailer", "efficient", "adapter").start()
    prompt = {
        **IMAGE,
        "ckpt": node("EffLoader", ckpt_name="sd15_tiny.safetensors", vae_name="Baked VAE", clip_skip=-1, positive="cat",
                     empty_latent_width=64, batch_size=1),
        "adapted": node("AdapterApply", model=["ckpt", 0], image=["i", 0], weight=0.5, start_at=0.0, end_at=1.0),
        "segs": node("DetDetect", image=["i", 0], threshold=0.5, crop_factor=1.5, max_size=64),
        "det": node("DetEnhance", image=["i", 0], segs=["segs", 0], model=["adapted", 0], clip=["ckpt", 5],
                    vae=["ckpt", 4], seed=1, steps=2, cfg=2.0, sampler_name="euler", scheduler="normal", denoise=0.6,
                    wildcard="a cat"),
        "seen": node("DetPreview", images=["det", 0]),
        "eff": node("EffSampler", model=["adapted", 0], seed=1, steps=2, cfg=2.0, sampler_name="euler",
                    scheduler="AYS SD1", positive=["ckpt", 1], negative=["ckpt", 2], latent_image=["ckpt", 3],
                    denoise=1.0, optional_vae=["ckpt", 4]),
    }  # fmt: skip
    result = engine.run(prompt, keep=["det", "segs", "eff"])
    assert result.values["det"][0][0].shape == (1, 64, 64, 3)
    assert len(result.values["segs"][1]) == 2, "a list of masks"
    assert result.values["det"][0][0][:, 20, 20].sum() > 0, "the region was painted"
    assert result.values["det"][0][0][:, 60, 60].sum() == 0, "the rest was left"
    assert result.ui["seen"]["images"][0]["type"] == "temp"
    assert result.ui["eff"]["images"][0]["filename"].startswith("eff_temp_")
    assert engine.run(prompt, keep=["det"]).seconds == {}


def test_what_nodes_do_with_models_when_they_run(base: Callable[..., Any], models: None) -> None:
    engine, _ = base("run_time_idioms").start()
    prompt = {
        "ckpt": node("CheckpointLoaderSimple", ckpt_name="sd15_tiny.safetensors"),
        "image": node("LoadImage", image="fixture.png"),
        "pos": node("CLIPTextEncode", clip=["ckpt", 1], text="a (red:1.3) cat"),
        "neg": node("CLIPTextEncode", clip=["ckpt", 1], text="blur"),
        "empty": node("EmptyLatentImage", width=64, height=64, batch_size=1),
        "all": node("RunTimeFailures", model=["ckpt", 0], clip=["ckpt", 1], vae=["ckpt", 2], image=["image", 0],
                    positive=["pos", 0], negative=["neg", 0], latent=["empty", 0]),
    }  # fmt: skip
    failures, count = engine.run(prompt, keep=["all"]).values["all"]
    assert failures == [""]
    assert count[0] > 50


def test_packs_import_each_other(base: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    engine, packs = base("neighbour-lib", "neighbour_user").start()
    assert values(engine, "1", {"1": node("NeighbourSum", value=2)}) == [[23], [True]]
    assert [report.problem for report in packs.load_all()] == ["", ""]
    for name in [name for name in sys.modules if name.startswith("custom_nodes")]:
        monkeypatch.delitem(sys.modules, name)


def defaults(entry: Mapping[str, Any]) -> dict[str, Any]:
    """What the editor starts a node with."""
    found = {}
    for name, (kind, *rest) in entry["input"].get("required", {}).items():
        options = rest[0] if rest else {}
        choices = kind if isinstance(kind, list) else options.get("options") or [""]
        found[name] = choices[0] if options.get("default") is None else options["default"]
    return found


def test_every_form_of_a_declaration_runs_with_its_defaults(base: Callable[..., Any]) -> None:
    engine, packs = base("odd_declarations").start()
    (report,) = packs.load_all()
    assert not report.problem
    entries = catalogue_of(engine.registry, engine.folders)
    assert len(report.nodes) == 18
    for id in report.nodes:
        entry = json.loads(dump(entries[id]))
        result = engine.run({"1": node(id, **defaults(entry))}, keep=["1"])
        first = next(iter(result.values["1"]), [3])
        assert first in ([3], [2]), id
        dump(dict(result.ui))
    assert engine.run({"1": node("Odd Shows ✨", value=3)}).ui["1"]["text"] == ["3"]
    with pytest.raises(InvalidWorkflow, match="too large"):
        engine.run({"1": node("Odd Changing ✨", value=100)}, keep=["1"])


def test_weights_in_a_format_of_a_packs_own(base: Callable[..., Any], models: None) -> None:
    engine, _ = base("quantized_loader").start()
    assert values(engine, "1", {"1": node("QModule", strength=0.5)}) == [[7.0], [9.0], [7.0]]
    loaded = node("QLoader", ckpt_name="sd15_tiny.safetensors")
    plain = node("CheckpointLoaderSimple", ckpt_name="sd15_tiny.safetensors")
    assert values(engine, "q", {"q": loaded})[1] == ["QModelPatcher"]
    one, two = (
        values(engine, "out", {**text_to_image(["m", 0]), "m": model})[0][0]["samples"] for model in (loaded, plain)
    )
    assert torch.equal(one, two)


def test_another_attention_and_fewer_calls_of_the_network(base: Callable[..., Any], models: None) -> None:
    engine, _ = base("attention_swap").start()
    ckpt = node("CheckpointLoaderSimple", ckpt_name="sd15_tiny.safetensors")

    def sampled(**inner: Any) -> tuple[int, Any]:
        graph = {**text_to_image(["m", 0]), "m": ckpt, **inner, "count": node("CountCalls", latent=["out", 0])}
        calls, latent = values(engine, "count", graph)
        return calls[0], latent[0]["samples"]

    none, plain = sampled()
    same_calls, same = sampled(x=ckpt, m=node("SwapAttention", model=["x", 0], scale=1.0))
    _, other = sampled(x=ckpt, m=node("SwapAttention", model=["x", 0], scale=0.5))
    _, skipped = sampled(x=ckpt, m=node("SkipBlocks", model=["x", 0]))
    passed = {"y": node("SkipBlocks", model=["x", 0]), "z": node("SwapAttention", model=["y", 0], scale=1.0)}
    _, on = sampled(x=ckpt, **passed, m=node("SkipBlocks", model=["z", 0]))
    assert not torch.allclose(plain, on, atol=1e-3), "what one pack asks for stays when others change the model"
    assert none == 0 < same_calls
    assert torch.allclose(plain, same, atol=1e-4)
    assert not torch.allclose(plain, other, atol=1e-3)
    assert not torch.allclose(plain, skipped, atol=1e-3)


def text_to_image(model: list[Any]) -> dict[str, Any]:
    """A small text-to-image workflow whose latent is of the node `out`."""
    ckpt = node("CheckpointLoaderSimple", ckpt_name="sd15_tiny.safetensors")
    return {
        "c": ckpt, "pos": node("CLIPTextEncode", clip=["c", 1], text="a cat"),
        "neg": node("CLIPTextEncode", clip=["c", 1], text=""),
        "empty": node("EmptyLatentImage", width=64, height=64, batch_size=1),
        "out": node("KSampler", model=model, seed=1, steps=4, cfg=3.0, sampler_name="euler", scheduler="normal",
                    positive=["pos", 0], negative=["neg", 0], latent_image=["empty", 0], denoise=1.0),
    }  # fmt: skip
