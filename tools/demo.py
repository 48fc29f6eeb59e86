"""`make demo`: paint a picture with the shipped workflow, and say where it is.

Until the project ships a trained model, the demo runs on a tiny one with random weights: what it paints means nothing,
but every part of the way from the file to the picture is the real one.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
BASE = ROOT / ".demo"
WORKFLOW = ROOT / "workflows" / "txt2img.json"


def main() -> None:
    """Make the demo's base directory once, then run the workflow as a user would."""
    if not (BASE / "models").is_dir():
        print(f"== making a tiny model in {BASE.name}/")
        subprocess.run([sys.executable, "-m", "tests.tiny_models", str(BASE)], cwd=ROOT, check=True)
    command = ["graphcore", "run", str(WORKFLOW.relative_to(ROOT)), "--base-dir", BASE.name]
    print("==", " ".join(command))
    run = [sys.executable, "-m", *command]
    finished = subprocess.run(run, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if finished.returncode:
        sys.exit(finished.returncode)
    print(f"The picture is {finished.stdout.strip()}")


if __name__ == "__main__":
    main()
