"""The fences around reading pickles hold even if torch's own reader let something through."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from nodes.models import pickle_reader
from nodes.models.pickle_reader import DENIED, reason_of, weights_of

W = torch.arange(6.0).reshape(2, 3)

READER = Path(pickle_reader.__file__)
DEEDS = (
    "open('x', 'w')",
    "open('/etc/hostname')",
    "socket.socket()",
    "subprocess.run(['true'])",
    "os.system('true')",
    "os.mkdir('x')",
    "os.remove('x')",
    "ctypes.CDLL(None)",
    "import this",
    "torch.ones(2).sum()",
)
# One process that has read torch and forks for every deed, as reading torch takes seconds.
CODE = f"""
import importlib.util, os, socket, subprocess, ctypes, sys, torch
spec = importlib.util.spec_from_file_location("reader", {str(READER)!r})
reader = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reader)
for deed in {DEEDS!r}:
    code = compile(deed, "deed", "exec")
    if not (child := os.fork()):
        sys.addaudithook(reader._deny)
        exec(code)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), deed, flush=True)
reader.without_network()
print(socket.if_nameindex())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_the_fences(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True, cwd=tmp_path)
    *codes, interfaces = done.stdout.splitlines()
    *denied, allowed = [(int(code), deed) for code, _, deed in (line.partition(" ") for line in codes)]
    assert denied == [(DENIED, deed) for deed in DEEDS[:-1]]
    assert allowed == (0, DEEDS[-1])
    assert not list(tmp_path.iterdir())
    namespaces = subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0
    if namespaces:
        assert interfaces == "[(1, 'lo')]"


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ({"a.weight": W}, {"a.weight": W}),
        ({"state_dict": {"a.weight": W.half()}, "epoch": 3, "optimizer_states": [W]}, {"a.weight": W.half()}),
        ({"params": {"a": W * 0}, "params_ema": {"a": W}}, {"a": W}),
        ({"string_to_param": {"*": W}, "string_to_token": {"*": 265}, "name": "style"}, {"emb_params": W}),
        ({768: [{"w": W}, {"w": W + 1}]}, {"768.0.w": W, "768.1.w": W + 1}),
        ({"a": W, "same": W, "part": W[:1], "turned": W.T}, {"a": W, "same": W, "part": W[:1], "turned": W.T}),
    ],
    ids=["bare", "trainer", "averaged", "embedding", "hypernetwork", "shared memory"],
)
def test_weights_are_found_wherever_programs_keep_them(content: Any, wanted: Any) -> None:
    got, _ = weights_of(content)
    assert got.keys() == wanted.keys()
    assert all(torch.equal(got[name], wanted[name]) for name in wanted)
    assert len({tensor.untyped_storage().data_ptr() for tensor in got.values()}) == len(got)


def test_reasons_are_ours() -> None:
    assert reason_of(ValueError("Trying to load unsupported GLOBAL posix.system whose")) == (
        "it asks for posix.system, which is code, not weights"
    )
    assert reason_of(EOFError()) == "it cannot be read (EOFError)"
