"""Packs that change while the program runs."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphcore import Engine
from graphcore.events import NodeStarted
from graphcore.living import PackReport
from nodes.compat.loader import FolderPacks

CODE = """
from . import words
from server import PromptServer

@PromptServer.instance.routes.get("/film")
async def film(request): ...

PromptServer.instance.add_on_prompt_handler(lambda body: body)

class Film:
    @classmethod
    def INPUT_TYPES(cls):
        return {"required": {"x": ("INT", {})}}

    RETURN_TYPES = ("STRING",)
    FUNCTION = "run"

    def run(self, x):
        return (f"{words.WORD} VERSION",)

NODE_CLASS_MAPPINGS = {NAMES}
"""


class Place:
    def __init__(self, base: Any):
        self.base = base
        self.pack = base.path / "custom_nodes" / "film"
        self.pack.mkdir(parents=True)
        self.write(1)
        (base.path / "custom_nodes" / "other.py").write_text("NODE_CLASS_MAPPINGS = {'Other': type('Other', (), {})}\n")
        engine, packs = base.start()
        self.engine: Engine = engine
        self.packs: FolderPacks = packs
        packs.load_all()
        packs.reload()

    def write(self, version: int, names: str = '"Film": Film', word: str = "one") -> None:
        (self.pack / "words.py").write_text(f"WORD = '{word}'\n")
        (self.pack / "__init__.py").write_text(CODE.replace("VERSION", str(version)).replace("NAMES", names))

    def reloaded(self) -> list[PackReport]:
        """What two looks show: a change must have stood still."""
        assert self.packs.reload() == []
        return self.packs.reload()

    def value(self, kind: str = "Film") -> str:
        prompt = {"1": {"class_type": kind, "inputs": {"x": 1}}}
        found: str = self.engine.run(prompt, keep=["1"]).values["1"][0][0]
        return found


@pytest.fixture
def place(base: Callable[..., Any]) -> Place:
    return Place(base())


def test_an_edit_counts_at_once_and_touches_no_other_pack(place: Place) -> None:
    other = sys.modules[str(place.base.path / "custom_nodes" / "other")]
    assert place.value() == "one 1"
    place.write(2, word="two")  # as long as before, within the same second
    (report,) = place.reloaded()
    assert (report.name, report.nodes, report.problem, report.state) == ("film", ["Film"], "", "loaded")
    assert place.value() == "two 2"
    assert place.reloaded() == []
    assert sys.modules[str(place.base.path / "custom_nodes" / "other")] is other


def test_nodes_come_and_go(place: Place) -> None:
    place.write(2, names='"Film": Film, "Sharp": Film')
    place.reloaded()
    assert place.value("Sharp") == "one 2"
    place.write(3, names='"Sharp": Film')
    place.reloaded()
    assert place.value("Sharp") == "one 3"
    assert "Film" not in place.packs
    shutil.rmtree(place.pack)
    place.reloaded()
    assert "Sharp" not in place.packs
    assert "Other" in place.packs
    place.pack.mkdir()
    place.write(4)
    assert [report.name for report in place.reloaded()] == ["film"]
    assert place.value() == "one 4"


@pytest.mark.parametrize("wrong", ["def (:", "import a_library_of_no_one", "raise ValueError('half a thought')"])
def test_a_mistake_costs_one_message_and_the_old_version_stays(place: Place, wrong: str) -> None:
    before = dict(sys.modules)
    assert place.value() == "one 1"
    (place.pack / "__init__.py").write_text(wrong)
    (report,) = place.reloaded()
    assert report.problem.startswith("Pack 'film' cannot be loaded: ")
    assert report.problem.endswith("The version before stays.")
    assert place.reloaded() == []  # once
    place.engine.clear()
    assert place.value() == "one 1"
    names = {name for name in before if "custom_nodes" in name}
    assert all(sys.modules[name] is before[name] for name in names)
    place.write(2)
    place.reloaded()
    assert place.value() == "one 2"


def test_handlers_are_not_there_twice(place: Place) -> None:
    server: Any = sys.modules["nodes.compat.modules.server_answers"].PromptServer.instance
    for version in (2, 3):
        place.write(version)
        place.reloaded()
    assert [route.path for route in server.routes] == ["/film"]
    assert len(server.on_prompt_handlers) == 1
    (place.pack / "__init__.py").write_text("def (:")
    place.reloaded()
    assert [route.path for route in server.routes] == ["/film"]


def test_a_run_that_goes_on_finishes_on_the_old_code(place: Place) -> None:
    """The pack changes between the run's start and the node's call."""
    prompt: dict[str, Any] = {
        "1": {"class_type": "PrimitiveInt", "inputs": {"value": 1}},
        "2": {"class_type": "Film", "inputs": {"x": ["1", 0]}},
    }

    def change(event: Any) -> None:
        if isinstance(event, NodeStarted) and event.node == "1":
            place.write(2)
            thread = threading.Thread(target=place.reloaded)
            thread.start()
            thread.join()

    result = place.engine.run(prompt, keep=["2"], on_event=change)
    assert result.values["2"] == (["one 1"],)
    assert place.engine.run(prompt, keep=["2"]).values["2"] == (["one 2"],)


def test_a_pack_in_a_process_of_its_own_gets_another(place: Place) -> None:
    (place.pack / "pyproject.toml").write_text('[tool.graphcore]\nisolation = "process"\n')
    place.reloaded()
    first = next(iter(place.packs.hosts.values()))
    assert place.value() == "one 1"
    (place.pack / "__init__.py").write_text("def (:")
    (report,) = place.reloaded()
    assert "The version before stays." in report.problem
    assert place.value() == "one 1"
    place.write(5)
    place.reloaded()
    assert place.value() == "one 5"
    assert next(iter(place.packs.hosts.values())) is not first
    for host in (first, *place.packs.hosts.values()):
        host.close()


def test_single_files_are_watched_too(place: Place, base: Any) -> None:
    file: Path = place.base.path / "custom_nodes" / "other.py"
    shutil.copy(place.pack / "__init__.py", file)
    file.write_text(
        file.read_text().replace("from . import words", "class words: WORD = 'file'").replace("Film", "Gum")
    )
    place.reloaded()
    assert place.value("Gum") == "file 1"
