"""The documents name what there is."""

from __future__ import annotations

import doctest
import re
import tomllib
from pathlib import Path

import pytest
import typer.main

from graphcore.cli import app as command_line
from graphcore.cli.app import app
from graphcore.engine import Engine
from graphcore.pack import Registry


def commands() -> dict[str, set[str]]:
    """Command -> its long options."""
    command_line._register([])
    group = typer.main.get_command(app)
    return {
        name: {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        for name, command in group.commands.items()  # type: ignore[attr-defined]
    }


def test_the_page_of_the_command_line_names_every_command_and_option_of_run() -> None:
    page = Path("docs/cli.md").read_text()
    assert [name for name in commands() if f"graphcore {name}" not in page] == []
    assert [option for option in commands()["run"] if option not in page] == []


def test_the_page_of_the_command_line_names_nothing_that_does_not_exist() -> None:
    named = set(re.findall(r"graphcore ([a-z][a-z-]*)", Path("docs/cli.md").read_text()))
    # what the project declares counts, whether or not this installation was renewed since
    points = tomllib.loads(Path("pyproject.toml").read_text())["project"]["entry-points"]["graphcore.commands"]
    assert named - set(commands()) - set(points) == set()


@pytest.mark.parametrize("page", [Path("README.md"), *Path("docs").glob("*.md")], ids=str)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_architecture_page_names_every_file_of_the_engine() -> None:
    page = Path("docs/architecture.md").read_text()
    files = [file.name for file in Path("graphcore").glob("*.py") if not file.name.startswith("__")]
    assert [name for name in files if f"`{name}`" not in page] == []


def test_the_examples_of_the_page_on_python_are_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Path("docs/python.md").read_text()
    monkeypatch.chdir(tmp_path)
    examples = doctest.DocTestParser().get_doctest(page, {}, "docs/python.md", "docs/python.md", 0)
    assert len(examples.examples) > 15
    told: list[str] = []
    doctest.DocTestRunner(verbose=False).run(examples, out=told.append)
    assert told == []


def test_the_code_of_the_page_on_nodes_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", Path("docs/nodes.md").read_text(), flags=re.DOTALL)
    names: dict[str, object] = {}
    for block in blocks:
        exec(compile(block, "docs/nodes.md", "exec", dont_inherit=True), names)
    import torch

    engine = Engine(Registry(names["pack"]))  # type: ignore[arg-type]
    prompt = {"1": {"class_type": "film/repeat", "inputs": {"image": {"__value__": 0}, "times": 2}}}
    assert engine.check(prompt, keep=["1"]).problems[0].code == "invalid_input_type"
    picture = torch.full((2, 4, 4, 3), 0.5)
    assert len(names["frames"](picture)) == 2  # type: ignore[operator]
