"""Refuses coverage of too few branches: `python -m tools.branch_coverage 97`, after a run with --cov.

coverage's own --fail-under counts lines and branches together, so well-covered lines would hide branches never taken.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import coverage


def report(data_file: str | None = None) -> dict[str, Any]:
    """What was measured, as `coverage json` tells it. `data_file`: another one than the configured."""
    measured = coverage.Coverage(**({"data_file": data_file} if data_file else {}))
    measured.load()
    with tempfile.TemporaryDirectory() as folder:
        measured.json_report(outfile=str(Path(folder) / "report.json"))
        found: dict[str, Any] = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
    return found


def judge(report: Mapping[str, Any], least: float) -> tuple[bool, str]:
    """(whether at least `least` percent of the branches were taken, the finding in words)."""
    covered, count = report["totals"]["covered_branches"], report["totals"]["num_branches"]
    share = 100 * covered / count if count else 100.0
    lines = [f"{covered:,} of {count:,} branches are covered: {share:.2f} % (at least {least:g} % are asked for)."]
    if share < least:
        missing = {name: file["missing_branches"] for name, file in report["files"].items() if file["missing_branches"]}
        for name, branches in sorted(missing.items(), key=lambda item: -len(item[1])):
            shown = ", ".join(f"{origin} -> {target}" for origin, target in branches)
            lines.append(f"  {name}: never from line {shown}")
    return share >= least, "\n".join(lines)


def main() -> None:
    """Print the finding; exit with 1 if too few branches were taken."""
    enough, text = judge(report(), float(sys.argv[1]))
    print(text)
    sys.exit(not enough)


if __name__ == "__main__":
    main()
