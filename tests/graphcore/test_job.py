"""A node's view of the run, and the flag that stops it."""

from __future__ import annotations

import pytest

from graphcore import Cancelled, Folders, Run
from graphcore.job import CancelToken, Job


def test_a_token_tells_its_listeners_until_they_leave() -> None:
    token, heard = CancelToken(), []
    token.check()
    assert not token.cancelled

    def listen() -> None:
        heard.append(1)

    token.subscribe(listen)
    token.cancel()
    token.unsubscribe(listen)
    token.cancel()
    assert heard == [1]
    assert token.cancelled
    with pytest.raises(Cancelled):
        token.check()


def test_a_listener_may_leave_while_it_is_called() -> None:
    token, called = CancelToken(), []

    def once() -> None:
        called.append("once")
        token.unsubscribe(once)

    token.subscribe(once)
    token.subscribe(lambda: called.append("always"))
    token.cancel()
    token.cancel()
    assert called == ["once", "always", "always"]


def test_progress_and_previews_go_to_the_job_and_look_at_the_flag() -> None:
    heard: list[object] = []
    job = Job(
        Folders(),
        on_progress=lambda node, value, total: heard.append((node, value, total)),
        on_preview=lambda node, image, rough: heard.append((node, image, rough)),
    )
    run = Run(job, "7")
    run.progress(1, 10)
    run.preview("picture")
    run.preview("guess", rough=True)
    run.check()
    assert heard == [("7", 1, 10), ("7", "picture", False), ("7", "guess", True)]
    job.token.cancel()
    with pytest.raises(Cancelled):
        run.progress(2, 10)
    with pytest.raises(Cancelled):
        run.check()


def test_a_silent_run_reports_to_nobody() -> None:
    folders = Folders("/base")
    run = Run.silent(folders)
    run.progress(1, 2)
    run.preview(None)
    assert run.folders is folders
    assert (run.node, run.call) == ("0", 0)
    assert Run.silent().folders.base == Folders().base


def test_what_is_shown_adds_up() -> None:
    run = Run.silent()
    run.show(images=[1], text=["a"])
    run.show(images=[2])
    assert run.shown == {"images": [1, 2], "text": ["a"]}


def test_metadata_is_the_prompt_and_what_came_with_it() -> None:
    job = Job(Folders(), prompt={"1": {}}, extra={"workflow": {"nodes": []}})
    assert Run(job, "1").metadata == {"prompt": {"1": {}}, "workflow": {"nodes": []}}
    job.metadata = False
    assert Run(job, "1").metadata == {}
    assert Run(job, "1").job is job


def test_builders_of_one_call_have_prefixes_of_their_own() -> None:  # G002
    run = Run(Job(Folders()), "7", call=2)
    assert [run.graph().prefix, run.graph().prefix] == ["7.2.0.", "7.2.1."]


def test_long_ids_become_digests_so_that_deep_loops_cost_the_same() -> None:
    deep = "7" + ".0.0.1" * 40
    prefixes = {Run(Job(Folders()), deep + tail).graph().prefix for tail in ("", "x")}
    assert len(prefixes) == 2
    assert all(len(prefix) < 60 for prefix in prefixes)
