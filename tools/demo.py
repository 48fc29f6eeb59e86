"""`make demo`: paint a picture with the shipped workflow and the shipped model, and say where it is."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
BASE = Path(".demo")  # in the checkout, as the workflow
WORKFLOW = Path("workflows", "txt2img.json")


def main(base: Path = BASE) -> None:
    """Run the workflow as a user would, in a base directory of its own."""
    (ROOT / base).mkdir(exist_ok=True)
    command = ["graphcore", "run", str(WORKFLOW), "--base-dir", str(base)]
    print("==", " ".join(command))
    started = time.monotonic()
    run = [sys.executable, "-m", *command]
    finished = subprocess.run(run, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if finished.returncode:
        sys.exit(finished.returncode)
    print(f"The picture is {finished.stdout.strip()} ({time.monotonic() - started:.1f} s)")
    print(f"Now try: .venv/bin/graphcore serve --base-dir {base}     (the editor, at the address that it prints)")


if __name__ == "__main__":
    main()
