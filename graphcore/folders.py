"""Where files live: model folders by kind, and the input, output, temp and user folders.

One object turns names into paths, for nodes, packs, the command line and the server alike; a name can never lead out of
the folder it belongs to.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Iterable, Mapping, MutableMapping, MutableSequence
from pathlib import Path
from typing import Any

from graphcore.errors import ModelError, UserError

WEIGHTS = frozenset({".ckpt", ".pt", ".pt2", ".bin", ".pth", ".safetensors", ".pkl", ".sft"})

# kind -> (folder names below models/, extensions; an empty set means every file)
KINDS: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "checkpoints": (("checkpoints",), WEIGHTS),
    "configs": (("configs",), frozenset({".yaml"})),
    "loras": (("loras",), WEIGHTS),
    "vae": (("vae",), WEIGHTS),
    "text_encoders": (("text_encoders", "clip"), WEIGHTS),
    "diffusion_models": (("unet", "diffusion_models"), WEIGHTS),
    "clip_vision": (("clip_vision",), WEIGHTS),
    "style_models": (("style_models",), WEIGHTS),
    "embeddings": (("embeddings",), WEIGHTS),
    "diffusers": (("diffusers",), frozenset({"folder"})),
    "vae_approx": (("vae_approx",), WEIGHTS),
    "controlnet": (("controlnet", "t2i_adapter"), WEIGHTS),
    "gligen": (("gligen",), WEIGHTS),
    "upscale_models": (("upscale_models",), WEIGHTS),
    "custom_nodes": ((), frozenset()),
    "hypernetworks": (("hypernetworks",), WEIGHTS),
    "photomaker": (("photomaker",), WEIGHTS),
    "classifiers": (("classifiers",), frozenset({""})),
    "model_patches": (("model_patches",), WEIGHTS),
    "audio_encoders": (("audio_encoders",), WEIGHTS),
}
LEGACY_KINDS = {"unet": "diffusion_models", "clip": "text_encoders"}
AREAS = ("input", "output", "temp")
# What Windows takes for a device, in any folder and with any ending.
DEVICES = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"} | {f"{name}{i}" for name in ("com", "lpt") for i in range(10)}
)


class Folders:
    """The folders of one installation.

    `base` holds `models/`, `input/`, `output/`, `temp/`, `user/` and `custom_nodes/`; each can be placed elsewhere.
    `models` may be given several times: the first folder that has a file wins. `only_packs`: names of the packs in
    `custom_nodes/` that count; None for all.

    Two things depend on who else uses the same files, and can be replaced: `free_number(folder, stem, number)` is the
    first number from `number` on that a new file `STEM_NUMBER_` may have; `identify(path)` is what differs between a
    file and any other, as JSON has it, and raises OSError if there is no file.
    """

    def __init__(
        self,
        base: str | os.PathLike[str] = ".",
        *,
        models: Iterable[str | os.PathLike[str]] = (),
        input: str | os.PathLike[str] | None = None,
        output: str | os.PathLike[str] | None = None,
        temp: str | os.PathLike[str] | None = None,
        user: str | os.PathLike[str] | None = None,
    ):
        self.base = Path(base).expanduser().absolute()
        self.input = _absolute(input, self.base / "input")
        self.output = _absolute(output, self.base / "output")
        self.temp = _absolute(temp, self.base / "temp")
        self.user = _absolute(user, self.base / "user")
        self.model_roots = [Path(root).expanduser().absolute() for root in models] or [self.base / "models"]
        self.kinds: MutableMapping[str, tuple[MutableSequence[Path], frozenset[str]]] = {
            kind: ([root / name for root in self.model_roots for name in names], extensions)
            for kind, (names, extensions) in KINDS.items()
        }
        self.kinds["custom_nodes"][0].append(self.base / "custom_nodes")
        self.model_paths: list[Path] = []  # the files that `load_yaml` has read
        self.only_packs: frozenset[str] | None = None
        self.free_number: Callable[[Path, str, int], int] = any_number
        self.identify: Callable[[Path], list[Any]] = _place_and_state

    # -- model files -------------------------------------------------------------------------------------------------

    def roots(self, kind: str) -> list[Path]:
        """The folders searched for files of a kind, first hit wins. KeyError for an unknown kind."""
        return list(self.kinds[LEGACY_KINDS.get(kind, kind)][0])

    def add(self, kind: str, path: str | os.PathLike[str], *, first: bool = False) -> None:
        """Search one more folder for files of a kind; `first` puts it (or moves it) to the front."""
        kind, folder = LEGACY_KINDS.get(kind, kind), Path(path).expanduser().absolute()
        roots = self.kinds.setdefault(kind, ([], frozenset()))[0]
        if folder in roots:
            if not first:
                return
            roots.remove(folder)
        roots.insert(0 if first else len(roots), folder)

    def add_models(self, root: Path) -> None:
        """Search a whole folder laid out as `models/` too, after all others; what it lacks is not searched for."""
        for kind, (names, _) in KINDS.items():
            for name in names:
                if (root / name).is_dir():
                    self.add(kind, root / name)

    def names(self, kind: str) -> list[str]:
        """Sorted names of all files of a kind, relative to their root, links followed."""
        roots, extensions = self.kinds[LEGACY_KINDS.get(kind, kind)]
        return sorted({name for root in roots for name in _files(root) if _fits(name, extensions)})

    def find(self, kind: str, name: str) -> Path:
        """The path of a model file. ModelError names the folders searched and the nearest names."""
        for root in self.roots(kind):
            path = root / _inside(name)
            if path.is_file():
                return path
        known = self.names(kind)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        searched = ", ".join(str(root) for root in self.roots(kind))
        hint = f" Did you mean {' or '.join(repr(n) for n in near)}?" if near else _inventory(known)
        raise ModelError(f"There is no '{name}' among the {kind}; searched {searched}.{hint}")

    # -- input, output, temp -----------------------------------------------------------------------------------------

    def area(self, name: str) -> Path:
        """The folder called 'input', 'output' or 'temp'."""
        if name not in AREAS:
            raise UserError(f"'{name}' is not a folder for files; use one of {', '.join(AREAS)}.")
        return {"input": self.input, "output": self.output, "temp": self.temp}[name]

    def split(self, name: str, default: str = "input") -> tuple[str, str]:
        """An annotated name as (area, name): 'a.png [output]' -> ('output', 'a.png')."""
        for area in AREAS:
            if name.endswith(f"[{area}]"):
                return area, name[: -len(area) - 2].rstrip()
        return default, name

    def path(self, name: str, default: str = "input") -> Path:
        """The path of an annotated name. UserError if it leads out of its folder, links included, or means a device."""
        area, relative = self.split(name, default)
        if any(map(is_device, relative.replace("\\", "/").split("/"))):
            raise UserError(f"'{name}' is the name of a device on Windows; use another one.")
        root = self.area(area)
        path = root / _inside(relative)
        if not _within(path, root):
            raise UserError(f"'{name}' leads out of the {area} folder; use a name inside {root}.")
        return path

    def load_yaml(self, file: str | os.PathLike[str]) -> None:
        """Add the roots of an `extra_model_paths.yaml`, the file that ComfyUI users already have."""
        import yaml

        source = Path(file).expanduser().absolute()
        try:
            document = yaml.safe_load(source.read_text(encoding="utf-8")) or {}
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise UserError(
                f"Cannot read the model paths in {source}: {error}. Check the file's YAML syntax."
            ) from None
        if not isinstance(document, Mapping):
            raise UserError(f"{source} should hold sections of folder paths, such as 'comfyui: {{checkpoints: ...}}'.")
        self.model_paths.append(source)
        for section in document.values():
            if isinstance(section, Mapping):
                self._add_section(dict(section), source.parent)

    def _add_section(self, section: dict[str, object], folder: Path) -> None:
        base = section.pop("base_path", None)
        first = bool(section.pop("is_default", False))
        root = folder / _expanded(str(base)) if base else folder
        for kind, paths in section.items():
            for line in str(paths or "").splitlines():
                if line.strip():
                    self.add(kind, os.path.normpath(root / _expanded(line.strip())), first=first)


def identity_of(stat: os.stat_result) -> tuple[int, int, int, int]:
    """What differs between a file and any other that was at its place before: its size and its times. The time of the
    last status change, and the inode, tell apart even files that were put in place with the size and time of the one
    before.
    """
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


def _place_and_state(path: Path) -> list[Any]:
    return [str(path), *identity_of(path.stat())]


def any_number(folder: Path, stem: str, number: int) -> int:
    """The next number itself: who has the folder to themselves need ask nobody."""
    return number


def _expanded(path: str) -> str:
    return os.path.expandvars(os.path.expanduser(path))


def _absolute(path: str | os.PathLike[str] | None, default: Path) -> Path:
    return Path(path).expanduser().absolute() if path is not None else default


def is_device(part: str) -> bool:
    """Whether a part of a path means a device where Windows reads it, whatever its ending: CON, NUL.txt, COM1."""
    return part.split(".")[0].rstrip(" ").lower() in DEVICES


def _inside(name: str) -> Path:
    """A relative path that cannot climb: '..', drives and leading slashes are dropped, as the field does."""
    if "\0" in name:
        raise UserError(f"{name!r} is no name of a file; it holds a zero byte.")
    parts = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".", "..") and ":" not in part]
    return Path(*parts) if parts else Path("_")


def _within(path: Path, root: Path) -> bool:
    resolved, base = path.resolve(), root.resolve()
    return resolved == base or base in resolved.parents


def _files(root: Path) -> Iterable[str]:
    """Names below a folder, links followed, but no folder twice: links may lead in circles."""
    seen: set[str] = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = [name for name in folders if name != ".git"]
        base = os.path.relpath(folder, root)
        for name in files:
            yield name if base == "." else os.path.join(base, name)


def _fits(name: str, extensions: frozenset[str]) -> bool:
    return not extensions or os.path.splitext(name)[1].lower() in extensions


def _inventory(known: list[str]) -> str:
    if not known:
        return " The folder is empty: put the file there, or name another folder with --models-dir."
    shown = ", ".join(repr(name) for name in known[:5])
    return f" There is {shown}" + (f" and {len(known) - 5} more." if len(known) > 5 else ".")
