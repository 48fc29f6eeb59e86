"""From whatever a user has to the document inside: JSON of any form, or a file that carries one."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from graphcore.errors import WorkflowError
from graphcore.prompt import Prompt
from graphcore.workflow.api import is_prompt
from graphcore.workflow.editor import is_editor
from graphcore.workflow.embed import container_of, read_texts
from graphcore.workflow.jsontext import MAX_BYTES, parse, refuse_depth
from graphcore.workflow.metadata.reader import Reader

_HEAD = 4096


@dataclass(frozen=True, slots=True)
class Found:
    """What a source holds: a prompt, an editor document, or both; and the bytes of the JSON text, where it had one."""

    prompt: Prompt | None = None
    editor: dict[str, Any] | None = None
    text: bytes | None = None


def load(source: Path | str | bytes | Mapping[str, Any]) -> Found:
    """Read a workflow from a path, JSON text, the bytes of any supported file, or data.

    Raises WorkflowError, whose text says what the source is instead, and what to do.
    """
    if isinstance(source, Mapping):
        refuse_depth(dict(source))
        return detect(dict(source))
    if isinstance(source, bytes):
        return _read(io.BytesIO(source))
    if isinstance(source, str) and is_json_text(source):
        return detect(parse(source), source.encode(errors="surrogatepass"))
    if not isinstance(source, str | os.PathLike) or source == "":
        kind = type(source).__name__ if source != "" else "an empty text"
        raise WorkflowError(
            f"A workflow is a path, JSON text, the bytes of a file, or a dict of nodes; this is {kind}."
        )
    path = Path(source)
    try:
        with path.open("rb") as file:
            return _read(file)
    except (OSError, ValueError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
        raise WorkflowError(f"Cannot read '{path}': {reason}.") from None
    except WorkflowError as error:
        raise WorkflowError(f"{path.name}: {error}") from None


def is_json_text(source: str) -> bool:
    """Whether text given as a source is the JSON itself; anything else is a path."""
    return source.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def detect(document: Any, text: bytes | None = None) -> Found:
    """Tell which form a document is in, and look inside wrappers that hold both. WorkflowError when it is neither."""
    if is_prompt(document):
        return Found(prompt=document, text=text)
    if is_editor(document):
        return Found(editor=document, text=text)
    found = _unwrap(document, text) if isinstance(document, dict) else None
    if found is None:
        raise WorkflowError(_not_a_workflow(document))
    return found


def _read(file: BinaryIO) -> Found:
    reader = Reader(file)
    if container_of(reader.head(_HEAD)) is not None:
        return _from_texts(read_texts(reader))
    if reader.size > MAX_BYTES:
        raise WorkflowError(f"The file has {reader.size >> 20} MiB and is no picture, video or sound; no workflow.")
    text = reader.at(0, reader.size)
    if text[:256].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] not in (b"{", b"["):
        raise WorkflowError("This is neither a workflow nor a kind of file that can carry one.")
    return detect(parse(text), text)


def _from_texts(texts: Mapping[str, str]) -> Found:
    """The workflow among the texts that a file carries, under its own keys or inside a comment."""
    found = Found()
    for key in ("workflow", "prompt", "comment"):
        if key not in texts or (key == "comment" and (found.prompt or found.editor)):
            continue
        try:
            part = detect(parse(texts[key]), texts[key].encode(errors="surrogatepass"))
        except WorkflowError:
            # One broken text must not hide the other; when none is left the error below says so.
            continue
        found = Found(found.prompt or part.prompt, found.editor or part.editor, found.text or part.text)
    if found.prompt is None and found.editor is None:
        raise WorkflowError(_carries_none(texts))
    return found


def _unwrap(document: dict[str, Any], text: bytes | None) -> Found | None:
    """What is inside `{"prompt": ..., "workflow": ...}` and inside requests that queue a prompt."""
    extra = document.get("extra_data")
    png_info = extra.get("extra_pnginfo") if isinstance(extra, dict) else None
    workflows = [document.get("workflow"), png_info.get("workflow") if isinstance(png_info, dict) else None]
    prompt = _parsed(document.get("prompt"))
    editor = next((value for value in map(_parsed, workflows) if is_editor(value)), None)
    if is_prompt(prompt) or editor is not None:
        return Found(prompt if is_prompt(prompt) else None, editor, text)
    inner = next((value for value in map(_parsed, workflows) if is_prompt(value)), None)
    return Found(prompt=inner, text=text) if inner is not None else None


def _parsed(value: Any) -> Any:
    """A part of a wrapper; some tools keep JSON text there."""
    if isinstance(value, str) and value.lstrip()[:1] == "{":
        try:
            return parse(value)
        except WorkflowError:
            return None
    return value


def _not_a_workflow(document: Any) -> str:
    if isinstance(document, dict) and isinstance(document.get("templates"), list):
        return "This is an export of node templates, not a workflow. Insert a template in the editor and save that."
    if not isinstance(document, dict):
        return "The JSON is not an object; a workflow is. Save it from the editor, or export it in API form."
    if not document:
        return "The JSON object is empty; there is no workflow in it."
    return (
        "The JSON is neither a saved workflow (it has no 'nodes' list) nor a prompt "
        "(not every entry has a 'class_type'). Save it from the editor, or export it in API form."
    )


def _carries_none(texts: Mapping[str, str]) -> str:
    if "workflow" in texts or "prompt" in texts:
        return "The workflow text inside this file is damaged. Use another copy of the file."
    if "parameters" in texts:
        return "This file carries generation parameters of another program as text, not a workflow of nodes."
    return (
        "This file carries no workflow. Editing, converting or sending a picture through a chat often removes it; "
        "use the file as it was saved."
    )
