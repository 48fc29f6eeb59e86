"""Workflow files: one workflow, wherever it is and whichever form it has."""

from graphcore.workflow.convert import Conversion, to_prompt
from graphcore.workflow.document import Workflow
from graphcore.workflow.queued import Client

__all__ = ["Client", "Conversion", "Workflow", "to_prompt"]
