"""What a pack requires, beside what the program itself runs with: those versions stay as they are."""

from __future__ import annotations

import importlib.metadata
import tomllib
import zipfile
from collections.abc import Iterable
from email.parser import Parser
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

CORE = "graphcore"


def required_by(source: Path) -> list[str]:
    """What a pack requires: by requirements.txt and pyproject.toml in a folder, by the metadata of a wheel."""
    if source.suffix == ".whl":
        with zipfile.ZipFile(source) as wheel:
            name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
            return list(Parser().parsestr(wheel.read(name).decode("utf-8")).get_all("Requires-Dist") or [])
    lines: list[str] = []
    file = source / "requirements.txt"
    if file.is_file():
        lines += [line.partition("#")[0].strip() for line in file.read_text(encoding="utf-8").splitlines()]
    project = source / "pyproject.toml"
    if project.is_file():
        lines += tomllib.loads(project.read_text(encoding="utf-8")).get("project", {}).get("dependencies", [])
    return list(dict.fromkeys(line for line in lines if line and not line.startswith("-")))


def core_versions() -> dict[str, str]:
    """Name -> version of every distribution that the program needs, directly or not, as it is installed."""
    found: dict[str, str] = {}
    ahead = [CORE]
    while ahead:
        name = canonicalize_name(ahead.pop())
        if name in found:
            continue
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        found[name] = distribution.version
        for line in distribution.requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                ahead.append(requirement.name)
    return found


def collisions(lines: Iterable[str], versions: dict[str, str] | None = None) -> list[str]:
    """A sentence for every requirement that cannot be met with the versions that the program runs with."""
    versions = core_versions() if versions is None else versions
    found = []
    for line in lines:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue  # an address or a path: pip says what is wrong with it
        name = canonicalize_name(requirement.name)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        version = versions.get(name)
        if version is not None and not requirement.specifier.contains(version, prereleases=True):
            found.append(
                f"It requires '{line}', but Graphcore runs with {name} {version}, which is not changed for a pack. "
                f"Ask its author to allow {name} {version}."
            )
    return found


def constraints(versions: dict[str, str]) -> str:
    """The same versions as a constraints file of pip."""
    return "".join(f"{name}=={version.partition('+')[0]}\n" for name, version in versions.items() if name != CORE)
