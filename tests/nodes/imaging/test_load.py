import io
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from nodes.imaging.load import MAX_PIXELS, load_batch, load_channel, load_pictures
from nodes.imaging.shapes import ImagingError


def saved(picture: Image.Image, path: Path, **options: object) -> Path:
    picture.save(path, **options)
    return path


def gradient(mode: str = "RGB", width: int = 6, height: int = 4) -> Image.Image:
    channels = len(Image.new(mode, (1, 1)).getbands())
    pixels = np.arange(width * height * channels, dtype=np.uint8).reshape(height, width, channels)
    return Image.fromarray(pixels[..., 0] if channels == 1 else pixels, mode)


@pytest.mark.parametrize(("mode", "suffix"), [("RGB", "png"), ("RGB", "webp"), ("L", "png"), ("RGB", "bmp")])
def test_colours_come_as_they_are(tmp_path: Path, mode: str, suffix: str) -> None:
    picture = gradient(mode)
    options = {"lossless": True} if suffix == "webp" else {}
    image, mask = load_pictures(saved(picture, tmp_path / f"a.{suffix}", **options))
    assert image.dtype == torch.float32
    np.testing.assert_allclose(image[0].numpy(), np.array(picture.convert("RGB")) / 255.0, atol=1e-6)
    assert mask.shape == (1, 64, 64)
    assert mask.sum() == 0


def test_alpha_becomes_its_opposite(tmp_path: Path) -> None:
    picture = gradient("RGBA")
    image, mask = load_pictures(saved(picture, tmp_path / "a.png"))
    assert image.shape == (1, 4, 6, 3)
    np.testing.assert_allclose(mask[0].numpy(), 1 - np.array(picture)[..., 3] / 255.0, atol=1e-6)


def test_a_palette_may_hold_the_transparency(tmp_path: Path) -> None:
    picture = Image.new("P", (3, 2))
    picture.putpalette([10, 20, 30, 200, 100, 50])
    picture.putpixel((1, 0), 1)
    _, mask = load_pictures(saved(picture, tmp_path / "a.png", transparency=1))
    assert mask[0].tolist() == [[0, 1, 0], [0, 0, 0]]


def test_sixteen_bits_are_scaled_not_cut(tmp_path: Path) -> None:
    values = np.array([[0, 255, 32768, 65535]], dtype=np.uint16)
    image, _ = load_pictures(saved(Image.fromarray(values), tmp_path / "a.png"))
    assert (image[0, 0, :, 0] * 255).round().tolist() == [0, 1, 128, 255]


def test_the_camera_is_turned_upright(tmp_path: Path) -> None:
    tags = Image.Exif()
    tags[0x0112] = 6  # to be turned clockwise
    image, _ = load_pictures(saved(gradient(), tmp_path / "a.png", exif=tags))
    assert image.shape == (1, 6, 4, 3)
    assert load_channel(tmp_path / "a.png", "red").shape == (1, 6, 4)


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tiff"])
def test_every_frame_is_loaded(tmp_path: Path, suffix: str) -> None:
    frames = [Image.new("RGB", (5, 4), (level, 0, 0)) for level in (0, 100, 200)]
    path = tmp_path / f"a.{suffix}"
    frames[0].save(path, save_all=True, append_images=frames[1:], **({"lossless": True} if suffix == "webp" else {}))
    image, mask = load_pictures(path)
    assert (image[:, 0, 0, 0] * 255).round().tolist() == [0, 100, 200]
    assert mask.shape[0] == 3


def test_frames_of_other_sizes_are_left_out(tmp_path: Path) -> None:
    frames = [Image.new("RGB", size) for size in ((5, 4), (4, 5), (5, 4))]
    frames[0].save(tmp_path / "a.tiff", save_all=True, append_images=frames[1:])
    assert load_pictures(tmp_path / "a.tiff")[0].shape == (2, 4, 5, 3)


@pytest.mark.parametrize(("channel", "value"), [("red", 10), ("green", 20), ("blue", 30), ("alpha", 255 - 40)])
def test_channels(tmp_path: Path, channel: str, value: int) -> None:
    path = saved(Image.new("RGBA", (3, 2), (10, 20, 30, 40)), tmp_path / "a.png")
    mask = load_channel(path, channel)
    assert mask.shape == (1, 2, 3)
    torch.testing.assert_close(mask, torch.full((1, 2, 3), value / 255))


def test_a_picture_without_alpha_is_opaque(tmp_path: Path) -> None:
    assert load_channel(saved(gradient(), tmp_path / "a.png"), "alpha").unique().tolist() == [0]


