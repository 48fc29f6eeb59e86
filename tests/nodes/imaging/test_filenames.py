import errno
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from graphcore.errors import UserError
from nodes.imaging import filenames
from nodes.imaging.filenames import Numbered, expand_prefix
from nodes.imaging.shapes import ImagingError

NOW = datetime(2026, 3, 9, 7, 5, 2)
PROMPT = {
    "3": {"class_type": "KSampler", "inputs": {"seed": 42, "model": ["4", 0]}, "_meta": {"title": "Main"}},
    "5": {"class_type": "CLIPTextEncode", "inputs": {"text": "a/b:c\n"}, "_meta": {"title": "Main"}},
}


@pytest.mark.parametrize(
    ("prefix", "expanded"),
    [
        ("%year%-%month%-%day% %hour%:%minute%:%second%", "2026-03-09 07:05:02"),
        ("%width%x%height%", "640x480"),
        ("%date:yyyy-MM-dd hhmmss%/%date:yy M d h m s%", "2026-03-09 070502/26 3 9 7 5 2"),
        ("%KSampler.seed%_%Main.text%_%5.text%", "42_a_b_c__a_b_c_"),
        ("%KSampler.model%_%Nobody.seed%_%unknown%_100%", "%KSampler.model%_%Nobody.seed%_%unknown%_100%"),
        ("%batch_num%", "%batch_num%"),
    ],
)
def test_tokens(prefix: str, expanded: str) -> None:
    assert expand_prefix(prefix, 640, 480, NOW, PROMPT) == expanded


def test_numbers_go_on_from_the_highest(tmp_path: Path) -> None:
    for name in ("a_00001_.png", "a_00007_.webp", "ab_00099_.png", "a_x_.png", "a_00012.png"):
        (tmp_path / name).touch()
    place = Numbered.below(tmp_path, "a")
    assert [place.save(".png", write(b"x")) for _ in range(2)] == ["a_00008_.png", "a_00009_.png"]
    assert Numbered.below(tmp_path, "a*(").save(".png", write(b"")) == "a*(_00001_.png"


def write(data: bytes) -> Callable[[BinaryIO], None]:
    return lambda file: [file.write(data), None][1]


def test_folders_in_the_prefix_are_made(tmp_path: Path) -> None:
    place = Numbered.below(tmp_path, "x/./y//stem")
    assert (place.subfolder, place.stem, place.counter) == ("x/y", "stem", 1)
    assert place.save(".png", write(b"1")) == "stem_00001_.png"
    assert [path.name for path in (tmp_path / "x" / "y").iterdir()] == ["stem_00001_.png"]


def test_batch_numbers(tmp_path: Path) -> None:
    assert Numbered.below(tmp_path, "a%batch_num%b").save(".png", write(b""), 3) == "a3b_00001_.png"


@pytest.mark.parametrize("prefix", ["../x", "/etc/x", "a/../../x", "..", "", ".", "a/..", "x\0y", "..\\x"])
def test_no_prefix_leads_out(tmp_path: Path, prefix: str) -> None:
    with pytest.raises(UserError, match="leads out"):
        Numbered.below(tmp_path / "output", prefix)
    assert list(tmp_path.iterdir()) == []


def test_no_link_leads_out(tmp_path: Path) -> None:
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "link").symlink_to("/")
    with pytest.raises(UserError, match="leads out"):
        Numbered.below(tmp_path / "output", "link/x")


def test_a_failed_writer_leaves_nothing(tmp_path: Path) -> None:
    def fail(file: BinaryIO) -> None:
        file.write(b"half")
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        Numbered.below(tmp_path, "a").save(".png", fail)
    assert list(tmp_path.iterdir()) == []


def test_what_the_system_refuses_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ImagingError, match=r"too long.*another file name prefix"):
        Numbered.below(tmp_path, "a" * 300).save(".png", write(b""))
    (tmp_path / "file").touch()
    with pytest.raises(ImagingError, match="Cannot write"):
        Numbered.below(tmp_path, "file/x")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


WORKER = """
import sys
from pathlib import Path
from nodes.imaging.filenames import Numbered

place = Numbered.below(Path(sys.argv[1]), "a")
for number in range(60):
    place.save(".png", lambda file: file.write(f"{sys.argv[2]} {number}".encode()))
"""


def test_many_processes_overwrite_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    workers = [
        subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path), str(mark)], env=environment) for mark in range(3)
    ]
    assert [worker.wait() for worker in workers] == [0, 0, 0]
    contents = {path.read_text() for path in tmp_path.iterdir()}
    assert contents == {f"{mark} {number}" for mark in range(3) for number in range(60)}
    assert len(list(tmp_path.iterdir())) == 180


def test_without_hard_links_names_are_still_claimed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.EOPNOTSUPP, "no links here")

    monkeypatch.setattr(filenames.os, "link", refuse)
    place = Numbered.below(tmp_path, "a")
    (tmp_path / "a_00001_.png").write_bytes(b"old")
    assert place.save(".png", write(b"new")) == "a_00002_.png"
    assert sorted(path.read_bytes() for path in tmp_path.iterdir()) == [b"new", b"old"]


def test_numbers_that_others_have_are_passed_over(tmp_path: Path) -> None:
    asked: list[tuple[Path, str, int]] = []

    def free(folder: Path, stem: str, number: int) -> int:
        asked.append((folder, stem, number))
        return max(number, 1001)

    place = Numbered.below(tmp_path, "deep/a%batch_num%", free)
    assert place.counter == 1001
    assert [place.save(".png", write(b""), batch) for batch in (0, 1)] == ["a0_01001_.png", "a1_01002_.png"]
    assert asked == [
        (tmp_path / "deep", "a%batch_num%", 1),
        (tmp_path / "deep", "a0", 1001),
        (tmp_path / "deep", "a1", 1002),
    ]
