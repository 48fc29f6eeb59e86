"""`folder_paths`: where files are. Packs read its functions and attributes, and change the latter in place."""

from __future__ import annotations

import logging
import mimetypes
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from graphcore.folders import LEGACY_KINDS, WEIGHTS, Folders
from nodes.compat import installation
from nodes.compat.folder_table import KindsView, Table, normal, share

log = logging.getLogger(__name__)
supported_pt_extensions: set[str] = set(WEIGHTS)
extension_mimetypes_cache: dict[str, str] = {"webp": "image", "fbx": "model"}
filename_list_cache: dict[str, tuple[list[str], dict[str, float], float]] = {}
folder_names_and_paths = Table()
base_path = models_dir = output_directory = temp_directory = input_directory = user_directory = ""

SAVED_KINDS = {
    "checkpoints": "checkpoints", "text_encoders": "clip", "vae": "vae", "diffusion_models": "diffusion_models",
    "loras": "loras",
}  # fmt: skip
SUFFIXES = {"[output]": "output", "[input]": "input", "[temp]": "temp"}
AREAS = {"output_directory": "output", "temp_directory": "temp", "input_directory": "input", "user_directory": "user"}


class CacheHelper:
    """Packs switch a cache of file lists on with it; lists are never stale here, so there is nothing to switch."""

    active = False

    def get(self, key: str, default: Any = None) -> Any:
        """What is cached: nothing."""
        return default

    def set(self, key: str, value: Any) -> None:
        """Keep a list. It is not."""

    def clear(self) -> None:
        """Forget all lists."""

    def __enter__(self) -> None:
        self.active = True

    def __exit__(self, *_: object) -> None:
        self.active = False


cache_helper = CacheHelper()


def bind(folders: Folders) -> None:
    """Be about these folders."""
    global base_path, models_dir, output_directory, temp_directory, input_directory, user_directory
    global folder_names_and_paths
    base_path, models_dir = str(folders.base), str(folders.model_roots[-1])
    output_directory, temp_directory = str(folders.output), str(folders.temp)
    input_directory, user_directory = str(folders.input), str(folders.user)
    folder_names_and_paths = share(folders)
    for kind, name in SAVED_KINDS.items():
        add_model_folder_path(kind, os.path.join(output_directory, name))
    for folder in (models_dir, input_directory, output_directory, temp_directory, user_directory):
        _make(folder)


def _make(folder: str) -> None:
    """Have a folder: packs list these without asking whether they are there."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        log.warning("The folder %s cannot be made, which some packs expect: %s", folder, error)


def assigned(name: str, value: Any) -> None:
    """A pack has assigned an attribute: the engine's own folder moves along."""
    if name in AREAS:
        setattr(installation.current.folders, AREAS[name], Path(value))
    if name == "folder_names_and_paths":
        installation.current.folders.kinds = KindsView(value)


# -- model folders -----------------------------------------------------------------------------------------------------


def map_legacy(folder_name: str) -> str:
    """The present name of a kind of files."""
    return LEGACY_KINDS.get(folder_name, folder_name)


def add_model_folder_path(folder_name: str, full_folder_path: str, is_default: bool = False) -> None:
    """Search one more folder; `is_default` puts it, or moves it, to the front."""
    paths, _ = folder_names_and_paths.setdefault(map_legacy(folder_name), ([], set()))
    path = str(full_folder_path)
    if path in paths:
        if not is_default or paths[0] == path:
            return
        paths.remove(path)
    paths.insert(0 if is_default else len(paths), path)


def get_folder_paths(folder_name: str) -> list[str]:
    """The folders of a kind; KeyError for an unknown one."""
    return list(folder_names_and_paths[map_legacy(folder_name)][0])


def recursive_search(directory: str, excluded_dir_names: list[str] | None = None) -> tuple[list[str], dict[str, float]]:
    """Relative paths of all files below a folder, links followed, and the folders with their times."""
    if not os.path.isdir(directory):
        return [], {}
    excluded = set(excluded_dir_names or ())
    found: list[str] = []
    times = {directory: os.path.getmtime(directory)}
    for folder, subfolders, names in os.walk(directory, followlinks=True):
        subfolders[:] = [name for name in subfolders if name not in excluded]
        found += [os.path.relpath(os.path.join(folder, name), directory) for name in names]
        for path in (os.path.join(folder, name) for name in subfolders):
            with suppress(OSError):  # it may be gone by now
                times[path] = os.path.getmtime(path)
    return found, times


def filter_files_extensions(files: Iterable[str], extensions: Iterable[str]) -> list[str]:
    """Sorted; no extensions at all let every file through."""
    wanted = set(extensions)
    return sorted(file for file in files if not wanted or os.path.splitext(file)[-1].lower() in wanted)


def filter_files_content_types(files: Iterable[str], content_types: Iterable[str]) -> list[str]:
    """The files whose name says that they are of one of these types: 'image', 'video', 'audio', 'model'."""
    wanted = set(content_types)
    return [file for file in files if _content_type(file) in wanted]


