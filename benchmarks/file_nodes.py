"""Nodes that read and write files, beside plain calls of Pillow, PyAV and safetensors; rows of `benchmarks.nodes`."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import safetensors.torch
import torch
from PIL import Image

from graphcore.testing import RecordingRun, call, recording_run

Work = Callable[[], Any]
Pairs = dict[str, tuple[Work, Work]]
FRAMES, RATE = 24, 44100


def picture_of(image: torch.Tensor, number: int = 0) -> Image.Image:
    """A picture of a batch as Pillow's."""
    return Image.fromarray((image[number] * 255).clamp(0, 255).to(torch.uint8).numpy())


def tensor_of(picture: Image.Image) -> torch.Tensor:
    """Pillow's picture as a batch of one."""
    return torch.from_numpy(np.array(picture)).float().div(255)[None]


def file_pairs(image: torch.Tensor, folder: Path) -> Pairs:
    """Name -> the node, and the plain call."""
    run = recording_run(folder)
    return {**loading(image, run), **saving(image, run, folder), **media(run, folder)}


def loading(image: torch.Tensor, run: RecordingRun) -> Pairs:
    """Pictures from files."""
    found: Pairs = {}
    for suffix in ("png", "jpeg", "webp", "avif"):
        path = run.folders.input / f"smooth.{suffix}"
        picture_of(image).save(path)

        def load(path: Path = path) -> torch.Tensor:
            with Image.open(path) as picture:
                return tensor_of(picture.convert("RGB"))

        found[f"LoadImage, {suffix}"] = (lambda path=path: call("LoadImage", run, image=path.name), load)

    def channel() -> torch.Tensor:
        with Image.open(run.folders.input / "smooth.png") as picture:
            return tensor_of(picture.convert("RGB").getchannel("R"))

    found["LoadImageMask"] = (
        lambda: call("LoadImageMask", run, image="smooth.png", channel="red"),
        channel,
    )
    return found


def saving(image: torch.Tensor, run: RecordingRun, folder: Path) -> Pairs:
    """Pictures and latents to files."""
    found: Pairs = {
        "SaveImage": (
            lambda: call("SaveImage", run, images=image),
            lambda: picture_of(image).save(folder / "plain.png", compress_level=4),
        ),
        "PreviewImage": (
            lambda: call("PreviewImage", run, images=image),
            lambda: picture_of(image).save(folder / "plain.png", compress_level=1),
        ),
    }
    for format in ("webp", "jpeg", "avif"):
        found[f"SaveImageAs, {format}"] = (
            lambda format=format: call("SaveImageAs", run, images=image, format=format),
            lambda format=format: picture_of(image).save(folder / f"plain.{format}", quality=90),
        )
    found["SaveImageAs, webp (lossless)"] = (
        lambda: call("SaveImageAs", run, images=image, format="webp (lossless)"),
        lambda: picture_of(image).save(folder / "plain.webp", lossless=True, quality=90),
    )
    some = torch.cat((image[:, :512, :512], image[:, 512:1024, :512]))

    def animation(suffix: str, **options: Any) -> None:
        pictures = [picture_of(some, number) for number in range(2)]
        pictures[0].save(folder / f"plain.{suffix}", save_all=True, append_images=pictures[1:], duration=166, **options)

    found["SaveAnimatedWEBP"] = (
        lambda: call("SaveAnimatedWEBP", run, images=some),
        lambda: animation("webp", lossless=True, quality=80, method=4),
    )
    found["SaveAnimatedPNG"] = (
        lambda: call("SaveAnimatedPNG", run, images=some),
        lambda: animation("png", compress_level=4),
    )
    latent = torch.randn(4, 16, 256, 256)
    safetensors.torch.save_file({"latent_tensor": latent}, run.folders.input / "a.latent")
    found["SaveLatent"] = (
        lambda: call("SaveLatent", run, samples={"samples": latent}),
        lambda: safetensors.torch.save_file({"latent_tensor": latent}, folder / "plain.latent"),
    )
    found["LoadLatent"] = (
        lambda: call("LoadLatent", run, latent="a.latent"),
        lambda: safetensors.torch.load_file(run.folders.input / "a.latent")["latent_tensor"] * (1 / 0.18215),
    )
    return found


def mixed(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Two sounds at once, no louder than 1."""
    both = first + second
    return both / max(1.0, float(both.abs().max()))


def media(run: RecordingRun, folder: Path) -> Pairs:
    """24 frames of 640x480, 60 s of sound."""
    coarse = torch.rand(FRAMES, 30, 40, 3)
    frames = coarse.repeat_interleave(16, 1).repeat_interleave(16, 2)
    video = call("CreateVideo", images=frames, fps=24.0).VIDEO
    sound = {"waveform": torch.rand(1, 2, RATE * 60) - 0.5, "sample_rate": RATE}
    call("SaveVideo", run, video=video, filename_prefix="clip")
    call("SaveAudio", run, audio=sound, filename_prefix="noise")
    clip, noise = run.folders.output / "clip_00001_.mp4", run.folders.output / "noise_00001_.flac"

    def encode(suffix: str, codec: str, **options: str) -> None:
        with av.open(str(folder / f"plain.{suffix}"), "w") as container:
            stream = container.add_stream(codec, rate=24, options=options)
            stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
            for image in frames:
                pixels = (image * 255).clamp(0, 255).to(torch.uint8).numpy()
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
            container.mux(stream.encode(None))

    def decode() -> torch.Tensor:
        with av.open(str(clip)) as container:
            found = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        return torch.from_numpy(np.stack(found)).float().div_(255)

    def flac() -> None:
        with av.open(str(folder / "plain.flac"), "w") as container:
            stream = container.add_stream("flac", rate=RATE, layout="stereo")
            stream.format = "s32"
            samples = sound["waveform"][0].numpy()
            for start in range(0, samples.shape[1], 1 << 16):
                part = np.ascontiguousarray(samples[:, start : start + (1 << 16)])
                frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
                frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))

    def hear() -> torch.Tensor:
        with av.open(str(noise)) as container:
            resampler = av.AudioResampler(format="fltp")
            parts = [part.to_ndarray() for frame in container.decode(audio=0) for part in resampler.resample(frame)]
        return torch.from_numpy(np.concatenate(parts, 1))

    return {
        "SaveVideo": (lambda: call("SaveVideo", run, video=video), lambda: encode("mp4", "libx264")),
        "SaveWEBM, vp9": (
            lambda: call("SaveWEBM", run, images=frames),
            lambda: encode("webm", "libvpx-vp9", crf="32", b="0"),
        ),
        "SaveWEBM, av1": (
            lambda: call("SaveWEBM", run, images=frames, codec="av1"),
            lambda: encode("webm", "libsvtav1", crf="32", preset="6"),
        ),
        "GetVideoComponents": (
            lambda: call("GetVideoComponents", video=call("LoadVideo", run, file="clip_00001_.mp4 [output]").VIDEO),
            decode,
        ),
        "SaveAudio": (lambda: call("SaveAudio", run, audio=sound), flac),
        "LoadAudio": (lambda: call("LoadAudio", run, audio="noise_00001_.flac [output]"), hear),
        "AudioMerge, add": (
            lambda: call("AudioMerge", audio1=sound, audio2=sound, merge_method="add"),
            lambda: mixed(sound["waveform"], sound["waveform"]),
        ),
        "AudioConcat": (
            lambda: call("AudioConcat", audio1=sound, audio2=sound),
            lambda: torch.cat((sound["waveform"], sound["waveform"]), -1),
        ),
    }
