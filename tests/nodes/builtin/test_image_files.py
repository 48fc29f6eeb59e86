from pathlib import Path

import pytest
import torch

from graphcore.errors import GraphcoreError
from graphcore.testing import call, recording_run
from nodes.builtin.image_files import LATENT, PICTURE


def test_what_is_saved_loads_again(tmp_path: Path) -> None:
    run = recording_run(tmp_path)
    images = torch.randint(0, 256, (1, 5, 7, 3)) / 255
    call("SaveImage", run, images=images, filename_prefix="sub/a")
    for node in ("LoadImage", "LoadImageOutput", "WebcamCapture"):
        loaded = call(node, run, image="sub/a_00001_.png [output]")[0]
        torch.testing.assert_close(loaded, images, atol=1 / 255, rtol=0)
    mask = call("LoadImageMask", run, image="sub/a_00001_.png [output]", channel="green")[0]
    torch.testing.assert_close(mask, images[..., 1], atol=1 / 255, rtol=0)


def test_previews_go_to_temp(tmp_path: Path) -> None:
    run = recording_run(tmp_path)
    call("PreviewImage", run, images=torch.rand(2, 4, 4, 3))
    call("MaskPreview", run, mask=torch.rand(4, 4))
    assert [shown["type"] for shown in run.shown["images"]] == ["temp"] * 3
    assert all((tmp_path / "temp" / shown["filename"]).is_file() for shown in run.shown["images"])
    assert list((tmp_path / "output").iterdir()) == []


@pytest.mark.parametrize("node", ["SaveAnimatedPNG", "SaveAnimatedWEBP"])
def test_animations_load_frame_by_frame(tmp_path: Path, node: str) -> None:
    run = recording_run(tmp_path)
    frames = torch.randint(0, 256, (3, 8, 8, 3)) / 255
    call(node, run, images=frames)
    loaded = call("LoadImage", run, image=f"{run.shown['images'][0]['filename']} [output]")[0]
    torch.testing.assert_close(loaded, frames, atol=1 / 255, rtol=0)


def test_latents(tmp_path: Path) -> None:
    run = recording_run(tmp_path)
    samples = torch.randn(1, 4, 6, 8)
    call("SaveLatent", run, samples={"samples": samples})
    assert run.shown == {"latents": [{"filename": "ComfyUI_00001_.latent", "subfolder": "latents", "type": "output"}]}
    loaded = call("LoadLatent", run, latent="latents/ComfyUI_00001_.latent [output]")[0]
    assert torch.equal(loaded["samples"], samples)


def test_missing_files_and_ways_out_are_sentences(tmp_path: Path) -> None:
    run = recording_run(tmp_path)
    (tmp_path / "secret.png").write_bytes(b"")
    for name in ("a.png", "../secret.png", "/etc/passwd"):
        with pytest.raises(GraphcoreError, match="There is no file"):
            call("LoadImage", run, image=name)
    with pytest.raises(GraphcoreError, match="leads out"):
        call("SaveImage", run, images=torch.rand(1, 4, 4, 3), filename_prefix="../a")


def test_the_catalogue_lists_what_is_in_the_input_folder(tmp_path: Path) -> None:
    run = recording_run(tmp_path)
    for name in ("b.png", "a.webp", "c.txt", "d.latent"):
        (tmp_path / "input" / name).touch()
    assert PICTURE.listed(run.folders) == ["a.webp", "b.png"]
    assert LATENT.listed(run.folders) == ["d.latent"]
    assert "image_upload" not in LATENT.options()
