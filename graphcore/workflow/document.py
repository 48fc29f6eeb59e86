"""One workflow, wherever it is."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graphcore.errors import WorkflowError
from graphcore.migrate import migrated
from graphcore.node import NodeSpec
from graphcore.prompt import Prompt
from graphcore.workflow.api import without_fingerprints
from graphcore.workflow.catalogue import Catalogue, as_catalogue
from graphcore.workflow.convert import Conversion, to_prompt
from graphcore.workflow.jsontext import encode
from graphcore.workflow.load import Found, is_json_text, load
from graphcore.workflow.queued import Client


class Workflow:
    """A workflow in the form it was found in, ready to be had in the other one.

    Never changes: edits make new documents, which `Workflow.load` takes as data.
    """

    def __init__(self, found: Found, name: str = "workflow"):
        self._found = found
        self.name = name
        """What to call it: the name of the file, without its ending."""

    @classmethod
    def load(cls, source: Path | str | bytes | Mapping[str, Any]) -> Workflow:
        """Read a workflow from anything: a path, JSON text, bytes of a file, or data.

        JSON may be the editor form (schema 0.4 and 1), the prompt form, or a wrapper around them. Files that carry
        workflows: PNG, APNG, WebP, JPEG, AVIF, MP4, MOV, WebM, MKV, FLAC, Ogg, MP3, SVG, GLB, safetensors.
        Raises WorkflowError with a sentence that says what the source is instead.

        >>> workflow = Workflow.load('{"1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}}}')
        >>> workflow.form, list(workflow.document)
        ('prompt', ['1'])
        >>> Workflow.load("nowhere.png")
        Traceback (most recent call last):
        graphcore.errors.WorkflowError: Cannot read 'nowhere.png': No such file or directory.
        """
        is_path = isinstance(source, Path) or (isinstance(source, str) and not is_json_text(source))
        return cls(load(source), Path(str(source)).stem if is_path else "workflow")

    @property
    def form(self) -> str:
        """`editor` or `prompt`; where both were found, `editor`."""
        return "prompt" if self._found.editor is None else "editor"

    @property
    def document(self) -> dict[str, Any]:
        """The document as data, in the form that `form` names. Not to be changed."""
        document = self._found.prompt if self._found.editor is None else self._found.editor
        if document is None:
            raise WorkflowError("There is no workflow here; load one first.")
        return document

    def upgraded(self, registry: Mapping[str, NodeSpec], catalogue: Mapping[str, Any] | Catalogue | None) -> Workflow:
        """This workflow with its nodes at their present versions (see `migrate` and `workflow.upgrade`).

        Raises UserError for nodes that cannot be: of a later version, or with values whose names the file lacks.
        """
        from graphcore.workflow.upgrade import upgraded  # only who runs workflows needs it

        found = self._found
        prompt = None if found.prompt is None else migrated(found.prompt, registry)
        editor = None if found.editor is None else upgraded(found.editor, registry, as_catalogue(catalogue))
        return self if (prompt, editor) == (found.prompt, found.editor) else Workflow(Found(prompt, editor), self.name)

    def convert(self, catalogue: Mapping[str, Any] | Catalogue | None, client: Client | None = None) -> Conversion:
        """The prompt form, with the problems and warnings of getting there.

        Where a prompt was found (alone, or beside the editor form in a picture) it is what ran and is taken as it is.
        `catalogue` is in the shape of `/object_info`; `client` as in `to_prompt`.
        """
        if self._found.prompt is not None:
            return Conversion(without_fingerprints(self._found.prompt))
        return to_prompt(self.document, catalogue, client)

    def prompt(self, catalogue: Mapping[str, Any] | Catalogue | None, client: Client | None = None) -> Prompt:
        """The prompt form. Nodes that the catalogue does not have stay in it when others depend on them."""
        return self.convert(catalogue, client).prompt

    def editor(self, catalogue: Mapping[str, Any] | Catalogue | None) -> dict[str, Any]:
        """The editor form; a prompt is laid out from left to right."""
        if self._found.editor is not None:
            return self._found.editor
        from graphcore.workflow.build import to_editor  # only files in prompt form need it

        return to_editor(self.document, catalogue)

    def with_values(self, catalogue: Mapping[str, Any] | Catalogue | None, prompt: Prompt) -> Workflow:
        """This workflow as it ran: `prompt`, and the editor form, where there is one, showing the same values."""
        from graphcore.workflow.edit import with_values  # only runs that embed their workflow need it

        editor = self._found.editor
        return Workflow(Found(prompt, None if editor is None else with_values(editor, catalogue, prompt)), self.name)

    def to_bytes(self) -> bytes:
        """The JSON text: byte for byte as it was found, where it was found as text."""
        return encode(self.document) if self._found.text is None else self._found.text

    def save(self, path: Path | str) -> None:
        """Write the JSON text to a file."""
        Path(path).write_bytes(self.to_bytes())
