from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest

from graphcore.testing import call, recording_run
from graphcore.workflow.document import Workflow
from nodes.imaging.shapes import ImagingError
from nodes.imaging.svg import texts_of, with_metadata

DRAWING = b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="4"/></svg>'


def test_a_saved_drawing_carries_its_workflow(tmp_path: Path) -> None:
    prompt = {"1": {"class_type": "PreviewAny", "inputs": {"source": "]]> & <b>"}}}
    run = recording_run(tmp_path, prompt=prompt)
    call("SaveSVGNode", run, svg=SimpleNamespace(data=[io.BytesIO(DRAWING), io.BytesIO(DRAWING)]))
    names = [shown["filename"] for shown in run.shown["images"]]
    assert names == ["ComfyUI_00001_.svg", "ComfyUI_00002_.svg"]
    saved = (tmp_path / "output" / "svg" / names[1]).read_text()
    assert saved.endswith('<circle r="4"/></svg>')
    assert Workflow.load(tmp_path / "output" / "svg" / names[1]).prompt({}) == prompt


def test_what_is_no_drawing_is_a_sentence() -> None:
    with pytest.raises(ImagingError, match="no drawings"):
        texts_of(3)
    with pytest.raises(ImagingError, match="no 'svg' element"):
        with_metadata("text", {})
    assert with_metadata("<svg/>", {"prompt": {}}) == "<svg/>"
