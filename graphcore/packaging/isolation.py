"""What a pack says about where it wants to run, and the environment that is made for it."""

from __future__ import annotations

import shutil
import sys
import sysconfig
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import CompletedProcess
from typing import Literal, cast

from graphcore.errors import DeclarationError, UserError
from graphcore.packaging.requirements import required_by

Isolation = Literal["", "process", "env"]
KINDS = ("process", "env")
ENV = ".venv"  # in the pack's folder


def isolation_of(pack: Path) -> Isolation:
    """What `pyproject.toml` asks for; "" where nothing is asked. DeclarationError for anything else."""
    try:
        document = tomllib.loads((pack / "pyproject.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # a pack without one, or whose file is nobody's business here
        return ""
    table = document.get("tool", {}).get("graphcore", {}) if isinstance(document.get("tool"), dict) else {}
    wanted = table.get("isolation", "") if isinstance(table, dict) else ""
    if wanted not in ("", *KINDS):
        raise DeclarationError(
            f"its pyproject.toml says isolation = {wanted!r}; [tool.graphcore] isolation is 'process' or 'env'."
        )
    return cast(Isolation, wanted)


def python_of(pack: Path, isolation: Isolation) -> str:
    """The interpreter that such a pack runs in. DeclarationError if its environment was not built."""
    if isolation != "env":
        return sys.executable
    found = interpreter(pack / ENV)
    if not found.is_file():
        raise DeclarationError(
            f"it asks for an environment of its own, which was not built. Build it: graphcore packs build {pack.name}"
        )
    return str(found)


def build(pack: Path, run: Callable[[Sequence[str]], CompletedProcess[str]]) -> str:
    """Make the environment of a pack, anew if there is one; what was done. UserError if it cannot be made.

    It sees the packages that the program runs with behind its own: what the pack requires in another version, torch
    included, is installed into it, and the rest is shared.
    """
    target, lines = pack / ENV, required_by(pack)
    shutil.rmtree(target, ignore_errors=True)
    done = run([sys.executable, "-m", "venv", "--without-pip", str(target)])
    if not done.returncode:
        (_packages_of(target) / "graphcore.pth").write_text("\n".join(shared_packages()) + "\n", encoding="utf-8")
        if lines:
            pip = [sys.executable, "-m", "pip", "--python", str(interpreter(target))]
            done = run([*pip, "install", "--disable-pip-version-check", *lines])
    if done.returncode:
        shutil.rmtree(target, ignore_errors=True)
        raise UserError(f"The environment of the pack '{pack.name}' cannot be made: {told(done.stderr)}")
    return f"Made {target} with {len(lines)} requirements."


def shared_packages() -> list[str]:
    """The folders that this program's packages lie in."""
    found = [sysconfig.get_path(kind) for kind in ("purelib", "platlib")]
    return list(dict.fromkeys([*found, *(path for path in sys.path if path.endswith("-packages"))]))


def _packages_of(environment: Path) -> Path:
    scheme = {"base": str(environment), "platbase": str(environment), "installed_base": str(environment)}
    return Path(sysconfig.get_path("purelib", "venv", vars=scheme))


def told(text: str) -> str:
    """The lines of pip's complaint that say what collides."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "conflict" in line.lower() or "requires" in line or "depends on" in line]
    return " ".join((telling or [line for line in lines if "ERROR" in line] or lines or ["pip failed"])[:6])


def interpreter(environment: Path) -> Path:
    """Where a virtual environment has its interpreter."""
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
