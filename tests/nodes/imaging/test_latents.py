from typing import Any

import pytest
import torch

from graphcore.testing import call
from nodes.imaging.latents import (
    crop_latent,
    empty_latent,
    empty_video_latent,
    flip_latent,
    lotus_prompt,
    paste_latent,
    refiner_latent,
    rotate_latent,
    trim_latent,
    upscale_latent,
    upscale_latent_by,
    upscaler_inputs,
)
from nodes.imaging.shapes import ImagingError


def latent(*shape: int, **more: Any) -> dict[str, Any]:
    return {"samples": torch.rand(shape), **more}


@pytest.mark.parametrize(("length", "steps"), [(1, 1), (8, 2), (9, 3), (25, 7)])
def test_video_steps(length: int, steps: int) -> None:
    assert empty_video_latent(16, 8, 4, 64, 32, length, 2)["samples"].shape == (2, 16, steps, 4, 8)


def test_absurd_and_empty_sizes_are_refused() -> None:
    with pytest.raises(ImagingError, match="GiB"):
        empty_latent(4096, 128, 16384, 2048, 2048)
    with pytest.raises(ImagingError, match="at least one pixel"):
        empty_latent(1, 64, 2, 0)


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(0, 0, (6, 8)), (128, 0, (12, 16)), (0, 48, (8, 10)), (16, 16, (8, 8)), (80, 96, (12, 10))],
)
def test_upscaling_is_in_pixels_and_never_below_64(width: int, height: int, size: tuple[int, int]) -> None:
    result = upscale_latent(latent(1, 4, 6, 8, batch_index=[3]), width, height, "bislerp", "disabled")
    assert result["samples"].shape[-2:] == size
    assert result["batch_index"] == [3]


def test_turning_and_videos() -> None:
    video = latent(1, 4, 3, 6, 8)
    assert upscale_latent_by(video, 1.5, "bilinear")["samples"].shape == (1, 4, 3, 9, 12)
    assert trim_latent(video, 1)["samples"].shape == (1, 4, 2, 6, 8)
    with pytest.raises(ImagingError, match="3 steps"):
        trim_latent(video, 3)
    picture = latent(1, 4, 6, 8)
    assert torch.equal(rotate_latent(picture, "180 degrees")["samples"], picture["samples"].flip(2, 3))
    assert torch.equal(flip_latent(picture, "x-axis: vertically")["samples"], picture["samples"].flip(2))


def test_crops() -> None:
    source = latent(1, 4, 16, 16)
    assert torch.equal(crop_latent(source, 64, 80, 40, 200)["samples"], source["samples"][:, :, 8:, 5:13])
    assert crop_latent(latent(1, 4, 6, 8), 80, 80, 0, 0)["samples"].shape == (1, 4, 2, 8)  # counted from the far edge
    with pytest.raises(ImagingError, match="leaves nothing"):
        crop_latent(latent(1, 4, 2, 8), 64, 48, 0, 0)


def test_pasting_fades_open_sides_only() -> None:
    blank = {"samples": torch.zeros(1, 4, 8, 8)}
    result = paste_latent(blank, {"samples": torch.ones(1, 4, 4, 4)}, 0, 16, 16)["samples"][0, 0]
    torch.testing.assert_close(result[2:6, 0], torch.tensor([0.5, 1.0, 1.0, 0.5]))
    torch.testing.assert_close(result[3, :5], torch.tensor([1.0, 1.0, 1.0, 0.5, 0.0]))
    assert torch.equal(paste_latent(blank, latent(1, 4, 4, 4), 999, 0, 0)["samples"], blank["samples"])
    with pytest.raises(ImagingError, match="cannot be pasted"):
        paste_latent(blank, latent(1, 16, 4, 4), 0, 0, 0)


def test_family_extras() -> None:
    assert refiner_latent(latent(2, 64, 4, 5))["samples"].shape == (2, 32, 64, 4, 5)
    pixels, blank = upscaler_inputs(torch.ones(2, 30, 41, 3), 2.0)
    assert pixels.shape == (2, 3, 15, 20)
    assert pixels.unique().tolist() == [1]
    assert blank["samples"].shape == (2, 4, 15, 20)
    assert lotus_prompt().shape == (1, 2, 1024)


@pytest.mark.parametrize(
    "broken", [{}, {"samples": None}, {"samples": torch.zeros(3)}, {"samples": torch.zeros(0, 4, 8, 8)}]
)
def test_what_is_no_latent_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(ImagingError, match="'samples'"):
        rotate_latent(broken, "none")


def test_sound_and_3d_latents() -> None:
    assert call("EmptyLatentAudio")[0]["samples"].shape == (1, 64, 1024)  # 47.6 s, as Stable Audio was trained on
    audio = call("EmptyLatentAudio", seconds=1.0, batch_size=2)[0]
    assert audio["samples"].shape == (2, 64, 22)  # 44100 / 2048 = 21.5, to an even number
    assert audio["type"] == "audio"
    assert call("EmptyLatentHunyuan3Dv2", resolution=7)[0]["samples"].shape == (1, 64, 7)


def test_rows_of_a_still_picture_are_trimmed_like_steps() -> None:
    samples = torch.rand(1, 4, 6, 8)
    assert torch.equal(
        call("TrimVideoLatent", samples={"samples": samples}, trim_amount=2)[0]["samples"], samples[:, :, 2:]
    )
