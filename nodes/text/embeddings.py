"""Textual-inversion embeddings: found by name in the configured folders, read from safetensors files only."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from graphcore.errors import ModelError
from nodes.models.reader import WeightsFile

_SUFFIXES = ("", ".safetensors", ".pt", ".bin")
_BUNDLED = "bundle_emb."


@dataclass(frozen=True, slots=True)
class EmbeddingFolders:
    """Where embeddings lie. Sub-folders are searched too, earlier folders first; symbolic links are followed."""

    folders: tuple[Path, ...]

    def load(self, name: str, key: str) -> Tensor | None:
        """The vectors [n,C], float32, of the embedding `name` for the encoder `key` (`clip_l`, ...), None if no file.

        Raises ModelError for a file that is not safetensors: nothing is ever unpickled.
        """
        path = self.find(name)
        # A copy, so that no token keeps the file open.
        return None if path is None else select(read(path), key).to(torch.float32, copy=True)

    def find(self, name: str) -> Path | None:
        """The file of `name`, which may leave out the suffix and may name a sub-folder, but not lead outside."""
        for folder in self._all():
            path = os.path.abspath(os.path.join(folder, name))
            if not path.startswith(os.path.join(folder, "")):
                continue
            for suffix in _SUFFIXES:
                if os.path.isfile(path + suffix):
                    return Path(path + suffix)
        return None

    def _all(self) -> Iterator[str]:
        seen: set[str] = set()
        for root in self.folders:
            for folder, inner, _ in os.walk(os.path.abspath(root), followlinks=True):
                real = os.path.realpath(folder)
                if real in seen:
                    # A link back up, or a folder configured twice.
                    inner.clear()
                    continue
                seen.add(real)
                inner.sort()
                yield folder


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of the safetensors file at `path`, whatever its suffix says, in the order in which they lie there."""
    file = WeightsFile(path)
    return {name: file[name] for name in sorted(file.entries, key=lambda name: file.entries[name].start)}


def select(tensors: Mapping[str, Tensor], key: str) -> Tensor:
    """The vectors [n,C] for the encoder `key` among an embedding file's tensors.

    In order: the tensor of that name, embeddings bundled in a LoRA file, the first tensor of the file.
    """
    if not tensors:
        raise ModelError("The embedding file holds no tensors: replace it by a complete one.")
    bundled = [name for name in tensors if name.startswith(_BUNDLED)]
    of_any = [tensors[name] for name in bundled if ".string_to_param." in name]
    of_key = [tensors[name] for name in bundled if name.endswith(f".{key}")]
    if key in tensors:
        found = tensors[key]
    elif bundle := of_any or of_key:
        found = torch.cat([_rows(tensor) for tensor in bundle])
    else:
        found = next(iter(tensors.values()))
    return _rows(found)


def _rows(tensor: Tensor) -> Tensor:
    return tensor.reshape(-1, tensor.shape[-1] if tensor.dim() else 1)
