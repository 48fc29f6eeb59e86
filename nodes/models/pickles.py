"""Old model files (.ckpt, .pt, .pth, .bin) converted to safetensors. They are pickles, and read nowhere else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from graphcore.errors import ModelError, UserError
from nodes.models.reader import WeightsFile

READER = Path(__file__).with_name("pickle_reader.py")
_ZIP, _PICKLE = b"PK\x03\x04", b"\x80"


def convert(source: Path, target: Path) -> None:
    """Write the weights of the pickle `source` to `target`, as safetensors.

    The pickle is read by `pickle_reader` in a process of its own: it starts in an empty folder, gets the file already
    open, and no environment but where Python's libraries are. Raises UserError for files that are no pickles or a
    `target` that exists, ModelError where there is anything but weights in it.
    """
    if target.suffix != ".safetensors":
        raise UserError(f"{target} should end in .safetensors, since that is what is written.")
    if target.exists():
        raise UserError(f"{target} exists already and is not overwritten; name another with -o.")
    with tempfile.TemporaryDirectory(prefix="graphcore-convert-") as folder:
        written = Path(folder) / "model.safetensors"
        _read(source, written)
        WeightsFile(written)  # raises unless it is sound
        _place(written, target)


def _read(source: Path, written: Path) -> None:
    try:
        file = source.open("rb")
    except OSError as error:
        raise UserError(f"{source} cannot be opened: {error.strerror or error}. Check the name.") from None
    with file:
        if not file.read(4).startswith((_ZIP, _PICKLE)):
            raise UserError(
                f"{source} is no pickle, so there is nothing to convert; `graphcore models info` tells more."
            )
        file.seek(0)
        command = [sys.executable, "-P", str(READER), str(file.fileno()), str(written)]
        done = subprocess.run(
            command,
            pass_fds=[file.fileno()],
            cwd=written.parent,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        deed = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise ModelError(f"{source} was not converted: reading it ended early ({deed[0]}), as no model's does.")
    if reason := json.loads(done.stdout).get("error"):
        raise ModelError(f"{source} was not converted: {reason}. Use the model's .safetensors version.")


def _environment() -> dict[str, str]:
    """Where libraries are, and nothing else: no keys, no addresses."""
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "OMP_NUM_THREADS": "1"}


def _place(written: Path, target: Path) -> None:
    """Move a file to where it belongs; nobody ever sees half of it."""
    beside = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(written, beside)
        beside.replace(target)
    except OSError as error:
        reason = error.strerror or error
        raise ModelError(f"{target} cannot be written: {reason}. Check the folder and the space.") from None
    finally:
        beside.unlink(missing_ok=True)
