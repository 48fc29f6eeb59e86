"""`graphcore run`: from a saved workflow to a picture, and every way to be wrong about it."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from graphcore.cli import main
from graphcore.model_memory import BUDGET
from nodes.runtime import relieve


@pytest.fixture
def base(tiny_models: Path, tmp_path: Path) -> Path:
    """A base directory of this test alone, with links to the tiny models."""
    shutil.copytree(tiny_models / "input", tmp_path / "input")
    for kind in (tiny_models / "models").iterdir():
        shutil.copytree(kind, tmp_path / "models" / kind.name, copy_function=_link)
    return tmp_path


def _link(source: str, target: str) -> None:
    Path(target).hardlink_to(source)


def run(base: Path, workflow: object, *options: str) -> int:
    """The exit code of `graphcore run`; the workflow may be a path, or data to write to a file first."""
    if not isinstance(workflow, Path):
        (base / "workflow.json").write_text(json.dumps(workflow))
        workflow = base / "workflow.json"
    with pytest.raises(SystemExit) as leaving:
        main(["run", str(workflow), "--base-dir", str(base), *options])
    return int(leaving.value.code or 0)


def node(type: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": type, "inputs": inputs}


def pixels(file: Path) -> np.ndarray[Any, Any]:
    with Image.open(file) as picture:
        return np.asarray(picture)


COPY = {"1": node("LoadImage", image="fixture.png"), "2": node("SaveImage", images=["1", 0], filename_prefix="x")}


def test_a_picture_reproduces_itself_bit_for_bit(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(base, Path("workflows/txt2img.json"), "--set", "KSampler.steps=3") == 0
    first = Path(capsys.readouterr().out.strip())
    with Image.open(first) as picture:
        assert set(picture.info) >= {"prompt", "workflow"}
        carried = json.loads(picture.info["workflow"])
    saved = json.loads(Path("workflows/txt2img.json").read_text())
    values = next(item for item in saved["nodes"] if item["type"] == "KSampler")["widgets_values"]
    values[2] = 3  # after the seed and its control
    assert carried == saved  # as it ran, not as it was saved
    assert run(base, first) == 0
    second = Path(capsys.readouterr().out.strip())
    assert second != first
    assert (pixels(first) == pixels(second)).all()


def test_with_hardly_any_memory_for_models_the_picture_is_the_same(
    base: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(BUDGET, "")  # so that what the command sets ends with the test
    workflow, steps = Path("workflows/txt2img.json"), ("--set", "KSampler.steps=2")
    assert run(base, workflow, *steps) == 0
    first = Path(capsys.readouterr().out.strip())
    relieve()
    assert run(base, workflow, *steps, "--model-memory", "0") == 0
    assert os.environ[BUDGET] == "0"
    assert (pixels(first) == pixels(Path(capsys.readouterr().out.strip()))).all()


def test_a_picture_carries_the_prompt_that_was_chosen(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow = json.loads(Path("workflows/txt2img.json").read_text())
    positive = next(item for item in workflow["nodes"] if item.get("title") == "Positive prompt")
    positive["widgets_values"] = ["a {red|green|blue} circle"]
    assert run(base, workflow, "--set", "KSampler.steps=1") == 0
    with Image.open(capsys.readouterr().out.strip()) as picture:
        text = json.loads(picture.info["prompt"])["3"]["inputs"]["text"]
    assert text in ("a red circle", "a green circle", "a blue circle")


def test_an_unknown_node_that_feeds_nothing_is_told_too(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow = json.loads(Path("workflows/txt2img.json").read_text())
    last = workflow["nodes"][-2]
    assert last["type"] == "SaveImage"
    workflow["nodes"].append(last | {"id": 99, "type": "SaveImageOfSomePack"})
    assert run(base, workflow) == 2
    assert "SaveImageOfSomePack" in capsys.readouterr().err


def test_metadata_can_be_left_out(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(base, COPY, "--disable-metadata") == 0
    with Image.open(capsys.readouterr().out.strip()) as picture:
        assert not picture.info


def test_json_is_one_object_and_nothing_else(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(base, COPY, "--json") == 0
    shown = capsys.readouterr()
    report = json.loads(shown.out)
    assert report["outputs"]["2"]["files"] == [str(base / "output" / "x_00001_.png")]
    assert report["nodes"]["1"] | {"seconds": 0} == {
        "type": "LoadImage",
        "title": "LoadImage",
        "cached": False,
        "seconds": 0,
    }
    assert not shown.err


def test_json_reports_failure_too(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(base, {"1": node("SaveImage", filename_prefix="x")}, "--json") == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["problems"][0]["code"] == "required_input_missing"
    assert error["problems"][0]["node"] == "1"


def test_set_reaches_nodes_by_id_title_and_type(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = ["5.steps=1", "Positive prompt.text=a=b, 5", "EmptyLatentImage.width=64"]
    options = [word for setting in settings for word in ("--set", setting)]
    assert run(base, Path("workflows/txt2img.json"), *options) == 0
    with Image.open(capsys.readouterr().out.strip()) as picture:
        prompt = json.loads(picture.info["prompt"])
        assert picture.width == 64
    assert prompt["3"]["inputs"]["text"] == "a=b, 5"
    assert prompt["5"]["inputs"]["steps"] == 1


def decoded(checkpoint: str) -> dict[str, Any]:
    """A workflow that needs the VAE of a checkpoint."""
    return {
        "ck": node("CheckpointLoaderSimple", ckpt_name=checkpoint) | {"_meta": {"title": "My model"}},
        "latent": node("EmptyLatentImage", width=64, height=64, batch_size=1),
        "decode": node("VAEDecode", samples=["latent", 0], vae=["ck", 2]),
        "save": node("SaveImage", images=["decode", 0], filename_prefix="x"),
    }


SAVE = node("SaveImage", images=["a", 0], filename_prefix="x")
INVALID = {
    "unknown type": ({"a": node("LoadImag", image="x"), "s": SAVE}, ["Node a", "LoadImag", "Did you mean LoadImage"]),
    "missing model": (decoded("sd15_tin"), ["Node ck (My model)", "'sd15_tiny.safetensors'", "checkpoints"]),
    "missing input": ({"a": node("SaveImage", filename_prefix="x")}, ["Node a", "'images'", "required"]),
    "wrong type": (
        {"a": node("EmptyLatentImage", width=64, height=64, batch_size=1), "s": SAVE},
        ["Node s", "'images'", "takes IMAGE", "is LATENT"],
    ),
    "cycle": (
        {"a": node("ImageInvert", image=["b", 0]), "b": node("ImageInvert", image=["a", 0]), "s": SAVE},
        ["a (ImageInvert) -> b (ImageInvert) -> a (ImageInvert)"],
    ),
    "no output": ({"a": node("LoadImage", image="fixture.png")}, ["SaveImage or PreviewImage"]),
    "not a workflow": ({"hello": 1}, ["not every entry has a 'class_type'"]),
}  # fmt: skip


@pytest.mark.parametrize("case", INVALID)
def test_an_invalid_workflow_exits_with_2(case: str, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow, said = INVALID[case]
    assert run(base, workflow) == 2
    shown = capsys.readouterr()
    assert all(part in shown.err for part in said), shown.err
    assert "Traceback" not in shown.err
    assert not list(base.glob("output/*"))


def test_every_problem_is_told_at_once(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow = {
        "a": node("EmptyLatentImage", width=1, height="tall"),
        "d": node("VAEDecode", samples=["a", 0]),
        "s": node("SaveImage", images=["d", 0], filename_prefix="x"),
    }
    assert run(base, workflow) == 2
    assert len(capsys.readouterr().err.strip().split("\n")) == 4


def pickled() -> bytes:
    return pickle.dumps({"state_dict": {}})


def cut_off(base: Path) -> bytes:
    content = (base / "models/checkpoints/sd15_tiny.safetensors").read_bytes()
    return content[: len(content) // 2]


BAD_FILES = {
    "cut.safetensors": (cut_off, "is cut off"),
    "text.safetensors": (lambda base: b"hello" * 99, "is not a safetensors file"),
    "pickle.ckpt": (lambda base: pickled(), "is a pickle"),
    "renamed.safetensors": (lambda base: pickled(), "is a pickle"),
    "lora.safetensors": (lambda base: (base / "models/loras/sd15_tiny_lora.safetensors").read_bytes(), "LoRA"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_checkpoint_exits_with_1(name: str, base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content, said = BAD_FILES[name]
    (base / "models/checkpoints" / name).write_bytes(content(base))
    assert run(base, decoded(name)) == 1
    shown = capsys.readouterr()
    assert "Node ck (My model)" in shown.err
    assert said in shown.err
    assert "Traceback" not in shown.err


def test_a_picture_without_a_workflow_exits_with_2(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(base, base / "input" / "fixture.png") == 2
    assert "carries no workflow" in capsys.readouterr().err


def test_timings_show_the_split(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(base, COPY, "--timings") == 0
    shown = capsys.readouterr().err
    assert all(name in shown for name in ("load workflow and nodes", "import libraries", "run", "SaveImage [2]"))


def test_extra_model_paths_are_found(tiny_models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = tmp_path / "more.yaml"
    assert run(tmp_path, decoded("sd15_tiny.safetensors")) == 2
    more.write_text(f"mine:\n  checkpoints: {tiny_models / 'models' / 'checkpoints'}\n")
    assert run(tmp_path, decoded("sd15_tiny.safetensors"), "--extra-model-paths", str(more)) == 0
    assert "x_00001_.png" in capsys.readouterr().out


def test_locked_refuses_what_differs(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = base / "w.json"
    file.write_text(json.dumps(decoded("sd15_tiny.safetensors")))
    assert run(base, file, "--locked") == 2
    assert "write it with `graphcore lock" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["lock", str(file), "--base-dir", str(base)])
    assert run(base, file, "--locked") == 0
    model = base / "models/checkpoints/sd15_tiny.safetensors"
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.unlink()
    model.write_bytes(content)
    assert run(base, file, "--locked") == 2
    assert "checkpoints/sd15_tiny.safetensors" in capsys.readouterr().err


def test_ctrl_c_stops_within_a_step_and_leaves_nothing_half_written(base: Path) -> None:
    command = [sys.executable, "-m", "graphcore", "run", "workflows/txt2img.json", "--base-dir", str(base)]
    command += ["--set", "KSampler.steps=9999"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        next(line for line in process.stderr if "step" in line)
        started = time.monotonic()
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(30) == 130
    assert time.monotonic() - started < 20  # a step takes a fraction of a second; the machine may be busy
    assert "Interrupted" in rest
    assert "Traceback" not in rest
    assert not list(base.glob("output/*"))


def test_a_sweep_runs_the_grid_and_shows_it_on_one_sheet(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = [
        "--set",
        "KSampler.steps=1",
        "--sweep",
        "KSampler.cfg=2,7",
        "--sweep",
        "EmptyLatentImage.width=64..72..8",
    ]
    assert run(base, Path("workflows/txt2img.json"), *options, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    files = [Path(file) for one in report["runs"] for output in one["outputs"].values() for file in output["files"]]
    assert [file.name for file in files] == [
        "txt2img_width=64_cfg=2_00001_.png",
        "txt2img_width=64_cfg=7_00001_.png",
        "txt2img_width=72_cfg=2_00001_.png",
        "txt2img_width=72_cfg=7_00001_.png",
    ]
    assert {pixels(file).shape[1] for file in files} == {64, 72}
    cached = [{node["type"] for node in one["nodes"].values() if node["cached"]} for one in report["runs"]]
    assert [("EmptyLatentImage" in types, "CLIPTextEncode" in types) for types in cached] == [
        (False, False),
        (True, True),
        (False, True),
        (True, True),
    ]
    assert Path(report["sheet"]).name == "txt2img_sheet_00001_.png"
    with Image.open(files[3]) as picture:
        sampler = next(n for n in json.loads(picture.info["workflow"])["nodes"] if n["type"] == "KSampler")
    assert 7 in sampler["widgets_values"]


def test_a_sweep_without_pictures_says_so(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow = {"1": node("PrimitiveInt", value=1), "2": node("PreviewAny", source=["1", 0])}
    assert run(base, workflow, "--sweep", "1.value=1,2") == 2
    assert "add a SaveImage node" in capsys.readouterr().err


def test_a_disk_cache_serves_the_next_process(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--set", "KSampler.steps=2", "--disk-cache", str(base / "results"), "--json"]
    assert run(base, Path("workflows/txt2img.json"), *options) == 0
    first = json.loads(capsys.readouterr().out)
    assert run(base, Path("workflows/txt2img.json"), *options) == 0
    second = json.loads(capsys.readouterr().out)
    assert not any(node["cached"] for node in first["nodes"].values())
    cached = {node["type"] for node in second["nodes"].values() if node["cached"]}
    assert cached >= {"KSampler", "VAEDecode"}
    saved, again = (Path(report["outputs"]["7"]["files"][0]) for report in (first, second))
    assert (pixels(saved) == pixels(again)).all()


def test_workers_where_there_are_none_are_refused(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow = {"1": node("PrimitiveInt", value=1), "2": node("PreviewAny", source=["1", 0])}
    assert run(base, workflow, "--sweep", "1.value=1,2", "--workers", "mars") == 2
    assert "'mars' is no place for workers; there is ray." in capsys.readouterr().err


def test_workers_for_a_single_run_are_refused(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow = {"1": node("PrimitiveInt", value=1), "2": node("PreviewAny", source=["1", 0])}
    assert run(base, workflow, "--workers", "ray") == 2
    assert "leave out --workers, or add --sweep" in capsys.readouterr().err


def test_an_unsound_sweep_is_refused_before_any_worker_starts(base: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workflow = {"1": node("PrimitiveInt", value=1)}
    assert run(base, workflow, "--sweep", "1.value=1,2", "--workers", "ray://127.0.0.1:1") == 2
    assert "no output" in capsys.readouterr().err
