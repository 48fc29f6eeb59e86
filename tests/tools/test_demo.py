"""The first command of a newcomer paints a picture, with nothing there before."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tools import demo


def test_it_paints_a_picture_in_a_folder_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    demo.main(tmp_path / "demo")
    (picture,) = (tmp_path / "demo" / "output").glob("*.png")
    assert str(picture) in capsys.readouterr().out
    with Image.open(picture) as painted:
        assert painted.size == (128, 128)
