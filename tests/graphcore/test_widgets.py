"""Which values a widget allows, and what it tells clients."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from graphcore import Choice, Folders, InputFile, ModelFile, Range, Seed, Text, Toggle, Wire
from graphcore.errors import GraphcoreError
from graphcore.widgets import Listed, Widget, within

FOLDERS = Folders()


@pytest.mark.parametrize(
    ("widget", "options"),
    [
        (Widget(), {}),
        (Widget(extra={"a": 1}), {"a": 1}),
        (Range(0, 10, step=2), {"min": 0, "max": 10, "step": 2}),
        (Range(display="slider", round=0.1), {"round": 0.1, "display": "slider"}),
        (Seed(), {"min": 0, "max": 2**64 - 1, "control_after_generate": True}),
        (Text(), {}),
        (Text(multiline=True, dynamic=True, placeholder="p"),
         {"multiline": True, "dynamicPrompts": True, "placeholder": "p"}),
        (Toggle(), {}),
        (Toggle(on="yes", off="no"), {"label_on": "yes", "label_off": "no"}),
        (Wire(), {"forceInput": True}),
        (Choice(["a"]), {}),
        (InputFile(upload="audio"), {"audio_upload": True}),
    ],
    ids=repr,
)  # fmt: skip
def test_options_for_the_catalogue(widget: Widget, options: dict[str, Any]) -> None:
    assert widget.options() == options


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1, None),
        (5, None),
        (0, "value_smaller_than_min"),
        (6, "value_bigger_than_max"),
        (math.nan, "value_smaller_than_min"),
    ],
)
def test_a_range_includes_its_limits(value: float, code: str | None) -> None:
    finding = Range(1, 5).check(value, FOLDERS)
    assert (finding and finding[0]) == code
    assert finding is None or str(value) in finding[1]


def test_widgets_without_rules_allow_everything() -> None:
    assert Text().check("x", FOLDERS) is None
    assert Range().check(10**9, FOLDERS) is None


def test_a_choice_names_the_nearest() -> None:
    choice = Choice(["euler", "heun"])
    assert choice.check("heun", FOLDERS) is None
    assert choice.check("eular", FOLDERS) == (
        "value_not_in_list", "'eular' is not among the choices. Did you mean 'euler'?",
    )  # fmt: skip
    assert choice.check("zzz", FOLDERS) == ("value_not_in_list", "'zzz' is not among the choices: euler, heun.")


def test_a_choice_may_be_asked_anew_each_time() -> None:
    values = ["a"]
    choice = Choice(lambda folders: values)
    assert choice.check("b", FOLDERS) is not None
    values.append("b")
    assert choice.check("b", FOLDERS) is None


def test_long_and_empty_lists_are_told_in_short() -> None:
    many = Choice([f"{i:03}x" for i in range(30)]).check("?", FOLDERS)
    assert many is not None
    assert many[1].endswith("and 10 more.")
    assert Listed().check("a", FOLDERS) == ("value_not_in_list", "'a' is not among the choices: there are none.")


def test_a_model_file_is_one_of_its_kind(tmp_path: Path) -> None:
    file = tmp_path / "models" / "loras" / "sub" / "a.safetensors"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"x")
    folders = Folders(tmp_path)
    widget = ModelFile("loras")
    assert widget.listed(folders) == ["sub/a.safetensors"]
    assert widget.check("sub/a.safetensors", folders) is None
    assert widget.path("sub/a.safetensors", folders) == file
    finding = widget.check("sub/b.safetensors", folders)
    assert finding is not None
    assert "Did you mean 'sub/a.safetensors'?" in finding[1]


def test_a_model_file_may_have_choices_that_are_no_files(tmp_path: Path) -> None:
    widget = ModelFile("loras", others=("none",))
    assert widget.listed(Folders(tmp_path)) == ["none"]
    assert widget.check("none", Folders(tmp_path)) is None
    assert widget.check("nothing", Folders(tmp_path)) is not None


def test_an_input_file_may_come_from_three_folders(tmp_path: Path) -> None:
    folders = Folders(tmp_path)
    widget = InputFile()
    assert widget.listed(folders) == []
    for area, name in (("input", "a.png"), ("input", "b.txt"), ("output", "c.png")):
        path = tmp_path / area / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    (tmp_path / "input" / "folder.png").mkdir()
    assert widget.listed(folders) == ["a.png"]
    assert InputFile(extensions=frozenset({".txt"})).listed(folders) == ["b.txt"]
    assert widget.check("a.png", folders) is None
    assert widget.check("c.png [output]", folders) is None
    assert widget.path("c.png [output]", folders) == tmp_path / "output" / "c.png"
    finding = widget.check("c.png", folders)
    assert finding is not None
    assert f"There is no file 'c.png' in {tmp_path / 'input'}" in finding[1]
    with pytest.raises(GraphcoreError, match="put it there or upload it"):
        widget.path("c.png [temp]", folders)


def test_widgets_are_frozen_values() -> None:
    assert Range(1, 2) == Range(1, 2)
    assert hash(Range(1, 2, extra={"a": 1})) == hash(Range(1, 2))
    with pytest.raises(AttributeError):
        Range(1, 2).min = 5  # type: ignore[misc]


def test_a_plain_list_has_no_values() -> None:
    assert Listed().listed(Folders()) == []


def test_a_folder_that_is_not_there_offers_no_files(tmp_path: Path) -> None:
    assert InputFile().listed(Folders(tmp_path / "nowhere")) == []


def test_what_is_no_number_is_within_no_limits() -> None:
    assert within(math.nan, None, None) is None
    found = within(math.nan, None, 1.0)
    assert found is not None
    assert found[0] == "value_bigger_than_max"
    assert within(math.inf, 0.0, None) is None
