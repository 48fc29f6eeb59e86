"""Packs in folders: found, indexed, imported when needed, reported. Names carry the ids of the conformance list."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graphcore import Engine, Folders
from graphcore.living import PackReport
from nodes.compat.loader import FolderPacks, load
from nodes.compat.modules import nodes_answers, server_answers
from server import extensions
from server.settings import ServerSettings
from tests.apart import run_apart

ROOT = Path(__file__).parents[3]


def value(engine: Engine, prompt: dict[str, Any], node: str) -> Any:
    return engine.run(prompt, keep=[node]).values[node][0]


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def report(packs: FolderPacks, name: str) -> PackReport:
    return next(found for found in packs.reports() if found.name == name)


def test_o001_folders_and_files_are_packs_and_others_are_not(base: Callable[..., Any]) -> None:
    place = base("film-tools.v2", "single_file.py", "off.disabled", "notes.txt")
    (place.path / "custom_nodes" / "__pycache__").mkdir()
    engine, packs = place.start()
    assert value(engine, {"1": node("FilmTint", value=1.5)}, "1") == [3.0]
    assert value(engine, {"1": node("SingleAdd", a=1, b=2)}, "1") == [3]
    assert [(found.name, found.state) for found in packs.reports()] == [
        ("film-tools.v2", "loaded"),
        ("single_file", "loaded"),
    ]


def test_o002_a_broken_pack_costs_one_message(base: Callable[..., Any], caplog: pytest.LogCaptureFixture) -> None:
    engine, packs = base("missing_dependency", "syntax_error", "exits.py", "no_exports.py", "single_file.py").start()
    assert value(engine, {"1": node("SingleAdd", a=2, b=2)}, "1") == [4]
    assert "impl.py, line 1, imports 'a_library_that_nobody_has'" in report(packs, "missing_dependency").problem
    assert "graphcore packs add " in report(packs, "missing_dependency").problem
    assert "__init__.py, line 1: " in report(packs, "syntax_error").problem
    assert "ends the program (exit code 3)" in report(packs, "exits").problem
    assert "no NODE_CLASS_MAPPINGS" in report(packs, "no_exports").problem
    assert len([record for record in caplog.records if record.levelno == logging.WARNING]) == 4


def test_o003_built_in_names_are_kept_and_other_packs_names_are_not(base: Callable[..., Any]) -> None:
    engine, packs = base("clash_a.py", "clash_b.py").start()
    assert value(engine, {"1": node("ClashNode")}, "1") == ["b"]
    assert value(engine, {"1": node("OnlyA")}, "1") == ["a"]
    assert value(engine, {"1": node("ClashNode")}, "1") == ["b"], "although a was imported after b"
    assert value(engine, {"1": node("PrimitiveString", value="mine")}, "1") == ["mine"]
    assert "PrimitiveString" not in list(packs)


def test_o004_display_names_and_web_folders(base: Callable[..., Any]) -> None:
    place = base("clash_b.py", "web_and_routes")
    engine, packs = place.start()
    packs.load_all()
    assert engine.registry["ClashNode"].title == "Clash of B"
    assert engine.registry["KSampler"].title == "Sampler of B", "even those of our own nodes"
    assert engine.registry["KSampler"] is engine.registry["KSampler"]
    pack = place.path / "custom_nodes" / "web_and_routes"
    assert {
        "web_and_routes": str(pack / "js"),
        "comfyui-web-and-routes": str(pack / "dist"),
    } == nodes_answers.EXTENSION_WEB_DIRS
    again, _ = place.start()
    assert "ClashNode" in again.registry
    assert again.registry["KSampler"].title == "Sampler of B"


def test_o005_routes_are_recorded_with_their_pack(base: Callable[..., Any]) -> None:
    _, packs = base("web_and_routes").start()
    packs.load_all()
    routes = [route for route in server_answers.PromptServer.instance.routes if route.pack == "web_and_routes"]
    assert {(route.method, route.path) for route in routes} == {
        ("GET", "/web_and_routes/hits"),
        ("POST", "/web_and_routes/hit"),
    }


def test_o009_handlers_of_submissions_change_them_and_may_fail(base: Callable[..., Any]) -> None:
    _, packs = base("web_and_routes").start()
    packs.load_all()
    assert server_answers.PromptServer.instance.trigger_on_prompt({"prompt": {}}) == {"prompt": {}, "seen": True}


def test_messages_go_through_the_sender(base: Callable[..., Any]) -> None:
    sent: list[Any] = []
    engine, packs = base("web_and_routes").start()
    packs.connect(lambda *message: sent.append(message))
    engine.run({"7": node("Announce", text="hi")})
    assert sent == [("web_and_routes.said", {"text": "hi", "node": "7"}, None)]


def test_o006_prestartup_scripts_run_first_and_may_fail(
    base: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delenv("PRESTARTUP_RAN", raising=False)
    monkeypatch.delenv("PRESTARTUP_TORCH", raising=False)
    engine, packs = base("prestartup", "prestartup_fails").start()
    packs.load_all()
    assert os.environ.pop("PRESTARTUP_RAN") == "yes"
    os.environ.pop("PRESTARTUP_TORCH")
    assert value(engine, {"1": node("AfterFailure")}, "1") == [1]
    assert "The prestartup script of pack 'prestartup_fails' failed" in caplog.text


def test_o006_nothing_heavy_is_imported_before_them(base: Callable[..., Any]) -> None:
    place = base("prestartup", "single_file.py")
    code = (
        "import os; from graphcore import Folders; from graphcore.plugins import installed; "
        f"[source.load_all() for source in installed(folders=Folders({str(place.path)!r})).sources]; "
        "print(os.environ['PRESTARTUP_TORCH'])"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert done.stdout.strip() == "False", done.stderr


def test_o007_entrypoints_sync_and_async_and_wrong(base: Callable[..., Any]) -> None:
    engine, packs = base("v3_async", "v3_sync", "v3_no_extension", "v3_no_list").start()
    result = engine.run({"5": node("V3Scale", value=2.0, mode="thrice")}, keep=["5"])
    assert result.values["5"][0] == [6.0]
    assert list(result.ui["5"]["text"]) == ["5: 6.0"]
    assert value(engine, {"1": node("V3Count", n=2)}, "1") == [2]
    assert engine.registry["V3Scale"].title == "V3 Scale"
    assert "should be a ComfyExtension" in report(packs, "v3_no_extension").problem
    assert "should be a list" in report(packs, "v3_no_list").problem


def test_o008_relative_imports_in_a_folder_with_dashes_and_dots(base: Callable[..., Any]) -> None:
    engine, _ = base("film-tools.v2").start()
    assert value(engine, {"1": node("FilmTint", value=2.0)}, "1") == [4.0]


def test_o010_only_some_names(base: Callable[..., Any]) -> None:
    place = base("film-tools.v2", "single_file.py")
    packs = FolderPacks(place.folders, {}, only=["single_file.py"])
    assert list(packs) == ["SingleAdd"]
    for named, found in ((), []), (("film-tools.v2",), ["FilmTint"]):
        settings = ServerSettings(base_dir=str(place.path), disable_all_custom_nodes=True, whitelist_custom_nodes=named)
        folders = settings.folders()
        assert list(load(folders, {})) == found
        assert [pack.name for pack in extensions.packs(folders)] == list(named)


def test_o012_permissive_types(base: Callable[..., Any]) -> None:
    engine, _ = base("any_type").start()
    prompt = {
        "1": node("PrimitiveInt", value=7),
        "2": node("AnyMerge", x=["1", 0], y="text"),
        "3": node("AnyShow", anything=["2", 1]),
    }
    assert list(engine.run(prompt).ui["3"]["text"]) == ["2"]


def test_o014_progress_reports_on_the_calling_node(base: Callable[..., Any]) -> None:
    engine, _ = base("progress").start()
    seen: list[tuple[str, float]] = []

    def note(event: Any) -> None:
        if type(event).__name__ == "NodeProgress":
            seen.append((event.node, event.value))

    prompt = {
        "a": node("CountStepsAsync", steps=2),
        "b": node("CountStepsAsync", steps=3),
        "c": node("CountSteps", steps=1),
    }
    engine.run(prompt, on_event=note, keep=list(prompt))
    assert sorted(seen) == [("a", 1.0), ("a", 2.0), ("b", 1.0), ("b", 2.0), ("b", 3.0), ("c", 1.0)]


def test_o015_classes_registered_later(base: Callable[..., Any]) -> None:
    from graphcore.catalogue import catalogue_of

    engine, _ = base("late").start()
    assert "LateNode" not in engine.registry
    engine.run({"1": node("RegisterLate")})
    assert "LateNode" in catalogue_of(engine.registry, engine.folders)
    assert value(engine, {"1": node("LateNode")}, "1") == ["late"]


def test_nodes_of_all_kinds_work_together() -> None:
    run_apart(Path("tests/nodes/compat/every_pack.py"), 1)


def test_a_change_function_decides(base: Callable[..., Any]) -> None:
    engine, packs = base("is_changed").start()
    prompt = {"1": node("WatchMark", name="x")}
    assert value(engine, prompt, "1") == ["x1"]
    assert value(engine, prompt, "1") == ["x1"]
    sys.modules[next(entry.module for entry in packs.known())].COUNTS["mark"] = 1
    assert value(engine, prompt, "1") == ["x2"]


def test_a_known_pack_is_imported_only_for_its_nodes(base: Callable[..., Any]) -> None:
    place = base("film-tools.v2", "single_file.py")
    _, packs = place.start()
    assert sorted(packs) == ["FilmTint", "SingleAdd"]
    engine, packs = place.start()
    assert "FilmTint" in engine.registry
    assert [found.state for found in packs.reports()] == ["known", "known"]
    assert value(engine, {"1": node("SingleAdd", a=1, b=1)}, "1") == [2]
    assert [found.state for found in packs.reports()] == ["known", "loaded"]


def test_a_changed_pack_is_read_again(base: Callable[..., Any]) -> None:
    place = base("single_file.py")
    _, packs = place.start()
    assert list(packs) == ["SingleAdd"]
    file = place.path / "custom_nodes" / "single_file.py"
    file.write_text(file.read_text().replace('"SingleAdd":', '"Renamed":'))
    _, packs = place.start()
    assert list(packs) == ["Renamed"]


def test_nothing_is_looked_at_for_installed_nodes(base: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    place = base("film-tools.v2")
    engine, packs = place.start()
    monkeypatch.setattr(packs, "known", lambda: pytest.fail("the folders were read"))
    assert value(engine, {"1": node("PrimitiveInt", value=3)}, "1") == [3]


def test_what_packs_print_does_not_reach_standard_output(
    base: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    _, packs = base("no_exports.py").start()
    assert list(packs) == []
    assert capsys.readouterr().out == ""


MONKEY = """
from graphcore import Engine, Folders
from graphcore.living import LivingRegistry
from graphcore.catalogue import entry_of
from nodes.builtin import pack as builtin
from nodes.compat.loader import load
folders = Folders({base!r})
registry = LivingRegistry()
registry.add(builtin)
packs = load(folders, builtin.nodes)
registry.sources.append(packs)
engine = Engine(registry, folders)
if {eager}:
    packs.load_all()