def _content_type(file: str) -> str | None:
    extension = file.rsplit(".", 1)[-1].lower()
    if "." not in file:
        return None
    if extension not in extension_mimetypes_cache:
        guessed = mimetypes.guess_type(file, strict=False)[0]
        if guessed is None:
            return None
        extension_mimetypes_cache[extension] = guessed.split("/")[0]
    return extension_mimetypes_cache[extension]


def get_filename_list(folder_name: str) -> list[str]:
    """Sorted relative paths of all files of a kind; KeyError for an unknown one."""
    return get_filename_list_(folder_name)[0]


def get_filename_list_(folder_name: str) -> tuple[list[str], dict[str, float], float]:
    """The same, with the folders' times and the time of asking."""
    paths, extensions = folder_names_and_paths[map_legacy(folder_name)]
    names: set[str] = set()
    times: dict[str, float] = {}
    for path in paths:
        files, folders = recursive_search(path, excluded_dir_names=[".git"])
        names.update(filter_files_extensions(files, extensions))
        times |= folders
    return sorted(names), times, time.perf_counter()


def get_full_path(folder_name: str, filename: str) -> str | None:
    """The first file of that name, or None. A name cannot lead out of the kind's folders."""
    paths, _ = folder_names_and_paths.get(map_legacy(folder_name), ([], set()))
    name = os.path.relpath(os.path.join("/", str(filename)), "/")
    return next((full for path in paths if os.path.isfile(full := os.path.join(path, name))), None)


def get_full_path_or_raise(folder_name: str, filename: str) -> str:
    """The same, or FileNotFoundError."""
    found = get_full_path(folder_name, filename)
    if found is None:
        raise FileNotFoundError(f"There is no file '{filename}' among the {folder_name}; put it into their folder.")
    return found


# -- input, output, temp -----------------------------------------------------------------------------------------------


def get_output_directory() -> str:
    """Where results are saved."""
    return str(installation.current.folders.output)


def get_temp_directory() -> str:
    """Where previews are saved."""
    return str(installation.current.folders.temp)


def get_input_directory() -> str:
    """Where pictures are loaded from."""
    return str(installation.current.folders.input)


def get_user_directory() -> str:
    """Where settings are kept."""
    return user_directory


def set_output_directory(output_dir: str) -> None:
    """Save results elsewhere."""
    global output_directory
    output_directory = normal(output_dir)
    assigned("output_directory", output_directory)


def set_temp_directory(temp_dir: str) -> None:
    """Save previews elsewhere."""
    global temp_directory
    temp_directory = normal(temp_dir)
    assigned("temp_directory", temp_directory)


def set_input_directory(input_dir: str) -> None:
    """Load pictures from elsewhere."""
    global input_directory
    input_directory = normal(input_dir)
    assigned("input_directory", input_directory)


def set_user_directory(user_dir: str) -> None:
    """Keep settings elsewhere."""
    global user_directory
    user_directory = normal(user_dir)
    assigned("user_directory", user_directory)


def get_directory_by_type(type_name: str) -> str | None:
    """The folder called 'output', 'temp' or 'input', else None."""
    known = {"output": get_output_directory, "temp": get_temp_directory, "input": get_input_directory}
    return known[type_name]() if type_name in known else None


def get_input_subfolders() -> list[str]:
    """Every folder below the input folder, relative, with forward slashes, sorted."""
    found = []
    root = get_input_directory()
    for folder, _, _ in os.walk(root):
        if folder != root:
            found.append(os.path.relpath(folder, root).replace("\\", "/"))
    return sorted(found)


def annotated_filepath(name: str) -> tuple[str, str | None]:
    """A name without its ` [output]`, ` [input]` or ` [temp]`, and the folder that this means (None without)."""
    for suffix, area in SUFFIXES.items():
        if name.endswith(suffix):
            return name[: -len(suffix) - 1], get_directory_by_type(area)
    return name, None


def get_annotated_filepath(name: str, default_dir: str | None = None) -> str:
    """The path that an annotated name means; the input folder's without annotation or default."""
    plain, folder = annotated_filepath(name)
    return os.path.join(folder or default_dir or get_input_directory(), plain)


def exists_annotated_filepath(name: str) -> bool:
    """Whether there is such a file."""
    return os.path.exists(get_annotated_filepath(name))


def get_save_image_path(
    filename_prefix: str, output_dir: str, image_width: int = 0, image_height: int = 0
) -> tuple[str, str, int, str, str]:
    """(folder, file name, next number, folder below `output_dir`, expanded prefix) for saving. Makes the folder.

    UserError if the prefix leads out of `output_dir`.
    """
    from nodes.imaging.filenames import Numbered, expand_prefix  # with torch, which not every pack needs

    expanded = expand_prefix(
        filename_prefix, image_width, image_height, datetime.now(), installation.job_value("prompt")
    )
    place = Numbered.below(Path(output_dir), expanded, installation.current.folders.free_number)
    return str(place.folder), place.stem, place.counter, place.subfolder, expanded
