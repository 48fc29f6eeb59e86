"""Videos that packs make are VIDEO values of ours, and the other way round."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nodes.compat.handles.boundary import given, taken
from nodes.media import video

pytest.importorskip("av")


def test_a_pack_makes_reads_and_hands_on_a_video(base: Callable[..., Any]) -> None:
    engine, _ = base("engine_tools.py").start()
    prompt: dict[str, Any] = {
        "image": {
            "class_type": "EmptyImage",
            "inputs": {"width": 32, "height": 16, "batch_size": 5, "color": 0x204060},
        },
        "made": {"class_type": "ToolVideo", "inputs": {"images": ["image", 0], "fps": 8.0}},
        "parts": {"class_type": "GetVideoComponents", "inputs": {"video": ["made", 0]}},
    }
    result = engine.run(prompt, keep=["parts", "made"]).values
    assert result["parts"][0][0].shape == (5, 16, 32, 3)
    assert result["parts"][2] == [8.0]
    assert torch.allclose(result["made"][1][0], result["parts"][0][0], atol=0.05)


def test_files_by_path_or_bytes_and_what_packs_ask_of_them(tmp_path: Path) -> None:
    made = given(video.create_video(torch.rand(4, 16, 16, 3), None, 4))
    made.save_to(str(tmp_path / "a.mp4"), codec="h264")
    with pytest.raises(ValueError, match="vp9"):
        made.save_to(str(tmp_path / "b.mp4"), codec="vp9")
    form = given(video.VideoFromFile(tmp_path / "a.mp4"))
    assert (form.get_frame_count(), form.get_duration(), form.get_container_format()) == (4, 1.0, "mp4")
    assert form.get_stream_source() == str(tmp_path / "a.mp4")
    assert made.get_stream_source().read(12)[4:8] == b"ftyp"
    assert type(taken(form)) is video.VideoFromFile
    assert type(taken(made)) is video.VideoFromComponents