entry = entry_of(registry["KSampler"], folders)
assert "monkey" in entry["input"]["required"]["sampler_name"][0]
assert "monkey_line" in entry["input"]["required"]["scheduler"][0]
run = lambda kind, **inputs: engine.run({{"1": {{"class_type": kind, "inputs": inputs}}}}, keep=["1"]).values["1"][0]
assert run("MonkeyLists", sampler="monkey") == ["monkey"]
assert run("PrimitiveInt", value=1) == [1001]
from nodes.sampling.samplers import find_sampler
assert find_sampler("monkey").name == "monkey"
report = next(found for found in packs.reports() if found.name == "monkey_patch")
assert report.assignments == ["latent_preview.get_previewer", "comfy.k_diffusion.sampling.sample_monkey"], report
print("ok")
"""


@pytest.mark.parametrize("eager", [True, False])
def test_o013_lists_and_patches_of_packs_take_effect(base: Callable[..., Any], eager: bool) -> None:
    """In a process of its own, as such patches stay; without loading, the pack is imported for what it changes."""
    place = base("monkey_patch")
    if not eager:
        run(MONKEY.format(base=str(place.path), eager=True))
    run(MONKEY.format(base=str(place.path), eager=eager))


def run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "ok\n", done.stderr


def test_fifty_packs_cost_a_command_little(base: Callable[..., Any]) -> None:
    """The folders are read and every fingerprint compared, as for a node of a pack; limits with room for slow disks."""
    import time

    place = base()
    for number in range(50):
        place.add("film-tools.v2")
        (place.path / "custom_nodes" / "film-tools.v2").rename(place.path / "custom_nodes" / f"pack{number}")
    list(place.start()[1])
    started = time.perf_counter()
    _, packs = place.start()
    assert "NoSuchNode" not in packs
    assert time.perf_counter() - started < 0.5
    assert Folders(place.path).roots("custom_nodes") == [place.path / "custom_nodes"]
