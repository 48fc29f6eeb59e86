"""What the policy knows of a job."""

from __future__ import annotations

from server.scheduling.waiting import Waiting


def test_the_anchor_is_the_largest_model() -> None:
    job = Waiting("a", needs={"lora": 1, "checkpoint": 10, "vae": 2})
    assert (job.anchor, job.size, job.kind) == ("checkpoint", 13, frozenset({"lora", "checkpoint", "vae"}))
    assert Waiting("b").anchor is None


def test_a_job_that_was_asked_to_the_front_is_urgent() -> None:
    assert Waiting("a", -3.0).urgent
    assert not Waiting("a", 0.0).urgent
