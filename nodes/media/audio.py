"""AUDIO: {"waveform": float32 [batch, channels, samples] in -1..1, "sample_rate": Hz}; cutting, joining, mixing."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd
from typing import Any

import torch
from torch.nn.functional import pad

from graphcore.errors import RunError
from nodes.imaging.shapes import check_room, chosen

Audio = dict[str, Any]
FASTEST = 768_000  # Hz; more than any converter gives


class MediaError(RunError):
    """A sound or video does not fit what is asked of it, or a file of it cannot be read or written."""


def check_audio(audio: Audio | None, name: str = "audio") -> tuple[torch.Tensor, int]:
    """Waveform [B,C,T] and sample rate. MediaError if it is no sound, or holds no sample."""
    if audio is None:
        raise MediaError(f"'{name}' holds no sound; the video that it comes from has none.")
    waveform, rate = audio.get("waveform"), int(audio.get("sample_rate") or 0)
    if not isinstance(waveform, torch.Tensor) or waveform.ndim != 3 or not 1 <= rate <= FASTEST:
        raise MediaError(
            f"'{name}' is no sound: it needs a 'waveform' [batch, channels, samples] and a 'sample_rate' from 1 to "
            f"{FASTEST}."
        )
    if waveform.numel() == 0:
        raise MediaError(f"'{name}' is empty (shape {list(waveform.shape)}); check the trim that made it.")
    return waveform, rate


def sound(waveform: torch.Tensor, rate: int) -> Audio:
    """An AUDIO value."""
    return {"waveform": waveform, "sample_rate": rate}


def silence(seconds: float, rate: int, channels: int) -> Audio:
    """So many seconds of nothing, of one sample at least."""
    samples = max(1, round(seconds * rate))
    check_room(1, channels, samples, what="sound")
    return sound(torch.zeros(1, channels, samples), rate)


def trim(audio: Audio, start: float, seconds: float) -> Audio:
    """`seconds` from `start`, which counts from the end if it is negative. MediaError if nothing is left."""
    waveform, rate = check_audio(audio)
    count = waveform.shape[-1]
    first = min(max(0, round(start * rate) + (count if start < 0 else 0)), count)
    last = min(first + round(seconds * rate), count)
    if last <= first:
        raise MediaError(
            f"{seconds} s from {start} s leave nothing of a sound of {count / rate:.2f} s; start earlier or take more."
        )
    return sound(waveform[..., first:last], rate)


def concat(first: Audio, second: Audio) -> Audio:
    """One after the other, at the higher of both rates; a mono sound goes to every channel of the other."""
    a, b, rate = _alike(first, second)
    return sound(torch.cat((a, b), dim=-1), rate)


MERGES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "add": torch.add,
    "mean": lambda a, b: (a + b) / 2,
    "subtract": torch.sub,
    "multiply": torch.mul,
}


def merge(first: Audio, second: Audio, method: str) -> Audio:
    """Both at once, as long as the first: the second is cut, or followed by silence; `method` is one of MERGES.

    What would be louder than 1 is turned down as a whole, so that nothing is clipped.
    """
    a, b, rate = _alike(first, second)
    if a.shape[-1] != b.shape[-1]:
        b = pad(b, (0, a.shape[-1] - b.shape[-1]))
    merged = chosen(MERGES, method)(a, b)
    low, high = merged.aminmax()
    return sound(merged.div_(max(1.0, float(high), -float(low))), rate)


def amplify(audio: Audio, decibel: float) -> Audio:
    """Louder or, below 0, softer: 6 dB are a factor of two. Nothing is cut off."""
    waveform, rate = check_audio(audio)
    return sound(waveform * 10.0 ** (decibel / 20), rate)


def split_channels(audio: Audio) -> tuple[Audio, Audio]:
    """The left and the right channel, each as a mono sound. MediaError unless there are two."""
    waveform, rate = check_audio(audio)
    if waveform.shape[1] != 2:
        raise MediaError(
            f"The sound has {waveform.shape[1]} channel(s); only a stereo sound has a left and a right one."
        )
    return sound(waveform[:, :1], rate), sound(waveform[:, 1:], rate)


def resample(waveform: torch.Tensor, rate: int, wanted: int) -> torch.Tensor:
    """[B,C,T] at another rate, by polyphase filtering."""
    if rate == wanted:
        return waveform
    import scipy.signal

    common = gcd(rate, wanted)
    check_room(*waveform.shape[:2], waveform.shape[-1] * wanted // rate + 1, what="sound")
    made = scipy.signal.resample_poly(waveform.cpu().numpy(), wanted // common, rate // common, axis=-1)
    return torch.from_numpy(made).to(waveform)


def _alike(first: Audio, second: Audio) -> tuple[torch.Tensor, torch.Tensor, int]:
    """Both waveforms at one rate, with as many channels and as large a batch."""
    (a, rate_a), (b, rate_b) = check_audio(first, "audio1"), check_audio(second, "audio2")
    rate = max(rate_a, rate_b)
    a, b = resample(a, rate_a, rate), resample(b, rate_b, rate).to(a.device)
    for axis, what in ((0, "sounds in a batch"), (1, "channels")):
        if a.shape[axis] != b.shape[axis] and 1 not in (a.shape[axis], b.shape[axis]):
            raise MediaError(f"{a.shape[axis]} and {b.shape[axis]} {what} do not go together; make one of them 1.")
    shape = (max(a.shape[0], b.shape[0]), max(a.shape[1], b.shape[1]), -1)
    return a.expand(shape), b.expand(shape), rate