def bomb(width: int, height: int) -> bytes:
    """A PNG that says it is huge and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 9)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("width", "height"), [(60_000, 60_000), (MAX_PIXELS // 10_000 + 1, 10_000), (2**31 - 1, 1)])
def test_bombs_are_refused_before_they_are_decoded(tmp_path: Path, width: int, height: int) -> None:
    (tmp_path / "bomb.png").write_bytes(bomb(width, height))
    with pytest.raises(ImagingError, match=r"'bomb.png'.*(Scale it down|truncated)"):
        load_pictures(tmp_path / "bomb.png")


def test_a_page_may_be_a_bomb_although_the_first_is_none(tmp_path: Path) -> None:
    pages = [Image.new("1", (8, 8)), Image.new("1", (14_000, 13_000))]
    pages[0].save(tmp_path / "a.tiff", save_all=True, append_images=pages[1:], compression="group4")
    with pytest.raises(ImagingError, match=r"'a.tiff' is 14000x13000 pixels.*Scale it down"):
        load_pictures(tmp_path / "a.tiff")


@pytest.mark.parametrize("suffix", ["gif", "webp", "png"])
def test_an_animation_that_does_not_fit_is_refused_before_it_is_decoded(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames = [Image.new("RGB", (1000, 1000), (level * 50, 0, 0)) for level in range(5)]
    frames[0].save(tmp_path / f"a.{suffix}", save_all=True, append_images=frames[1:])
    monkeypatch.setattr("nodes.imaging.shapes.memory_limit", lambda: 70_000_000)
    monkeypatch.setattr("nodes.imaging.load._bytes", lambda picture: pytest.fail("a frame was decoded"))
    with pytest.raises(ImagingError, match=r"sequence of shape \[5, 1000, 1000, 4\].*smaller"):
        load_pictures(tmp_path / f"a.{suffix}")


def test_frames_without_alpha_among_others_are_opaque(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (5, 4)), Image.new("RGBA", (5, 4), (0, 0, 0, 51)), Image.new("RGB", (5, 4))]
    frames[0].save(tmp_path / "a.tiff", save_all=True, append_images=frames[1:])
    _, mask = load_pictures(tmp_path / "a.tiff")
    assert mask[:, 0, 0].tolist() == pytest.approx([0, 0.8, 0])
    assert mask.shape == (3, 4, 5)


@pytest.mark.parametrize(
    "data", [b"", b"no picture", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_is_a_sentence(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.png").write_bytes(data)
    with pytest.raises(ImagingError, match=r"'a.png' cannot be read.*Save it again"):
        load_pictures(tmp_path / "a.png")


def test_a_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ImagingError, match=r"nothing\.png"):
        load_pictures(tmp_path / "nothing.png")


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@pytest.mark.parametrize("suffix", ["png", "jpeg", "webp", "gif", "bmp", "tiff", "avif", "tga", "ppm", "ico", "jp2"])
def test_damaged_files_load_or_are_refused_in_words(tmp_path: Path, suffix: str) -> None:
    """Truncated anywhere, or with bytes changed: a picture or an ImagingError, nothing else."""
    original = io.BytesIO()
    gradient(width=32, height=32).save(original, {"jp2": "JPEG2000"}.get(suffix, suffix.upper()))
    chance = random.Random(suffix)
    path = tmp_path / f"a.{suffix}"
    for _ in range(60):
        data = bytearray(original.getvalue())
        for _ in range(chance.randrange(4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        path.write_bytes(data[: chance.randrange(len(data) + 1)] if chance.random() < 0.6 else data)
        try:
            load_pictures(path)
            load_channel(path, "alpha")
        except ImagingError as error:
            assert str(error).endswith(".")  # noqa: PT017 - either outcome is right


def test_one_see_through_colour_among_true_ones_is_no_alpha(tmp_path: Path) -> None:
    """The field reads alpha channels and palettes only."""
    _, mask = load_pictures(saved(gradient(), tmp_path / "a.png", transparency=(0, 1, 2)))
    assert mask.shape == (1, 64, 64)


@pytest.mark.parametrize(
    ("method", "corner", "middle"),
    [("Stretch", [1, 0, 0], [1, 0, 0]), ("Crop", [1, 0, 0], [1, 0, 0]), ("Pad", [0, 0, 0], [1, 0, 0])],
)
def test_a_folder_as_one_batch(tmp_path: Path, method: str, corner: list[float], middle: list[float]) -> None:
    paths = [
        saved(Image.new("RGB", (8, 8), "blue"), tmp_path / "1.png"),
        saved(Image.new("RGB", (4, 8), "red"), tmp_path / "2.png"),
    ]
    batch = load_batch(paths, method)
    assert batch.shape == (2, 8, 8, 3)
    assert batch[0, 0, 0].tolist() == [0, 0, 1]
    assert batch[1, 0, 0].tolist() == corner
    assert batch[1, 4, 4].tolist() == middle
    with pytest.raises(ImagingError, match=r"'2.png' is 4x8 pixels, not 8x8; choose a resize method"):
        load_batch(paths, "None")
    with pytest.raises(ImagingError, match="no pictures"):
        load_batch([], method)
