"""The plugin, in runs of pytest of its own."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

import graphcore.testing
import nodes.imaging.outputs

# A run of pytest inside this process takes out of it what it has imported; torch does not survive a second import.
KEPT = (graphcore.testing, nodes.imaging.outputs)
NODES = """
    from graphcore import Pack, Run
    pack = Pack("film")

    @pack.node()
    def shout(text: str, {more}*, run: Run) -> str:
        "Shout."
        run.progress(1, 2)
        return text.upper()
"""
CONFTEST = """
    import pytest
    from film import pack

    @pytest.fixture
    def packs():
        return [pack]
"""


@pytest.fixture
def pack(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(film=NODES.replace("{more}", ""), conftest=CONFTEST)
    pytester.syspathinsert()
    return pytester


def run(pack: pytest.Pytester, *options: str) -> pytest.RunResult:
    return pack.runpytest_inprocess("-p", "graphcore.pytest_plugin", "-p", "no:cacheprovider", *options)


def test_pytest_finds_it_by_its_entry_point() -> None:
    document = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    points = document["project"]["entry-points"]["pytest11"]
    assert points == {"graphcore.pytest_plugin": "graphcore.pytest_plugin"}


def test_nodes_are_called_and_workflows_run_below_the_tests_own_folder(pack: pytest.Pytester) -> None:
    pack.makepyfile(
        """
        def test_call(call, recording_run):
            assert call("film/shout", text="a").STRING == "A"
            assert call("StringLength", string="abc").length == 3
            assert recording_run.steps == [(1, 2)]

        def test_workflow(run_workflow, tmp_path):
            nodes = {
                "1": {"class_type": "EmptyImage", "inputs": {"width": 8, "height": 8, "batch_size": 1, "color": 7}},
                "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "a"}},
            }
            ran = run_workflow(nodes, {"1.width": 16})
            assert ran.files == [tmp_path / "output" / "a_00001_.png"]
            assert run_workflow({"1": {"class_type": "film/shout", "inputs": {"text": "b"}}}, keep=["1"]).result.values
        """
    )
    run(pack).assert_outcomes(passed=2)


def test_there_is_a_model_for_nodes_that_take_one(pack: pytest.Pytester) -> None:
    pack.makepyfile(
        """
        def test_model(call, tiny_model):
            model, clip, vae = call("CheckpointLoaderSimple", ckpt_name=tiny_model)
            latent = call("EmptyLatentImage", width=64, height=64).LATENT
            text = call("CLIPTextEncode", text="a cat", clip=clip).CONDITIONING
            made = call(
                "KSampler", model=model, seed=1, steps=1, cfg=1.0, sampler_name="euler", scheduler="normal",
                positive=text, negative=text, latent_image=latent,
            ).LATENT
            assert call("VAEDecode", samples=made, vae=vae).IMAGE.shape == (1, 64, 64, 3)
        """
    )
    apart = pack.runpytest_subprocess("-p", "graphcore.pytest_plugin", "-p", "no:cacheprovider")
    apart.assert_outcomes(passed=1)


def test_a_schema_is_kept_and_a_break_is_caught(pack: pytest.Pytester) -> None:
    pack.makepyfile("def test_schema(node_schema):\n    node_schema('film/shout')\n")
    run(pack).assert_outcomes(passed=1)
    kept = pack.path / "schemas" / "film.shout.json"
    document = json.loads(kept.read_text(encoding="utf-8"))
    assert document["outputs"] == [["STRING", "STRING", False]]
    run(pack).assert_outcomes(passed=1)
    document["inputs"]["marks"] = {"type": "INT", "required": True}
    kept.write_text(json.dumps(document), encoding="utf-8")
    broken = run(pack)
    broken.assert_outcomes(failed=1)
    broken.stdout.fnmatch_lines(["*film/shout is not as workflows know it. Input 'marks' is gone.*--update-schemas*"])
    run(pack, "--update-schemas").assert_outcomes(passed=1)
    run(pack).assert_outcomes(passed=1)
