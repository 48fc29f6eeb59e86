"""The command trains stages in their order and refuses to skip one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tools.default_model import __main__ as command


@dataclass
class Done:
    finished: bool
    step: int = 7


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Records what is trained (minutes > 0) and written; every stage but the control finishes."""
    log: list[str] = []

    def state(stage: str, folder: Path, minutes: float) -> Done:
        if minutes:
            log.append(f"train {stage}")
        return Done(stage != "control")

    monkeypatch.setattr(command, "state", state)
    monkeypatch.setattr(command, "is_finished", lambda stage, folder: f"write {stage}" in log)
    monkeypatch.setattr(command, "write", lambda stage, *_: log.append(f"write {stage}"))
    return log


def test_stages_follow_each_other_until_one_is_not_finished(
    calls: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command.train(command.STAGES, tmp_path, tmp_path, minutes=1)
    done = [f"{verb} {stage}" for stage in ("vae", "decoder", "reader", "painter") for verb in ("train", "write")]
    assert calls == [*done, "train control"]
    assert "Time is up in the stage 'control' at step 7" in capsys.readouterr().out


def test_a_stage_alone_needs_what_it_builds_on(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="'painter' needs 'vae', which is not finished"):
        command.train(("painter",), tmp_path, tmp_path, minutes=1)


def test_a_kept_encoder_finishes_the_first_stage(tmp_path: Path) -> None:
    assert not command.is_finished("vae", tmp_path)
    (tmp_path / "encoder.pt").touch()
    assert command.is_finished("vae", tmp_path)


def test_a_painter_that_has_begun_needs_no_reader(tmp_path: Path) -> None:
    assert not command.is_finished("reader", tmp_path)
    (tmp_path / "painter.pt").touch()
    assert command.is_finished("reader", tmp_path)


def test_every_stage_builds_on_earlier_ones() -> None:
    for stage, needed in command.NEEDS.items():
        assert all(command.STAGES.index(other) < command.STAGES.index(stage) for other in needed)
