"""What commands share: the options that place folders, and the registry of installed packs."""

from __future__ import annotations

import json
import logging
import os
from pathlib import Path
from typing import Annotated

import typer

from graphcore.cache import Cache, MemoryCache
from graphcore.errors import UserError
from graphcore.folders import KINDS, Folders
from graphcore.pack import Registry
from graphcore.plugins import with_shipped_models

log = logging.getLogger(__name__)

BaseDir = Annotated[
    Path,
    typer.Option("--base-dir", "--base-directory", help="Folder of models/, input/, output/, temp/, custom_nodes/."),
]
ModelsDir = Annotated[
    list[Path] | None, typer.Option("--models-dir", help="Folder of models; may be given several times.")
]
ExtraPaths = Annotated[
    list[Path] | None,
    typer.Option(
        "--extra-model-paths",
        "--extra-model-paths-config",
        help="More folders of models; the base dir's extra_model_paths.yaml is read anyway.",
    ),
]
InputDir = Annotated[
    Path | None, typer.Option("--input-dir", "--input-directory", help="Folder that pictures are loaded from.")
]
OutputDir = Annotated[
    Path | None, typer.Option("--output-dir", "--output-directory", help="Folder that results are saved to.")
]
DiskCache = Annotated[
    Path | None, typer.Option("--disk-cache", help="Keep results in this folder, for later runs and other processes.")
]

ModelMemory = Annotated[
    str | None,
    typer.Option("--model-memory", metavar="SIZE", help="What weights may take of their device, such as 6G."),
]
ReserveMemory = Annotated[
    str | None,
    typer.Option("--reserve-memory", metavar="SIZE", help="What is left to other programs of the free memory."),
]
CompileWith = Annotated[
    str | None,
    typer.Option("--compile-with", metavar="BACKEND", help="Compile networks: inductor, or cudagraphs on NVIDIA GPUs."),
]


def cache_of(folder: Path | None, registry: Registry) -> Cache:
    """Results in memory, and with a folder on disk too. What other library versions computed is not taken."""
    memory = MemoryCache()
    if folder is None:
        return memory
    from graphcore import disk_cache
    from graphcore.workflow.environment import versions

    realm = json.dumps([versions(), os.environ.get("CUDA_VISIBLE_DEVICES")])
    return disk_cache.TieredCache(memory, disk_cache.DiskCache(folder, registry.codec(), realm=realm, least=0.01))


def folders_of(
    base: Path,
    models: list[Path] | None = None,
    extra: list[Path] | None = None,
    input: Path | None = None,
    output: Path | None = None,
) -> Folders:
    """The folders that the options name. `--models-dir` comes before the base dir's models, what ships comes last."""
    if not base.is_dir():
        raise UserError(f"There is no folder {base.absolute()}; create it, or name another with --base-dir.")
    for option, folder in [*(("--models-dir", folder) for folder in models or ()), ("--input-dir", input)]:
        if folder is not None and not folder.is_dir():
            raise UserError(f"There is no folder {folder.absolute()}; create it, or name another with {option}.")
    for folder in models or ():
        if not any((folder / name).is_dir() for names, _ in KINDS.values() for name in names):
            log.warning(
                "%s has none of the folders of models (checkpoints, loras, vae, ...), so nothing is found there.",
                folder,
            )
    folders = Folders(base, models=[*(models or ()), base / "models"], input=input, output=output)
    own = base / "extra_model_paths.yaml"
    for file in [*([own] if own.is_file() else []), *(extra or ())]:
        folders.load_yaml(file)
    return with_shipped_models(folders)
