from pathlib import Path

import pytest
import torch
from PIL import Image

from graphcore.testing import call, recording_run


@pytest.mark.parametrize(
    ("format", "name"),
    [("png", "PNG"), ("webp", "WEBP"), ("webp (lossless)", "WEBP"), ("jpeg", "JPEG"), ("avif", "AVIF")],
)
def test_every_format_is_saved_with_its_making_and_loads_again(tmp_path: Path, format: str, name: str) -> None:
    run = recording_run(tmp_path, prompt={"1": {"class_type": "A", "inputs": {}}})
    images = torch.full((2, 16, 16, 3), 0.5)
    call("SaveImageAs", run, images=images, format=format)
    saved = run.shown["images"][1]["filename"]
    with Image.open(tmp_path / "output" / saved) as picture:
        assert picture.format == name
        carried = str(picture.info.get("prompt", "")) + str(dict(picture.getexif()))
    assert '{"1": {"class_type": "A", "inputs": {}}}' in carried
    loaded = call("LoadImage", run, image=f"{saved} [output]")[0]
    torch.testing.assert_close(loaded, images[1:], atol=0.02, rtol=0)


def test_cut_out_worked_on_and_pasted_back() -> None:
    image = torch.rand(1, 64, 64, 3)
    mask = call("MaskFromShape", shape="rectangle", width=64, height=64)[0]
    part, part_mask, box = call("CutOutByMask", image=image, mask=mask, padding=3, multiple_of=8)
    assert part.shape == (1, 40, 40, 3)
    assert part_mask.shape == (1, 40, 40)
    larger = call("ImageScaleBy", image=part, upscale_method="nearest-exact", scale_by=2.0)[0]
    torch.testing.assert_close(call("PasteBack", image=image, part=larger, box=box)[0], image, atol=0.3, rtol=0)


def test_the_others_run_with_their_defaults() -> None:
    image, other = torch.rand(1, 32, 32, 3), torch.rand(1, 32, 32, 3)
    ssim, psnr, error, difference = call("ImageCompare", image1=image, image2=other)
    assert abs(ssim) < 0.5  # noise is like nothing
    assert 0 < psnr < 20
    assert difference.mean() == pytest.approx(error, abs=1e-6)
    assert call("ImageStatistics", image=image)[0] == pytest.approx(float(image.mean()), abs=1e-6)
    assert call("ColorMatchImages", image=image, reference=other)[0].shape == image.shape
    assert call("ContactSheet", images=[image, other], labels="a\nb")[0].shape == (1, 32 + 36, 72, 3)
    assert call("MaskFromColor", image=torch.zeros(1, 4, 4, 3))[0].min() == 1
    assert call("MaskFromText")[0].sum() > 100


def test_a_folder_is_loaded_as_lists(tmp_path: Path) -> None:
    run = recording_run(tmp_path)
    (tmp_path / "input" / "set").mkdir()
    for number, color in ((2, 0), (10, 255), (1, 51)):
        Image.new("RGB", (4 + number, 3), (color, 0, 0)).save(tmp_path / "input" / "set" / f"f{number}.png")
    images, masks, names = call("LoadImageFolder", run, folder="set", start=1)
    assert names == ["f2", "f10"]
    assert [image[0, 0, 0, 0].item() for image in images] == [0, 1]
    assert [image.shape[2] for image in images] == [6, 14]
    assert len(masks) == 2
    assert call("LoadImageFolder", run, folder="set", limit=1)[2] == ["f1"]
