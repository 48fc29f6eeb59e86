from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from graphcore import Folders, ModelFile, Pack, Registry
from graphcore.catalogue import Catalogue
from graphcore.workflow import Workflow
from graphcore.workflow.check import Report, check

pack = Pack("film", namespace=False)


@pack.node(output=True)
def develop(name: Annotated[str, ModelFile("checkpoints")], speed: int = 1) -> str:
    """An output node that names a model."""
    return name


def report(document: dict[str, Any], tmp_path: Path) -> Report:
    folders, registry = Folders(tmp_path), Registry(pack)
    return check(Workflow.load(document), Catalogue(registry, folders), registry, folders)


def model(tmp_path: Path) -> None:
    file = tmp_path / "models" / "checkpoints" / "a.safetensors"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"")


def test_a_sound_workflow_has_no_problems(tmp_path: Path) -> None:
    model(tmp_path)
    found = report({"nodes": [{"id": 1, "type": "develop", "widgets_values": ["a.safetensors", 2]}]}, tmp_path)
    assert found.sound
    assert found.as_dict() == {"sound": True, "problems": [], "warnings": [], "missing_packs": [], "missing_models": []}


def test_all_that_is_missing_is_reported_at_once(tmp_path: Path) -> None:
    hint = {"name": "a.safetensors", "url": "https://example.org/a", "directory": "checkpoints"}
    document = {
        "nodes": [
            {"id": 1, "type": "develop", "widgets_values": ["a.safetensors", "fast"], "properties": {"models": [hint]}},
            {"id": 2, "type": "Grain", "properties": {"cnr_id": "grain-pack"}, "inputs": [{"name": "x", "link": 1}]},
            {"id": 3, "type": "KSampler", "properties": {"cnr_id": "comfy-core"}, "inputs": [{"name": "x", "link": 1}]},
        ],
        "links": [[1, 1, 0, 2, 0, "STRING"]],
        "models": [hint],
    }
    found = report(document, tmp_path)
    assert not found.sound
    assert found.packs == ["grain-pack"]
    assert [str(model) for model in found.models] == [
        "Model 'a.safetensors' is missing from models/checkpoints; download it from https://example.org/a."
    ]
    places = {(problem.node, problem.input) for problem in found.problems}
    assert {("1", "name"), ("1", "speed"), ("2", ""), ("3", "")} <= places


def test_what_cannot_be_converted_is_a_problem(tmp_path: Path) -> None:
    snake = {
        "nodes": [{"id": 1, "type": "s"}],
        "definitions": {"subgraphs": [{"id": "s", "nodes": [{"id": 1, "type": "s"}]}]},
    }
    (problem,) = report(snake, tmp_path).problems
    assert "contains itself" in problem.message


def test_with_a_foreign_catalogue_only_the_workflow_is_checked(tmp_path: Path) -> None:
    document = {"nodes": [{"id": 1, "type": "Anything", "outputs": []}]}
    found = check(Workflow.load(document), {"Anything": {"input": {}, "output": []}}, None, Folders(tmp_path))
    assert found.sound


def test_a_model_is_asked_for_only_in_editor_files_and_once(tmp_path: Path) -> None:
    hint = {"name": "b.safetensors", "directory": "loras"}
    nodes = [{"id": 1, "type": "develop", "widgets_values": ["a.safetensors", 1], "properties": {"models": [hint, {}]}}]
    found = report({"nodes": nodes, "models": [hint]}, tmp_path)
    assert [str(missing) for missing in found.models] == ["Model 'b.safetensors' is missing from models/loras."]
    prompt = {"1": {"class_type": "develop", "inputs": {"name": "a.safetensors", "speed": 1}}}
    assert report(prompt, tmp_path).models == []


def test_a_model_that_is_there_is_not_asked_for(tmp_path: Path) -> None:
    model(tmp_path)
    hints = [{"name": "a.safetensors", "directory": "checkpoints"}]
    nodes = [{"id": 1, "type": "develop", "widgets_values": ["a.safetensors", 1]}]
    assert report({"nodes": nodes, "models": hints}, tmp_path).sound
    assert report({"nodes": nodes, "models": hints}, tmp_path).models == []
