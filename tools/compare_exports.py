"""Hold the conversion against another editor's own exports.

usage: python -m tools.compare_exports FOLDER --catalogue object_info.json

FOLDER holds pairs NAME.ui.json (as an editor saves it) and NAME.api.json (as the same editor exports it). Prints what
differs and exits with 1 if anything does. Such files are often not ours to ship, so they are not part of the tests.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from graphcore.workflow import Workflow


def main() -> None:
    """Compare every pair and say how many differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--catalogue", type=Path, required=True)
    options = parser.parse_args()
    catalogue = json.loads(options.catalogue.read_text(encoding="utf-8"))
    files = sorted(options.folder.glob("*.ui.json"))
    differing = 0
    for file in files:
        exported = json.loads(file.with_name(file.name.replace(".ui.json", ".api.json")).read_text(encoding="utf-8"))
        found = list(differences(Workflow.load(file).prompt(catalogue), exported))
        differing += bool(found)
        for line in found:
            print(f"{file.name}: {line}")
    print(f"{len(files)} files compared, {differing} differ")
    sys.exit(1 if differing or not files else 0)


def differences(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Iterator[str]:
    """What differs, node by node: type, inputs, title."""
    for id in sorted(ours.keys() | theirs.keys()):
        if id not in ours or id not in theirs:
            yield f"node {id} is only in {'the export' if id not in ours else 'the conversion'}"
            continue
        for part in ("class_type", "inputs", "_meta"):
            if ours[id].get(part) != theirs[id].get(part):
                yield f"node {id}, {part}: {ours[id].get(part)} instead of {theirs[id].get(part)}"


if __name__ == "__main__":
    main()
