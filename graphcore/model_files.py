"""Model files as people keep them: what there is, which one a word means, what packs can tell of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from graphcore.errors import UserError
from graphcore.folders import KINDS, LEGACY_KINDS, Folders

# Kinds that hold no weights.
_NOT_MODELS = {"configs", "custom_nodes", "diffusers", "classifiers"}


@dataclass(frozen=True, slots=True)
class ModelTools:
    """What a pack's runtime knows about model files; all raise ModelError for files that cannot be used.

    `describe(path)` tells what a file holds, as a name -> text map, without reading its weights. `problems(path)` reads
    everything and gives a sentence for each thing that is wrong. `convert(source, target)` writes an old file (a
    pickle: .ckpt, .pt, .pth, .bin) as safetensors. `tiny(folder)` writes a checkpoint of random weights for tests.
    """

    describe: Callable[[Path], Mapping[str, str]]
    problems: Callable[[Path], list[str]]
    convert: Callable[[Path, Path], None]
    tiny: Callable[[Path], Path]


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model file: its kind ("checkpoints", ...), its name below that kind's folder, and where it lies."""

    kind: str
    name: str
    path: Path

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size


def listing(folders: Folders, kinds: Iterable[str] = ()) -> Iterator[ModelEntry]:
    """Every model file of the named kinds (all of them by default), sorted. UserError for a kind that there is not."""
    known = [kind for kind in folders.kinds if kind not in _NOT_MODELS]
    wanted = [LEGACY_KINDS.get(kind, kind) for kind in kinds]
    for kind in wanted:
        if kind not in known:
            raise UserError(f"There is no kind of model called '{kind}'; there are {', '.join(known)}.")
    for kind in wanted or known:
        yield from (ModelEntry(kind, name, folders.find(kind, name)) for name in folders.names(kind))


def locate(folders: Folders, word: str) -> Path:
    """The file that `word` means: a path, `kind/name`, or a name that only one model has. UserError for any other."""
    path = Path(word).expanduser()
    if path.is_file():
        return path.absolute()
    kind, _, name = word.replace("\\", "/").partition("/")
    if name and LEGACY_KINDS.get(kind, kind) in KINDS:
        return folders.find(kind, name)
    found = [entry for entry in listing(folders) if entry.name == word]
    if len(found) == 1:
        return found[0].path
    if found:
        choices = " or ".join(f"{entry.kind}/{entry.name}" for entry in found)
        raise UserError(f"Several models are called '{word}'; say which one: {choices}.")
    raise UserError(f"There is no model '{word}', as a path or by name; `graphcore models list` shows what there is.")
