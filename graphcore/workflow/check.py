"""Everything that keeps a workflow from running here: broken parts, missing packs, missing models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from graphcore.errors import Problem, UserError
from graphcore.folders import Folders
from graphcore.node import NodeSpec
from graphcore.validate import validate
from graphcore.workflow.catalogue import Catalogue
from graphcore.workflow.document import Workflow
from graphcore.workflow.editor import graphs_of


@dataclass(frozen=True, slots=True)
class MissingModel:
    """A model that the file names and this machine lacks; `url` says where the author got it, if the file tells."""

    name: str
    directory: str
    url: str = ""

    def __str__(self) -> str:
        source = f"; download it from {self.url}" if self.url else ""
        return f"Model '{self.name}' is missing from models/{self.directory}{source}."


@dataclass(frozen=True, slots=True)
class Report:
    """`problems` keep it from running; `warnings` do not. `packs` and `models` are what to install."""

    problems: list[Problem]
    warnings: list[Problem]
    packs: list[str]
    models: list[MissingModel]

    @property
    def sound(self) -> bool:
        """Whether the workflow can run as it is."""
        return not self.problems

    def as_dict(self) -> dict[str, Any]:
        """The report as JSON data."""
        return {
            "sound": self.sound,
            "problems": [asdict(problem) for problem in self.problems],
            "warnings": [asdict(problem) for problem in self.warnings],
            "missing_packs": self.packs,
            "missing_models": [asdict(model) for model in self.models],
        }


def check(
    workflow: Workflow,
    catalogue: Mapping[str, Any] | Catalogue,
    registry: Mapping[str, NodeSpec] | None,
    folders: Folders,
) -> Report:
    """Check a workflow against the nodes of `registry` and the models in `folders`.

    With a foreign `catalogue` and no registry, only what can be told from the catalogue is checked.
    """
    try:
        workflow = workflow if registry is None else workflow.upgraded(registry, catalogue)
        conversion = workflow.convert(catalogue)
    except UserError as error:
        return Report([Problem("unreadable_workflow", str(error))], [], [], [])
    problems = list(conversion.problems)
    if registry is not None:
        reported = {(problem.code, problem.node) for problem in problems}
        found = validate(conversion.prompt, registry, folders).problems
        problems += [problem for problem in found if (problem.code, problem.node) not in reported]
    packs = {str(problem.extra["pack"]) for problem in problems if problem.extra.get("pack")}
    models = list(_missing_models(workflow, folders)) if registry is not None else []
    return Report(problems, conversion.warnings, sorted(packs), models)


def _missing_models(workflow: Workflow, folders: Folders) -> Iterator[MissingModel]:
    """The models that an editor file hints at (name, folder, address) and that are in none of the folders."""
    if workflow.form != "editor":
        return
    seen: set[tuple[str, str]] = set()
    for graph in graphs_of(workflow.document):
        for hint in _hints(graph):
            name, directory = str(hint.get("name") or ""), str(hint.get("directory") or "")
            if name and directory and (name, directory) not in seen:
                seen.add((name, directory))
                if name not in folders.names(directory):
                    yield MissingModel(name, directory, str(hint.get("url") or ""))


def _hints(graph: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    nodes = graph.get("nodes")
    owners = (
        [graph, *(node.get("properties") for node in nodes if isinstance(node, dict))]
        if isinstance(nodes, list)
        else [graph]
    )
    for owner in owners:
        models = owner.get("models") if isinstance(owner, dict) else None
        yield from (hint for hint in models if isinstance(hint, dict)) if isinstance(models, list) else ()
