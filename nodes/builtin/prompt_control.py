"""Prompts that carry a whole recipe: LoRAs, schedules and several prompts in one text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from graphcore import Clip, Conditioning, Folders, Model, ModelError, Run, Text
from nodes.builtin.pack import pack

if TYPE_CHECKING:
    from nodes.text.prompt_control import Prompt


class ModelAndPrompt(NamedTuple):
    """The model and the text encoder with the LoRAs that the text names, and the text, encoded."""

    model: Model
    clip: Clip
    conditioning: Conditioning


def _files(text: str | None, folders: Folders) -> object:
    from nodes.text.embedding_state import embedding_state
    from nodes.text.prompt_control import parse_recipe

    loras = [_path(use.name, folders) for use in parse_recipe(text or "").loras]
    return [embedding_state(folders, text), [(str(path), path.stat().st_mtime_ns) for path in loras]]


def _path(name: str, folders: Folders) -> Any:
    """The LoRA called `name`, with or without folder and ending. ModelError with near names if there is none."""
    names = folders.names("loras")
    same = [
        known for known in names if name in (known, PurePath(known).with_suffix("").as_posix(), PurePath(known).stem)
    ]
    return folders.find("loras", same[0] if same else name)


@pack.node(
    id="PromptControl", title="Encode Prompt with Control", category="conditioning", fingerprint=_files, lane="device"
)
def prompt_control(model: Model, clip: Clip, text: Annotated[str, Text(multiline=True)], *, run: Run) -> ModelAndPrompt:
    """<lora:name:0.8> loads LoRAs, [from:to:0.5] changes on the way, BREAK starts a chunk, AND adds a prompt (:0.7)."""
    from nodes.models.lora import load_lora
    from nodes.text.language import note
    from nodes.text.prompt_control import parse_recipe

    if clip is None:
        raise ModelError("The checkpoint holds no text encoder: load one with 'Load CLIP'.")
    recipe = parse_recipe(text)
    for use in recipe.loras:
        lora = load_lora(_path(use.name, run.folders))
        model, clip = lora.on_model(model, use.strength_model), lora.on_clip(clip, use.strength_clip)
    if said := note(clip, text):
        run.show(text=[said])
    return ModelAndPrompt(model, clip, _encoded(clip, recipe.prompts))


def _encoded(clip: Clip, prompts: Sequence[Prompt]) -> Conditioning:
    from nodes.guidance.conditioning import set_timestep_range, set_values
    from nodes.guidance.hooks import encode_text
    from nodes.text.conditioning import concat

    entries: Conditioning = []
    for prompt in prompts:
        for span in prompt.spans:
            first, *others = (encode_text(clip, part) for part in span.parts)
            for other in others:
                first = concat(first, other)
            if (span.start, span.end) != (0.0, 1.0):
                first = set_timestep_range(first, span.start, span.end)
            entries += set_values(first, {"strength": prompt.weight}) if prompt.weight != 1.0 else first
    return entries
