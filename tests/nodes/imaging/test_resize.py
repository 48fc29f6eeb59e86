import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from torch.nn.functional import interpolate

from nodes.imaging.resize import bislerp, center_crop, common_upscale, lanczos, slerp
from nodes.imaging.shapes import ImagingError

SIZES = st.integers(1, 40)


@settings(deadline=None, max_examples=60)
@given(
    SIZES, SIZES, SIZES, SIZES, st.sampled_from(["nearest-exact", "bilinear", "area", "bicubic", "lanczos", "bislerp"])
)
def test_any_size_becomes_any_size(h: int, w: int, height: int, width: int, method: str) -> None:
    samples = torch.rand(2, 3, h, w)
    resized = common_upscale(samples, width, height, method)
    assert resized.shape == (2, 3, height, width)
    assert bool(torch.isfinite(resized).all())


@settings(deadline=None, max_examples=60)
@given(SIZES, SIZES, SIZES, SIZES)
def test_the_middle_is_cut_or_refused(h: int, w: int, height: int, width: int) -> None:
    samples = torch.arange(float(h * w)).view(1, 1, h, w)
    try:
        part = center_crop(samples, width, height)
    except ImagingError:
        assert min(w / h / (width / height), width / height / (w / h)) < 0.5
        return
    assert torch.equal(part.flip(2, 3), samples.flip(2, 3)[..., : part.shape[2], :][..., : part.shape[3]]) or (
        part.shape[2] < h or part.shape[3] < w
    )
    top = (h - part.shape[2]) / 2
    assert top == int(top)  # as much is cut above as below


def test_frames_are_resized_one_by_one() -> None:
    video = torch.rand(2, 3, 4, 6, 8)
    resized = common_upscale(video, 5, 7, "bilinear", "center")
    assert resized.shape == (2, 3, 4, 7, 5)
    torch.testing.assert_close(resized[:, :, 2], common_upscale(video[:, :, 2], 5, 7, "bilinear", "center"))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_lanczos_is_pillows_on_truncated_bytes(channels: int) -> None:
    picture = torch.rand(1, channels, 9, 13) * 1.2 - 0.1
    pixels = (picture[0].movedim(0, -1) * 255).clamp(0, 255).to(torch.uint8).numpy()
    wanted = Image.fromarray(pixels[..., 0] if channels == 1 else pixels).resize((20, 5), Image.Resampling.LANCZOS)
    got = lanczos(picture, 20, 5)[0].movedim(0, -1)
    np.testing.assert_allclose(got.numpy().reshape(np.array(wanted).shape), np.array(wanted) / 255.0, atol=1e-6)


def test_lanczos_refuses_latents() -> None:
    with pytest.raises(ImagingError, match="use 'bicubic'"):
        common_upscale(torch.rand(1, 16, 4, 4), 8, 8, "lanczos")


def test_an_unknown_method_names_the_known_ones() -> None:
    with pytest.raises(ImagingError, match="nearest-exact"):
        common_upscale(torch.rand(1, 3, 4, 4), 8, 8, "sinc")


def test_absurd_sizes_are_refused_before_anything_is_allocated() -> None:
    with pytest.raises(ImagingError, match="GiB"):
        common_upscale(torch.rand(1, 3, 4, 4).expand(100_000, -1, -1, -1), 16384, 16384, "bicubic")
    with pytest.raises(ImagingError, match="at least one pixel"):
        common_upscale(torch.rand(1, 3, 4, 4), 0, 8, "area")


def test_slerp_keeps_to_the_sphere() -> None:
    first, second = torch.randn(1, 4, 3, 3), torch.randn(1, 4, 3, 3)
    first, second = first / first.norm(dim=1, keepdim=True), second / second.norm(dim=1, keepdim=True)
    middle = slerp(first, second, torch.tensor(0.5))
    torch.testing.assert_close(middle.norm(dim=1), torch.ones(1, 3, 3))
    torch.testing.assert_close((middle * first).sum(1), (middle * second).sum(1))


def test_slerp_of_parallel_opposite_and_empty_vectors_is_finite() -> None:
    vector = torch.tensor([1.0, 2.0]).view(1, 2, 1, 1)
    ratio = torch.tensor(0.25)
    torch.testing.assert_close(slerp(vector, vector, ratio), vector)
    torch.testing.assert_close(slerp(vector, -vector, ratio), vector * 0.5)
    torch.testing.assert_close(
        slerp(vector, vector * 0, ratio), torch.sin(torch.tensor(0.375 * torch.pi)) * 0.75 * vector
    )


def test_bislerp_of_one_direction_keeps_it_and_bends_nothing() -> None:
    lengths = torch.rand(1, 1, 5, 6) + 0.5
    direction = torch.tensor([0.6, 0.8]).view(1, 2, 1, 1)
    resized = bislerp(lengths * direction, 12, 10)
    torch.testing.assert_close(resized[:, 0] / resized[:, 1], torch.full((1, 10, 12), 0.75))
    assert torch.equal(bislerp(lengths * direction, 6, 5), lengths * direction)
    assert resized.shape[-2:] == interpolate(lengths, size=(10, 12)).shape[-2:]
