"""A pack in a process of its own: its nodes run there as they would here, and what befalls it befalls it alone."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from graphcore import Engine
from graphcore.errors import Cancelled, InvalidWorkflow, NodeFailed
from graphcore.events import NodePreview, NodeProgress
from graphcore.job import CancelToken
from graphcore.scratch import MARK
from nodes.compat.isolation import host as hosts
from nodes.compat.loader import FolderPacks


class Apart:
    def __init__(self, engine: Engine, packs: FolderPacks):
        self.engine, self.packs = engine, packs

    def values(self, kind: str, more: dict[str, Any] | None = None, /, **inputs: Any) -> Any:
        prompt = {"1": {"class_type": kind, "inputs": inputs}, **(more or {})}
        return self.engine.run(prompt, keep=["1"]).values["1"]

    @property
    def host(self) -> hosts.Host:
        return next(iter(self.packs.hosts.values()))


@pytest.fixture
def apart(base: Callable[..., Any]) -> Iterator[Apart]:
    engine, packs = base("apart").start()
    made = Apart(engine, packs)
    assert [report.problem for report in packs.load_all()] == [""]
    yield made
    made.host.close()


def node(kind: str, **inputs: Any) -> dict[str, Any]:
    return {"class_type": kind, "inputs": inputs}


def test_nodes_of_every_kind_run_in_one_other_process(apart: Apart) -> None:
    (pid,), (about,), _ = apart.values("ApartPid", salt=1)
    assert pid == apart.host.process().pid != os.getpid()
    assert about == "1 of 1"
    assert apart.values("apart/where", text="x") == ([pid], ["1 output ['prompt']"])
    assert apart.values("ApartExpand", count=3) == ([0], ["1 True"])
    assert [apart.values("ApartPid", salt=salt)[2] for salt in (2, 3)] == [[1], [2]]  # the object of a node lives on
    lists = {"2": node("ApartPid", salt=3), "3": node("ApartPid", salt=4)}
    assert apart.values("ApartUse", {"1": node("ApartUse", thing=["2", 0]), "2": node("ApartMake", size=7)}) == ([7],)
    assert apart.values("apart/choose", lists, on=True, yes=["2", 0], no=["3", 0]) == ([pid],)


def test_only_the_lazy_input_that_is_awaited_is_made(apart: Apart) -> None:
    harm = {"2": node("ApartMake", size=1), "3": node("ApartHarm", how="exit")}
    assert apart.values("apart/choose", {**harm, "2": node("ApartPid")}, on=True, yes=["2", 0], no=["3", 0])
    with pytest.raises(NodeFailed, match="status 3"):
        apart.values("apart/choose", {**harm, "2": node("ApartPid")}, on=False, yes=["2", 0], no=["3", 0])


def test_tensors_cross_whole_with_progress_previews_and_messages(apart: Apart) -> None:
    sent: list[Any] = []
    apart.packs.connect(lambda *message: sent.append(message))
    events: list[Any] = []
    prompt = {"0": node("EmptyImage", width=64, height=32, batch_size=2, color=0xFF8000)}
    prompt["1"] = node("ApartTensors", image=["0", 0], factor=0.5)
    images, latents, conds = apart.engine.run(prompt, keep=["1"], on_event=events.append).values["1"]
    expected = torch.tensor([1.0, 0x80 / 255, 0.0])
    assert images[0].shape == (2, 32, 64, 3)
    assert torch.allclose(images[0][0, 0, 0], expected * 0.5)
    assert torch.equal(latents[0]["samples"][:, :, 0, 0], expected.expand(2, 3).half())
    assert conds[0][0][1] == {"strength": 1.0}
    steps = [(event.node, event.value, event.total) for event in events if isinstance(event, NodeProgress)]
    assert steps == [("1", 1, 2), ("1", 2, 2)]
    previews = [event.image for event in events if isinstance(event, NodePreview)]
    assert [(format, picture.size, longest) for format, picture, longest in previews] == [("JPEG", (8, 8), 8)]
    assert sent == [("apart.done", {"factor": 0.5}, None)]


def test_wrong_inputs_are_found_before_anything_runs(apart: Apart) -> None:
    image = {"0": node("EmptyImage", width=8, height=8, batch_size=1, color=0)}
    with pytest.raises(InvalidWorkflow, match=r"factor.*above the largest"):
        apart.values("ApartTensors", image, image=["0", 0], factor=7.0)
    with pytest.raises(InvalidWorkflow, match="IMAGE"):
        apart.values("ApartTensors", {"0": node("ApartMake", size=1)}, image=["0", 0], factor=0.5)


@pytest.mark.parametrize(("how", "words"), [("exit", "status 3"), ("kill", "SIGKILL"), ("abort", "SIGABRT")])
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_crash_costs_one_error_and_the_next_run_has_a_fresh_process(apart: Apart, how: str, words: str) -> None:
    before = apart.values("ApartPid", salt=1)[0][0]
    kept = {"2": node("ApartMake", size=5)}
    assert apart.values("ApartUse", kept, thing=["2", 0]) == ([5],)
    with pytest.raises(NodeFailed, match=rf"pack 'apart' .*{words}.*The next run") as caught:
        apart.values("ApartHarm", how=how)
    assert caught.value.frames == ()
    after = apart.values("ApartPid", salt=1)[0][0]
    assert after not in (before, os.getpid())
    assert apart.values("ApartUse", kept, thing=["2", 0]) == ([5],)  # made anew: the old one is gone


def test_what_a_node_raises_reads_as_if_it_were_here(apart: Apart) -> None:
    pid = apart.values("ApartPid")[0]
    with pytest.raises(NodeFailed, match="ValueError: the author's own words") as caught:
        apart.values("ApartHarm", how="raise")
    assert 'raise ValueError("the author' in caught.value.frames[-1]
    assert not any("isolation" in frame for frame in caught.value.frames)
    assert apart.values("ApartPid", salt=9)[0] == pid


def test_values_that_cannot_travel_are_refused_with_a_sentence(apart: Apart, tiny_models: Path, tmp_path: Path) -> None:
    apart.engine.folders.kinds["checkpoints"][0].append(tiny_models / "models" / "checkpoints")
    model = {"2": node("CheckpointLoaderSimple", ckpt_name="sd15_tiny.safetensors")}
    with pytest.raises(NodeFailed, match=r"A Model cannot be handed to the pack 'apart'.*only data passes"):
        apart.values("ApartEat", model, model=["2", 0])


@pytest.mark.parametrize(("how", "killed"), [("sleep", False), ("hang", True)])
def test_cancelling_reaches_the_node_or_ends_its_process(
    apart: Apart, how: str, killed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "GRACE", 0.5)
    pid, token = apart.values("ApartPid")[0][0], CancelToken()
    threading.Timer(0.3, token.cancel).start()
    started = time.monotonic()
    with pytest.raises(Cancelled):
        apart.engine.run({"1": node("ApartHarm", how=how)}, keep=["1"], token=token)
    assert time.monotonic() - started < 30
    assert (apart.values("ApartPid", salt=5)[0][0] != pid) is killed


def test_async_nodes_wait_side_by_side(apart: Apart) -> None:
    apart.values("ApartAsync", wait=0.0)
    prompt = {str(n): node("ApartAsync", wait=0.5, salt=n) for n in range(8)}
    started = time.monotonic()
    result = apart.engine.run(prompt, keep=list(prompt)).values
    assert time.monotonic() - started < 3.5  # one after the other they take four seconds
    assert len({result[id][1][0] for id in prompt}) == 1  # one event loop


def test_what_nobody_has_any_more_is_let_go_and_nothing_stays_in_shared_memory(apart: Apart) -> None:
    for size in range(3):
        apart.values("ApartMake", size=size)
    apart.engine.clear()
    apart.values("ApartPid", salt=77)
    process = apart.host.process()
    assert {path.name for folder in process.exchange.folders for path in Path(folder).iterdir()} == {MARK}
    apart.host.close()
    assert not any(Path(folder).exists() for folder in process.exchange.folders)
    assert not process.is_alive


def test_a_pack_that_cannot_be_loaded_costs_one_message(base: Callable[..., Any]) -> None:
    place = base("apart", "single_file.py")
    (place.path / "custom_nodes" / "apart" / "__init__.py").write_text("import a_library_of_no_one\n")
    _, packs = place.start()
    problems = {report.name: report.problem for report in packs.load_all()}
    assert "imports 'a_library_of_no_one', which is not there" in problems["apart"]
    assert problems["single_file"] == ""
