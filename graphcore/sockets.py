"""Socket types: what may flow along a wire, and which wire fits which socket.

A socket type is an annotation: `Image` is `Annotated[Any, Socket("IMAGE")]`, so that a type checker needs no plugin and
the engine needs no torch. A pack makes its own in one line: `Film = Annotated[FilmStock, Socket("FILM")]`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Socket:
    """The wire name of a type; case-sensitive, upper-case by convention."""

    name: str


class Wildcard(str):
    """A wire type that fits every other: it never compares as different."""

    __slots__ = ()

    def __ne__(self, other: object) -> bool:
        return False

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


ANY = Wildcard("*")

# The field's value conventions. IMAGE: float32 [B,H,W,C] in 0..1; MASK: float32 [B,H,W] in 0..1;
# LATENT: {"samples": [B,C,h,w], "noise_mask"?, "batch_index"?}; CONDITIONING: [[tensor, dict], ...].
Image = Annotated[Any, Socket("IMAGE")]
Mask = Annotated[Any, Socket("MASK")]
Latent = Annotated[dict[str, Any], Socket("LATENT")]
Conditioning = Annotated[list[Any], Socket("CONDITIONING")]
Model = Annotated[Any, Socket("MODEL")]
Clip = Annotated[Any, Socket("CLIP")]
Vae = Annotated[Any, Socket("VAE")]
ControlNet = Annotated[Any, Socket("CONTROL_NET")]
ClipVision = Annotated[Any, Socket("CLIP_VISION")]
ClipVisionOutput = Annotated[Any, Socket("CLIP_VISION_OUTPUT")]
StyleModel = Annotated[Any, Socket("STYLE_MODEL")]
Gligen = Annotated[Any, Socket("GLIGEN")]
UpscaleModel = Annotated[Any, Socket("UPSCALE_MODEL")]
Sampler = Annotated[Any, Socket("SAMPLER")]
Sigmas = Annotated[Any, Socket("SIGMAS")]
Guider = Annotated[Any, Socket("GUIDER")]
Noise = Annotated[Any, Socket("NOISE")]
LatentOperation = Annotated[Any, Socket("LATENT_OPERATION")]
Audio = Annotated[dict[str, Any], Socket("AUDIO")]
Video = Annotated[Any, Socket("VIDEO")]


@dataclass(frozen=True, slots=True)
class Role:
    """How a parameter or result takes part in list mapping and scheduling; carried by an annotation."""

    name: str


MANY = Role("many")
EXPAND = Role("expand")

Many = Annotated[list[T], MANY]
"""As a result: spread, each item flows on by itself. As a parameter: gathered, the whole list at once."""

Expand = Annotated[Any | T, EXPAND]
"""A result that may be a graph to run in this node's place (`run.graph()`), or a plain value."""


class Lazy(Generic[T_co], Awaitable[T_co]):
    """An input that is computed only when the node awaits it: `picture = await on_true`."""

    __slots__ = ("_ask",)

    def __init__(self, ask: Callable[[], Awaitable[T_co]]):
        self._ask = ask

    def __await__(self) -> Generator[Any, Any, T_co]:
        return self._ask().__await__()


def assignable(received: object, declared: object, *, strict: bool = False) -> bool:
    """Whether an output of type `received` may feed an input of type `declared`.

    Python's own `!=` decides first, on the original objects and with `received` on the left, because packs subclass
    `str` to make types that fit everything. Then comma-separated unions fit if they share a type; with `strict` every
    received type must be declared.
    """
    if not (received != declared):  # noqa: SIM202 - types of packs overload `!=`, and only that
        return True
    if not isinstance(received, str) or not isinstance(declared, str):
        return False
    if not received or not declared:
        return False
    have = {part.strip() for part in received.split(",")}
    want = {part.strip() for part in declared.split(",")}
    return have <= want if strict else not have.isdisjoint(want)
