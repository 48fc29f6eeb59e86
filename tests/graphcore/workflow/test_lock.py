from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import pytest

from graphcore import Folders, ModelFile, Pack, Registry
from graphcore.errors import ModelError, WorkflowError
from graphcore.living import LivingRegistry, PackReport, Source
from graphcore.node import NodeSpec
from graphcore.pack import Runtime
from graphcore.workflow.environment import environment
from graphcore.workflow.lock import Lock, differences, lock, lock_path, prompt_hash

pack = Pack("film", version="1.2", namespace=False)
unused = Pack("unused", version="9", namespace=False)


@pack.node()
def load_film(name: Annotated[str, ModelFile("checkpoints")], speed: int = 1) -> str:
    """A node that names a model."""
    return name


@unused.node()
def other() -> int:
    """A node of a pack that the workflow does not use."""
    return 1


PROMPT = {"1": {"class_type": "load_film", "inputs": {"name": "a.safetensors", "speed": 2}, "_meta": {"title": "x"}}}


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    model = tmp_path / "models" / "checkpoints" / "a.safetensors"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"weights")
    return Folders(tmp_path)


def test_a_lock_names_packs_models_and_environment(folders: Folders) -> None:
    made = lock(PROMPT, Registry(pack, unused), folders, {"device": "cpu", "dtype": "float32"})
    assert made.packs == {"film": "1.2"}
    assert made.models == {"checkpoints/a.safetensors": hashlib.sha256(b"weights").hexdigest()}
    assert made.environment == {"device": "cpu", "dtype": "float32"}
    assert Lock.from_bytes(made.to_bytes()) == made


def test_of_a_pack_in_a_folder_the_code_is_locked(tmp_path: Path) -> None:
    folder = tmp_path / "custom_nodes" / "film"
    folder.mkdir(parents=True)
    (folder / "nodes.py").write_text("speed = 1\n")
    (folder / "folder.py").mkdir()
    (folder / "nowhere.py").symlink_to(tmp_path / "nowhere")
    registry = LivingRegistry()
    registry.sources.append(InFolder(folder))
    before = lock({"1": {"class_type": "load_film", "inputs": {}}}, registry, Folders(tmp_path), {})
    assert list(before.packs) == ["film"]
    (folder / "nodes.py").write_text("speed = 2\n")
    after = lock({"1": {"class_type": "load_film", "inputs": {}}}, registry, Folders(tmp_path), {})
    assert [sentence.partition(" is ")[0] for sentence in differences(before, after)] == ["Pack film"]


class InFolder(Source):
    """A source with the pack of this module, as if it lay in a folder."""

    def __init__(self, folder: Path):
        self.folder = folder

    def __getitem__(self, id: str) -> NodeSpec:
        return pack.nodes[id]

    def __iter__(self) -> Iterator[str]:
        return iter(pack.nodes)

    def __len__(self) -> int:
        return len(pack.nodes)

    def reports(self) -> list[PackReport]:
        return [PackReport("film", self.folder, "loaded", list(self))]


def test_choices_that_are_no_files_are_not_locked(folders: Folders) -> None:
    def load(name: Annotated[str, ModelFile("checkpoints", others=("none",))]) -> None:
        """Load."""

    choosy = Pack("choosy", version="1")
    choosy.node()(load)
    assert lock({"1": {"class_type": "load", "inputs": {"name": "none"}}}, Registry(choosy), folders, {}).models == {}


def test_nothing_differs_from_itself_and_everything_that_does_is_named(folders: Folders, tmp_path: Path) -> None:
    before = lock(PROMPT, Registry(pack), folders, {"device": "cpu", "torch": "2"})
    assert differences(before, before) == []
    (tmp_path / "models/checkpoints/a.safetensors").write_bytes(b"others")
    newer = Pack("film", version="1.3", namespace=False)
    newer.nodes.update(pack.nodes)
    changed = {"1": {**PROMPT["1"], "inputs": {"name": "a.safetensors", "speed": 3}}}
    after = lock(changed, Registry(newer), folders, {"device": "cuda", "extra": "1"})
    found = differences(before, after)
    assert found[0] == "The workflow itself was changed since it was locked."
    assert found[1] == "Pack film is 1.3; it was 1.2."
    assert found[2].startswith("Model checkpoints/a.safetensors is ")
    assert found[3:] == [
        "The device is cuda; it was cpu.",
        "The extra is 1; it was not there when the workflow was locked.",
        "The torch is missing; it was 2.",
    ]


def test_titles_and_the_order_of_keys_do_not_count() -> None:
    other = {"1": {"inputs": {"speed": 2, "name": "a.safetensors"}, "class_type": "load_film"}}
    assert prompt_hash(other) == prompt_hash(PROMPT)


def test_a_missing_model_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"a\.safetensors"):
        lock(PROMPT, Registry(pack), Folders(tmp_path), {})


@pytest.mark.parametrize("text", [b"{}", b"[]", b'{"graphcore_lock": 99}'])
def test_other_files_are_no_locks(text: bytes) -> None:
    with pytest.raises(WorkflowError, match="not a lock file"):
        Lock.from_bytes(text)


def test_locks_lie_beside_their_workflows() -> None:
    assert lock_path(Path("a/b.json")) == Path("a/b.json.lock")


def test_the_environment_names_versions_and_what_packs_say() -> None:
    found = environment(Registry(Pack("film", runtime=Runtime(environment=lambda: {"device": "cpu"})), unused))
    assert {"python", "machine", "torch", "numpy"} <= set(found)
    assert found["device"] == "cpu"
