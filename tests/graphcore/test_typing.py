"""What a type checker makes of a pack, strictly and without a plugin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

SOUND = '''
import enum
from typing import Any, Literal, NamedTuple

from graphcore import (
    Annotated, Blocker, Choice, Expand, Folders, Image, Latent, Lazy, Many, Mask, ModelFile, Pack, Range, Run, Seed,
    Socket, Text,
)

pack = Pack("film")


class FilmStock:
    def __init__(self, name: str):
        self.name = name


Film = Annotated[FilmStock, Socket("FILM")]


class Mode(enum.Enum):
    SOFT = "soft"
    HARD = "hard"


class Parts(NamedTuple):
    film: Film
    frames: int


def names(folders: Folders) -> list[str]:
    return folders.names("loras")


@pack.node(title="Load", lane="io", version=2, migrate=lambda version, inputs: {**inputs, "n": version})
def load(name: Annotated[str, Choice(names)], mode: Mode = Mode.SOFT, n: Literal[1, 2] = 1) -> Parts:
    """Load a film."""
    return Parts(FilmStock(name.upper() + mode.value), n + 1)


@pack.node(fingerprint=lambda text: text.lower())
def grain(
    film: Film, text: Annotated[str, Text(multiline=True)], strength: Annotated[float, Range(0, 1)] = 0.2,
    mask: Mask | None = None, seed: Annotated[int, Seed()] = 0, *, run: Run,
) -> Image | Blocker:
    """Add grain."""
    run.progress(1, 2)
    if strength > 0.5 and mask is None:
        return Blocker(f"{film.name}: too strong {seed % 7}")
    return text


@pack.node()
async def choose(first: bool, a: Lazy[int], b: Lazy[int]) -> int:
    """One of two."""
    return (await a if first else await b).bit_length()


@pack.node()
def spread(film: Film) -> Many[int]:
    """Many."""
    return [len(film.name)]


@pack.node()
def gather(items: Many[int], *more: int, model: Annotated[str, ModelFile("loras")], any: Any = None) -> int:
    """Sum of all."""
    return sum(items) + sum(more) + len(model)


@pack.node(output=True)
def loop(n: int, latent: Latent, *, run: Run) -> Expand[int]:
    """Count down."""
    if n == 0:
        return len(latent["samples"])
    graph = run.graph()
    return graph.result(graph.node("film/loop", n=n - 1, latent=latent).out())


total: int = gather([1, 2], 3, model="x")
'''

WRONG = SOUND.replace("film.name}", "film.title}").replace("[len(film.name)]", "[film.name]").replace(
    "return sum(items)", "return items.total"
)  # fmt: skip


def mypy(folder: Path, source: str) -> str:
    """What mypy says of a file, the last line included."""
    (folder / "film_pack.py").write_text(source, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--config-file=",
        "--follow-imports=silent",
        "--no-error-summary",
    ]
    command += [f"--cache-dir={folder / 'cache'}", str(folder / "film_pack.py")]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=500).stdout


def test_a_sound_pack_is_understood_strictly_and_a_wrong_body_is_found(tmp_path: Path) -> None:
    assert mypy(tmp_path, SOUND) == ""
    found = mypy(tmp_path, WRONG).splitlines()
    assert [line.partition("error: ")[2] for line in found] == [
        '"FilmStock" has no attribute "title"  [attr-defined]',
        'List item 0 has incompatible type "str"; expected "int"  [list-item]',
        'Returning Any from function declared to return "int"  [no-any-return]',
        '"list[int]" has no attribute "total"  [attr-defined]',
    ]


def test_the_sound_pack_is_declared_soundly() -> None:
    module: dict[str, Any] = {}
    exec(compile(SOUND, "film_pack.py", "exec", dont_inherit=True), module)
    assert list(module["pack"].nodes) == [
        f"film/{name}" for name in ("load", "grain", "choose", "spread", "gather", "loop")
    ]
    assert module["total"] == 7
