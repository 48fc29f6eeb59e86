"""Values made of tensors that a pack has loaded itself: written to a file once, and opened as one of ours."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from torch import Tensor

from nodes.compat import installation
from nodes.models.writer import Row, write

T = TypeVar("T")


def opened(tensors: Mapping[str, Any], open_file: Callable[[str], T], metadata: Mapping[str, str] | None = None) -> T:
    """What `open_file` makes of a file that holds these tensors.

    The file is gone again at once where the system lets an open one go; elsewhere it stays among the temporary files.
    """
    folder = installation.current.folders.temp / "tensors"
    folder.mkdir(parents=True, exist_ok=True)
    path = Path(tempfile.mkdtemp(dir=folder)) / "tensors.safetensors"
    rows = [Row.of(name, tensor.detach().cpu()) for name, tensor in tensors.items() if isinstance(tensor, Tensor)]
    write(path, rows, metadata)
    try:
        return open_file(str(path))
    finally:
        with contextlib.suppress(OSError):  # Windows keeps what is mapped
            path.unlink()
            path.parent.rmdir()
