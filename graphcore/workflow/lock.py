"""A lock: what a workflow's result depends on beside the workflow itself, and what differs from it later."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from graphcore.errors import WorkflowError
from graphcore.folders import Folders
from graphcore.pack import Registry
from graphcore.packaging.lint import sources
from graphcore.prompt import Prompt
from graphcore.widgets import ModelFile
from graphcore.workflow.api import inputs_of
from graphcore.workflow.jsontext import dump, encode, parse

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Lock:
    """`workflow`: SHA-256 of the prompt. `packs`: name -> version, of packs whose nodes it uses; of those in
    `custom_nodes`, SHA-256 of their Python files. `models`: `kind/name` -> SHA-256 of the file. `environment`: engine,
    Python and library versions, device and dtype.
    """

    workflow: str
    packs: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The lock as JSON text."""
        return encode({"graphcore_lock": FORMAT, **asdict(self)}) + b"\n"

    @classmethod
    def from_bytes(cls, text: bytes) -> Lock:
        """Read a lock. Raises WorkflowError when it is none, or of a later format."""
        data = parse(text)
        if not isinstance(data, dict) or data.get("graphcore_lock") != FORMAT:
            raise WorkflowError("This is not a lock file of this version; write a new one with `graphcore lock`.")
        sections = {name: _strings(data.get(name)) for name in ("packs", "models", "environment")}
        return cls(str(data.get("workflow", "")), **sections)


def lock(
    prompt: Prompt,
    registry: Registry,
    folders: Folders,
    environment: Mapping[str, str],
    hash_file: Callable[[Path], str] | None = None,
) -> Lock:
    """Record what running `prompt` depends on here. Reads every model file to hash it.

    Raises ModelError where a model is missing.
    """
    hash_of = hash_file or file_hash
    used = {registry[node["class_type"]].pack for node in prompt.values() if node["class_type"] in registry}
    packs = {name: mark for name in sorted(used) if (mark := _pack_mark(name, registry))}
    models = {f"{kind}/{name}": hash_of(folders.find(kind, name)) for kind, name in models_of(prompt, registry)}
    return Lock(prompt_hash(prompt), packs, models, dict(environment))


def _pack_mark(name: str, registry: Registry) -> str:
    if name in registry.packs:
        return registry.packs[name].version
    path = registry.path_of(name)
    return "" if path is None else code_hash(path)


def code_hash(path: Path) -> str:
    """SHA-256 of a pack's Python files and their names, wherever it lies; its tests are left out."""
    digest = hashlib.sha256()
    for name, file in sorted((file.relative_to(path.parent).as_posix(), file) for file in sources(path)):
        digest.update(f"{name} {file_hash(file)}\n".encode())
    return digest.hexdigest()


def differences(locked: Lock, current: Lock) -> list[str]:
    """What differs from a lock, as sentences; empty where nothing does."""
    found = []
    if locked.workflow != current.workflow:
        found.append("The workflow itself was changed since it was locked.")
    for section, what in (("packs", "Pack"), ("models", "Model"), ("environment", "The")):
        before, now = getattr(locked, section), getattr(current, section)
        for name in sorted({*before, *now}):
            if before.get(name) != now.get(name):
                found.append(_difference(f"{what} {name}", before.get(name), now.get(name)))
    return found


def models_of(prompt: Prompt, registry: Registry) -> Iterator[tuple[str, str]]:
    """(kind, name) of every model file that a prompt names, each once."""
    found: dict[tuple[str, str], None] = {}
    for node in prompt.values():
        spec = registry.get(node["class_type"])
        for name, value in inputs_of(node).items():
            port = spec.inputs.get(name) if spec else None
            widget = port.widget if port is not None else None
            if isinstance(widget, ModelFile) and isinstance(value, str) and value not in widget.others:
                found[widget.kind, value] = None
    yield from sorted(found)


def prompt_hash(prompt: Prompt) -> str:
    """SHA-256 of what a prompt computes: titles and the order of keys do not count."""
    core = {id: [node["class_type"], sorted(inputs_of(node).items())] for id, node in sorted(prompt.items())}
    return hashlib.sha256(dump(core, ascii_only=True).encode()).hexdigest()


def lock_path(workflow: Path) -> Path:
    """Where the lock of a workflow file lies: beside it."""
    return workflow.with_name(f"{workflow.name}.lock")


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _difference(name: str, before: str | None, now: str | None) -> str:
    if now is None:
        return f"{name} is missing; it was {before}."
    if before is None:
        return f"{name} is {now}; it was not there when the workflow was locked."
    return f"{name} is {now}; it was {before}."


def _strings(section: Any) -> dict[str, str]:
    return {str(key): str(value) for key, value in section.items()} if isinstance(section, dict) else {}
