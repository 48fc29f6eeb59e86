"""A complete new pack: typed nodes, tests, licence, and the project file that makes it installable."""

from __future__ import annotations

import re
from pathlib import Path

from graphcore.errors import UserError

FILES = {
    "pyproject.toml": """[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "graphcore-@NAME@"
version = "0.1.0"
description = "Nodes for Graphcore."
readme = "README.md"
license = "Apache-2.0"
requires-python = ">=3.11"
dependencies = []

[project.entry-points."graphcore.packs"]
@NAME@ = "@MODULE@:pack"

[tool.hatch.build.targets.wheel]
packages = ["@MODULE@"]

[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["."]
addopts = "--import-mode=importlib"

[tool.mypy]
strict = true
packages = ["@MODULE@"]
""",
    "README.md": """# @NAME@

Nodes for [Graphcore](https://pypi.org/project/graphcore/): *@NAME@/shout* and *@NAME@/brightness*.

Install it with `graphcore packs add PATH_OF_THIS_FOLDER`, or put this folder into `custom_nodes/`. Test it with
`graphcore packs test @NAME@`, or with `pytest` in this folder.
""",
    "LICENSE": """Copyright the authors of @NAME@

Licensed under the Apache License, Version 2.0 (the "License"); you may not use this work except in compliance with the
License. You may obtain a copy of the License at

    http://www.apache.org/licenses/LICENSE-2.0

Unless required by applicable law or agreed to in writing, software distributed under the License is distributed on an
"AS IS" BASIS, WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the License for the specific
language governing permissions and limitations under the License.
""",
    "__init__.py": '''"""Makes this folder a pack in `custom_nodes/`, too: its package is found beside this file."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from @MODULE@ import pack  # noqa: E402

__all__ = ["pack"]
''',
    "@MODULE@/__init__.py": '''"""@NAME@: nodes for Graphcore."""

from .nodes import pack

__all__ = ["pack"]
''',
    "@MODULE@/py.typed": "",
    "@MODULE@/nodes.py": '''"""The nodes. Each is a plain function: call it in a test, wire it in a workflow."""

from __future__ import annotations

from graphcore import Annotated, Image, Pack, Range, Run, Text

pack = Pack("@NAME@", version="0.1.0")


@pack.node(title="Shout", category="@NAME@/text")
def shout(text: Annotated[str, Text(multiline=True)], marks: Annotated[int, Range(0, 10)] = 1) -> str:
    """The text in capitals, with exclamation marks.

    text: what to shout.
    marks: how many marks to put at the end.
    """
    return text.upper() + "!" * marks


@pack.node(title="Brightness", category="@NAME@/image")
def brightness(image: Image, factor: Annotated[float, Range(0, 4, step=0.05)] = 1.2, *, run: Run) -> Image:
    """Pictures [B,H,W,C] in 0..1 made brighter or darker.

    image: the pictures.
    factor: 1 leaves them as they are, 0 is black.
    """
    run.progress(1, 1)
    return (image * factor).clamp(0, 1)
''',
    "tests/conftest.py": '''"""Graphcore's pytest plugin has the fixtures; this says whose nodes they call."""

from collections.abc import Sequence

import pytest
from @MODULE@ import pack
from graphcore import Pack


@pytest.fixture
def packs() -> Sequence[Pack]:
    return [pack]
''',
    "tests/test_nodes.py": '''"""Run by `pytest` in this folder. Most arguments are fixtures of Graphcore's plugin."""

from collections.abc import Callable
from typing import Any

import pytest
from @MODULE@.nodes import shout
from graphcore import InvalidWorkflow
from graphcore.testing import RecordingRun


def test_a_node_is_a_function() -> None:
    assert shout("hello", 2) == "HELLO!!"


def test_a_node_runs_in_a_workflow(run_workflow: Callable[..., Any]) -> None:
    prompt = {"1": {"class_type": "@NAME@/shout", "inputs": {"text": "hi", "marks": 1}}}
    assert run_workflow(prompt, keep=["1"]).result.values["1"] == (["HI!"],)


def test_wrong_inputs_are_refused_before_anything_runs(run_workflow: Callable[..., Any]) -> None:
    with pytest.raises(InvalidWorkflow, match="marks"):
        run_workflow({"1": {"class_type": "@NAME@/shout", "inputs": {"text": "hi", "marks": 11}}}, keep=["1"])


def test_pictures(call: Callable[..., Any], recording_run: RecordingRun) -> None:
    torch = pytest.importorskip("torch")
    picture = torch.full((1, 2, 2, 3), 0.5)
    assert call("@NAME@/brightness", image=picture, factor=3.0).IMAGE.max() == 1
    assert recording_run.steps == [(1, 1)]


@pytest.mark.parametrize("node", ["@NAME@/shout", "@NAME@/brightness"])
def test_old_workflows_still_load(node: str, node_schema: Callable[[str], None]) -> None:
    node_schema(node)
''',
    ".gitignore": "__pycache__/\n*.egg-info/\ndist/\n",
}
NAME = re.compile(r"[a-z][a-z0-9_-]{1,40}")


def write_pack(name: str, folder: Path) -> Path:
    """Write a pack called `name` into `folder`/`name`; where it is. UserError for a name that cannot be one."""
    if not NAME.fullmatch(name):
        raise UserError(f"'{name}' cannot be a pack's name: small letters, digits, - and _, with a letter first.")
    target = folder / name
    if target.exists():
        raise UserError(f"{target} exists already; choose another name, or remove it.")
    module = f"graphcore_{name.replace('-', '_')}"
    for place, text in FILES.items():
        file = target / place.replace("@MODULE@", module)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.replace("@MODULE@", module).replace("@NAME@", name), encoding="utf-8")
    return target
