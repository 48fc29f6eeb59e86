"""Adding a pack from a folder, a wheel or a git address, switching it off and on, and removing it."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from graphcore.errors import DeclarationError, UserError
from graphcore.packaging.isolation import build, isolation_of, told
from graphcore.packaging.requirements import collisions, constraints, core_versions, required_by

DISABLED = ".disabled"
LEFT_OUT = shutil.ignore_patterns(".git", "__pycache__", ".venv", "venv", "*.pyc", ".pytest_cache")
ADDRESS = re.compile(r"^(git\+|https?://|ssh://|git@)")
Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]


def run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a program and keep what it prints."""
    return subprocess.run(list(command), capture_output=True, text=True, check=False)


def add(source: str, custom_nodes: Path, run: Run = run) -> str:
    """Add a pack; what was done, in a sentence. UserError if it is none, is there already, or cannot be met."""
    if ADDRESS.match(source):
        with tempfile.TemporaryDirectory() as folder:
            return _add_folder(_cloned(source, Path(folder), run), custom_nodes, run)
    path = Path(os.path.abspath(Path(source).expanduser()))  # `.` has no name; links keep theirs
    if path.suffix == ".whl" and path.is_file():
        _refuse_collisions(path.name, required_by(path))
        _install([str(path)], run)
        return f"Installed {path.name}. Its nodes are there the next time a command or the server starts."
    if path.is_dir() or (path.suffix == ".py" and path.is_file()):
        return _add_folder(path, custom_nodes, run)
    raise UserError(f"'{source}' is no folder, no Python file, no wheel and no git address.")


def _cloned(address: str, folder: Path, run: Run) -> Path:
    url, _, revision = address.removeprefix("git+").partition("#")
    name = url.rstrip("/").rpartition("/")[2].removesuffix(".git")
    target = folder / name
    options = ["--branch", revision] if revision else []
    done = run(["git", "clone", "--depth", "1", "--recurse-submodules", *options, "--", url, str(target)])
    if done.returncode:
        raise UserError(f"{url} cannot be fetched: {(done.stderr.strip().splitlines() or ['git failed'])[-1]}")
    return target


def _add_folder(source: Path, custom_nodes: Path, run: Run) -> str:
    """Where the pack lies in `custom_nodes` already, only what it requires is installed."""
    if source.is_dir() and not (source / "__init__.py").is_file():
        raise UserError(f"{source.name} has no __init__.py, so it is no pack of nodes. Name the pack's own folder.")
    target = custom_nodes / source.name
    there = target.exists() and target.samefile(source)
    if not there and (target.exists() or target.with_name(target.name + DISABLED).exists()):
        raise UserError(
            f"There is a pack '{source.name}' already: name {target} to install what it requires, or remove it "
            f"first: graphcore packs remove {source.stem}"
        )
    lines, own = required_by(source) if source.is_dir() else [], _has_environment(source)
    if not own:
        _refuse_collisions(source.name, lines)
        if lines:
            _install(lines, run)
    if not there:
        custom_nodes.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target, ignore=LEFT_OUT) if source.is_dir() else shutil.copy2(source, target)
    if own:
        try:
            build(target, run)
        except UserError:
            if not there:
                shutil.rmtree(target)
            raise
    where = " into its own environment" if own else ""
    more = f" and installed {len(lines)} requirements{where}" if lines else ", and requires nothing" if there else ""
    start = f"{source.name} is in {custom_nodes} already" if there else f"Added {source.name} to {custom_nodes}"
    return f"{start}{more}. `graphcore packs check {source.stem}` says whether it loads."


def _has_environment(source: Path) -> bool:
    """Whether a pack wants an environment of its own. UserError if it asks for what there is not."""
    try:
        return source.is_dir() and isolation_of(source) == "env"
    except DeclarationError as error:
        raise UserError(f"The pack {source.name} cannot be added: {error}") from None


def _refuse_collisions(name: str, lines: Sequence[str]) -> None:
    found = collisions(lines)
    if found:
        raise UserError(f"The pack {name} cannot be added. {' '.join(found)}")


def _install(wanted: Sequence[str], run: Run) -> None:
    """Install with every version of the program's own held as it is."""
    with tempfile.TemporaryDirectory() as folder:
        held = Path(folder) / "constraints.txt"
        held.write_text(constraints(core_versions()), encoding="utf-8")
        done = run([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "-c", str(held), *wanted])
    if done.returncode:
        raise UserError(f"What the pack requires cannot be installed beside Graphcore: {told(done.stderr)}")


def find(name: str, custom_nodes: Sequence[Path]) -> Path:
    """The folder or file of a pack, switched off or not. UserError if there is none."""
    for root in custom_nodes:
        for path in sorted(root.iterdir()) if root.is_dir() else ():
            if name in (path.name, path.name.removesuffix(DISABLED), path.stem.removesuffix(".py")):
                return path
    raise UserError(f"There is no pack '{name}' in {', '.join(map(str, custom_nodes))}; see graphcore packs list.")


def switch(name: str, custom_nodes: Sequence[Path], on: bool) -> str:
    """Switch a pack on or off: its name ends in .disabled while it is off."""
    path = find(name, custom_nodes)
    is_off = path.name.endswith(DISABLED)
    if is_off is not on:
        return f"{name} is {'on' if on else 'off'} already."
    target = path.with_name(path.name.removesuffix(DISABLED) if on else path.name + DISABLED)
    path.rename(target)
    return f"{name} is {'on' if on else 'off'}. A running server takes notice when its worker starts again."


def remove(name: str, custom_nodes: Sequence[Path], run: Run = run) -> str:
    """Delete a pack's folder or file, or uninstall its distribution."""
    try:
        path = find(name, custom_nodes)
    except UserError:
        distribution = _distribution(name)
        if distribution is None:
            raise
        done = run([sys.executable, "-m", "pip", "uninstall", "-y", "--disable-pip-version-check", distribution])
        if done.returncode:
            raise UserError(f"{distribution} cannot be uninstalled: {told(done.stderr)}") from None
        return f"Uninstalled {distribution}."
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return f"Removed {path}. What it required stays installed."


def _distribution(name: str) -> str | None:
    """The distribution that declares a pack of that name; never the program itself."""
    points = importlib.metadata.entry_points(group="graphcore.packs")
    found = (point.dist.name for point in points if point.name == name and point.dist is not None)
    return next((dist for dist in found if dist != "graphcore"), None)
