"""GLIGEN: texts for boxes of the picture."""

from __future__ import annotations

from typing import Annotated

from graphcore import Clip, Conditioning, Gligen, ModelFile, Range, Run, Text
from nodes.builtin.pack import pack
from nodes.builtin.text_encoding import _embeddings

Side = Annotated[int, Range(8, 16384, step=8)]
Place = Annotated[int, Range(0, 16384, step=8)]


@pack.node(id="GLIGENLoader", title="GLIGENLoader", category="loaders", lane="io")
def load_gligen(gligen_name: Annotated[str, ModelFile("gligen")], *, run: Run) -> Gligen:
    """A model that puts things where boxes say."""
    from nodes.models.gligen import load_gligen

    return load_gligen(run.folders.find("gligen", gligen_name))


@pack.node(id="GLIGENTextBoxApply", title="GLIGENTextBoxApply", category="conditioning/gligen", fingerprint=_embeddings)
def gligen_text_box_apply(
    *,
    conditioning_to: Conditioning,
    clip: Clip,
    gligen_textbox_model: Gligen,
    text: Annotated[str, Text(multiline=True, dynamic=True)],
    width: Side = 64,
    height: Side = 64,
    x: Place = 0,
    y: Place = 0,
) -> Conditioning:
    """Put what a text says into a box of the picture. Chain several for more things, up to 30."""
    from nodes.guidance.boxes import with_box

    return with_box(conditioning_to, clip, gligen_textbox_model, text, (height, width), (y, x))
