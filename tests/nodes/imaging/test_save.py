import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
import torch
from PIL import Image

from graphcore import Run
from graphcore.testing import recording_run
from nodes.imaging import outputs
from nodes.imaging.save import to_picture, to_pictures, write_apng, write_lossy, write_png, write_webp
from nodes.imaging.shapes import ImagingError

METADATA = {"workflow": {"nodes": ["ü"]}, "prompt": {"1": {"class_type": "A", "inputs": {}, "is_changed": [0]}}}
TEXTS = {"prompt": '{"1": {"class_type": "A", "inputs": {}}}', "workflow": '{"nodes": ["\\u00fc"]}'}


def written(write: Callable[[BinaryIO], None]) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def opened(data: bytes) -> Any:
    return Image.open(io.BytesIO(data))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_png_holds_truncated_bytes_and_texts(channels: int) -> None:
    image = torch.rand(5, 7, channels) * 1.4 - 0.2
    picture = opened(written(partial(write_png, picture=to_picture(image), metadata=METADATA)))
    wanted = (image * 255).clamp(0, 255).to(torch.uint8).numpy()
    assert (np.array(picture).reshape(5, 7, channels) == wanted).all()
    assert picture.text == TEXTS
    assert list(picture.text) == ["prompt", "workflow"]


def test_no_metadata_no_texts() -> None:
    assert opened(written(partial(write_png, picture=to_picture(torch.rand(4, 4, 3)), metadata={}))).text == {}


def test_two_channels_are_refused() -> None:
    with pytest.raises(ImagingError, match="not 2"):
        to_pictures(torch.rand(1, 4, 4, 2))


def test_animated_png_keeps_its_making_behind_the_pixels() -> None:
    frames = to_pictures(torch.rand(3, 4, 4, 3))
    data = written(partial(write_apng, pictures=frames, metadata=METADATA, fps=8.0))
    assert opened(data).n_frames == 3
    assert opened(data).info["duration"] == 125
    assert data.rindex(b"IDAT") < data.index(b"comfprompt\0" + TEXTS["prompt"].encode())
    assert b"comfworkflow\0" + TEXTS["workflow"].encode() in data


def test_webp_is_lossless_if_asked_and_keeps_its_making_in_exif() -> None:
    images = torch.rand(2, 4, 4, 3)
    data = written(partial(write_webp, pictures=to_pictures(images), metadata=METADATA, fps=4.0))
    picture = opened(data)
    assert picture.n_frames == 2
    assert dict(picture.getexif()) == {0x0110: f"prompt:{TEXTS['prompt']}", 0x010F: f"workflow:{TEXTS['workflow']}"}
    picture.seek(1)
    assert (np.array(picture.convert("RGB")) == (images[1] * 255).to(torch.uint8).numpy()).all()


@pytest.mark.parametrize("format", ["JPEG", "AVIF"])
def test_lossy_formats_carry_their_making_too(format: str) -> None:
    picture = to_picture(torch.full((16, 16, 4), 0.5))
    data = written(partial(write_lossy, picture=picture, metadata=METADATA, format=format, quality=90))
    assert opened(data).format == format
    assert opened(data).getexif()[0x010F] == f"workflow:{TEXTS['workflow']}"


def test_a_jpeg_without_room_says_where_there_is() -> None:
    long = {"workflow": "x" * 70_000}
    with pytest.raises(ImagingError, match="WebP, AVIF or PNG"):
        write_lossy(io.BytesIO(), to_picture(torch.rand(4, 4, 3)), long, "JPEG", 90)


def test_outputs_are_shown_once_they_are_there(tmp_path: Path) -> None:
    run = recording_run(
        tmp_path, prompt={"7": {"class_type": "KSampler", "inputs": {"seed": 3}}}, extra={"workflow": {}}
    )
    outputs.save_pngs(run, torch.rand(2, 4, 6, 3), "day/%KSampler.seed%_%width%x%height%_%batch_num%")
    assert run.shown == {
        "images": [
            {"filename": "3_6x4_0_00001_.png", "subfolder": "day", "type": "output"},
            {"filename": "3_6x4_1_00002_.png", "subfolder": "day", "type": "output"},
        ]
    }
    with Image.open(tmp_path / "output" / "day" / "3_6x4_1_00002_.png") as picture:
        assert set(picture.text) == {"prompt", "workflow"}


@pytest.mark.parametrize(("format", "count", "animated"), [("png", 1, True), ("webp", 1, False), ("webp", 2, True)])
def test_animations(tmp_path: Path, format: str, count: int, animated: bool) -> None:
    run = recording_run(tmp_path)
    outputs.save_animation(run, torch.rand(count, 4, 6, 3), "a", format, fps=6.0)
    assert run.shown["animated"] == [animated]
    assert (tmp_path / "output" / run.shown["images"][0]["filename"]).is_file()


def test_cancelling_ends_before_the_next_file(tmp_path: Path) -> None:
    run: Run = recording_run(tmp_path)
    run.job.token.cancel()
    with pytest.raises(BaseException, match=r"^$"):
        outputs.save_pngs(run, torch.rand(2, 4, 6, 3), "a")
    assert list((tmp_path / "output").iterdir()) == []
