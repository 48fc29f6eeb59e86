"""Run as a process of its own: reads one pickle's weights from an open file and writes them as safetensors.

`python pickle_reader.py IN OUT`: IN is the number of an open file, OUT a path. Prints one JSON object: {"error": text}
or {}. Imports nothing of this project, so that it can run with nothing of it in reach.

Pickles are programs. Three fences keep this one from doing anything: torch's reader that knows weights only; a network
namespace without network, where the system has them; and an audit hook that ends the process at whatever touches
files, network, processes or native code once reading has begun.
"""

from __future__ import annotations

import codecs
import ctypes
import io
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from safetensors.torch import save, save_file

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
# What pickles of trainers hold beside weights: counters, callbacks, settings. They are read as nothing.
HARMLESS = ("argparse.", "collections.", "lightning.", "numpy.", "omegaconf.", "pathlib.", "pytorch_lightning.")
# Where programs keep the weights, the best first.
HOLDERS = ("state_dict", "params_ema", "params", "model_state_dict", "model")
EMBEDDING = "string_to_param"
FORBIDDEN = ("open", "import", "os.", "socket.", "subprocess.", "ctypes.", "shutil.", "pty.", "urllib.", "http.")
DENIED = 77
_CODE = re.compile(r"GLOBAL (\S+)")


class Nothing:
    """Stands in for any object that is no weight, whatever is done to it."""

    def __init__(self, *_: Any, **__: Any): ...

    def __setstate__(self, _: Any) -> None: ...


def main(number: int, target: str) -> None:
    """Convert; the answer goes to standard output."""
    without_network()
    try:
        with os.fdopen(number, "rb") as file:
            tensors, settings = weights_of(read(file))
    except Exception as error:  # noqa: BLE001 - a hostile file may raise anything, and all of it means the same
        answer = {"error": reason_of(error)}
    else:
        answer = {} if tensors else {"error": "it holds no tensors"}
        if tensors:
            save_file(tensors, target, settings or None)
    sys.stdout.write(json.dumps(answer))


def reason_of(error: Exception) -> str:
    """Why reading failed, in words. torch's own go on to advise to run the file's code."""
    if code := _CODE.search(str(error)):
        return f"it asks for {code[1]}, which is code, not weights"
    return f"it cannot be read ({str(error).partition(chr(10))[0] or type(error).__name__})"


def without_network() -> None:
    """Leave the network, where the system lets an ordinary process do so; elsewhere the audit hook stands alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET)


def read(file: io.BufferedReader) -> Any:
    """What the pickle holds, weights only."""
    file.seek(0)
    torch.serialization.add_safe_globals([(Nothing, name) for name in _harmless(file)])
    _warm_up()
    sys.addaudithook(_deny)
    file.seek(0)
    return torch.load(file, map_location="cpu", weights_only=True)


def weights_of(found: Any) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """(tensors, settings as JSON texts) by dotted names, from whatever a program wrapped them in."""
    if isinstance(found, Mapping):
        if isinstance(embedding := found.get(EMBEDDING), Mapping):
            found = {"emb_params": next(iter(embedding.values()), None)}
        found = next((found[key] for key in HOLDERS if isinstance(found.get(key), Mapping)), found)
    tensors: dict[str, torch.Tensor] = {}
    settings = {}
    seen: set[int] = set()
    for name, value in _leaves(found, ""):
        if isinstance(value, torch.Tensor):
            # The format has no views: what shares memory is written twice.
            shared = value.untyped_storage().data_ptr() in seen
            seen.add(value.untyped_storage().data_ptr())
            tensors[name] = (
                value.detach().clone(memory_format=torch.contiguous_format) if shared else value.detach().contiguous()
            )
        elif isinstance(value, bool | int | float | str):
            settings[name] = json.dumps(value)
    return tensors, settings


def _harmless(file: io.BufferedReader) -> list[str]:
    """Names of what the file asks for that is neither weights nor a danger. Raises ValueError where it is one."""
    try:
        wanted = torch.serialization.get_unsafe_globals_in_checkpoint(file)
    except ValueError:
        return []  # torch's format before 1.6 cannot be looked through; its reader refuses all but weights
    if dangers := [name for name in wanted if not name.startswith(HARMLESS)]:
        raise ValueError(f"GLOBAL {dangers[0]}")
    return wanted


def _leaves(value: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    """(dotted name, value) of everything inside dicts and lists."""
    items: Any = value.items() if isinstance(value, Mapping) else None
    if isinstance(value, list | tuple):
        items = enumerate(value)
    if items is None:
        yield prefix, value
        return
    for key, inner in items:
        yield from _leaves(inner, f"{prefix}.{key}" if prefix else str(key))


def _warm_up() -> None:
    """Do it all once with weights of our own, as some parts are imported late, and later nothing may be."""
    codecs.lookup("latin1")  # how numpy's bytes are pickled
    content = io.BytesIO()
    tensor = torch.zeros(2, 2)
    torch.save({"whole": tensor, "turned": tensor.T}, content)
    content.seek(0)
    save(weights_of(torch.load(content, map_location="cpu", weights_only=True))[0])


def _deny(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith(FORBIDDEN):
        os.write(2, f"{event} {arguments[:1]}".encode())
        os._exit(DENIED)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
