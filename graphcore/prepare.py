"""From a workflow in any form to what the engine runs."""

from __future__ import annotations

import logging
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from graphcore.catalogue import Catalogue
from graphcore.errors import Problem
from graphcore.folders import Folders
from graphcore.migrate import migrated
from graphcore.node import NodeSpec
from graphcore.overrides import override
from graphcore.prompt import Prompt
from graphcore.workflow import Client, Workflow

log = logging.getLogger(__name__)
Source = Workflow | Path | str | bytes | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A prompt; what keeps it from running whole; and what pictures that it makes should carry beside it."""

    prompt: Prompt
    problems: list[Problem] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)


def prepare(
    workflow: Source,
    registry: Mapping[str, NodeSpec],
    folders: Folders,
    inputs: Mapping[str, Any] | None = None,
    chance: random.Random | None = None,
) -> Prepared:
    """Convert as a browser does when it queues, and put `inputs` ('NODE.INPUT' -> value) in.

    `chance` picks among {a|b} prompts. Raises WorkflowError for what is no workflow, UserError for inputs that it does
    not have. What had to be guessed is logged as a warning.
    """
    if isinstance(workflow, Mapping) and not isinstance(workflow.get("nodes"), list):
        present = migrated(workflow, registry)
        return Prepared(override(present, registry, inputs) if inputs else present)
    document = workflow if isinstance(workflow, Workflow) else Workflow.load(workflow)
    catalogue = Catalogue(registry, folders)
    document = document.upgraded(registry, catalogue)
    found = document.convert(catalogue, Client(chance or random.Random(), datetime.now()))
    for warning in found.warnings:
        log.warning("%s", warning)
    prompt = override(found.prompt, registry, inputs) if inputs else found.prompt
    if document.form == "prompt":
        return Prepared(prompt, found.problems)
    return Prepared(prompt, found.problems, {"workflow": document.with_values(catalogue, prompt).document})
