"""A child process keeps its pipes to itself."""

from __future__ import annotations

import subprocess
import sys

CHILD = """
import os, sys
from graphcore.pipes import own_pipes

source, sink = own_pipes()
print("printed")
os.write(1, b"written\\n")
assert sys.stdin.read() == ""
sink.write(b"answer to " + source.read())
sink.flush()
"""


def test_what_other_code_prints_and_reads_does_not_reach_the_pipes() -> None:
    done = subprocess.run([sys.executable, "-c", CHILD], input=b"question", capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == b"answer to question"
    assert sorted(done.stderr.split()) == [b"printed", b"written"]
