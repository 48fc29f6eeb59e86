"""Graphcore: a node-graph workflow engine. Pack authors import everything they need from here.

What runs workflows (`Engine`, `Workflow`, `run`) is imported when it is first asked for: a pack that only declares
nodes does not pay for it.
"""

import importlib
from typing import TYPE_CHECKING, Annotated, Any

from graphcore.errors import (
    Cancelled,
    DeclarationError,
    GraphcoreError,
    InvalidWorkflow,
    ModelError,
    NodeFailed,
    OutOfMemory,
    Problem,
    RunError,
    UserError,
    WorkflowError,
)
from graphcore.expand import Expansion, GraphBuilder
from graphcore.folders import Folders
from graphcore.job import CancelToken, Run
from graphcore.node import Blocker, NodeSpec
from graphcore.pack import API_VERSION, Pack, Registry
from graphcore.sockets import (
    Audio,
    Clip,
    ClipVision,
    ClipVisionOutput,
    Conditioning,
    ControlNet,
    Expand,
    Gligen,
    Guider,
    Image,
    Latent,
    LatentOperation,
    Lazy,
    Many,
    Mask,
    Model,
    Noise,
    Sampler,
    Sigmas,
    Socket,
    StyleModel,
    UpscaleModel,
    Vae,
    Video,
)
from graphcore.widgets import Choice, InputFile, ModelFile, Range, Seed, Text, Toggle, Wire

if TYPE_CHECKING:
    from graphcore.engine import Engine, Result, run
    from graphcore.workflow import Workflow

__version__ = "0.1.0"

_LATE = {
    "Engine": "graphcore.engine",
    "Result": "graphcore.engine",
    "Workflow": "graphcore.workflow",
    "run": "graphcore.engine",
}


def __getattr__(name: str) -> Any:
    if name not in _LATE:
        raise AttributeError(f"module 'graphcore' has no attribute '{name}'")
    return getattr(importlib.import_module(_LATE[name]), name)


__all__ = [
    "API_VERSION",
    "Annotated",
    "Audio",
    "Blocker",
    "CancelToken",
    "Cancelled",
    "Choice",
    "Clip",
    "ClipVision",
    "ClipVisionOutput",
    "Conditioning",
    "ControlNet",
    "DeclarationError",
    "Engine",
    "Expand",
    "Expansion",
    "Folders",
    "Gligen",
    "GraphBuilder",
    "GraphcoreError",
    "Guider",
    "Image",
    "InputFile",
    "InvalidWorkflow",
    "Latent",
    "LatentOperation",
    "Lazy",
    "Many",
    "Mask",
    "Model",
    "ModelError",
    "ModelFile",
    "NodeFailed",
    "NodeSpec",
    "Noise",
    "OutOfMemory",
    "Pack",
    "Problem",
    "Range",
    "Registry",
    "Result",
    "Run",
    "RunError",
    "Sampler",
    "Seed",
    "Sigmas",
    "Socket",
    "StyleModel",
    "Text",
    "Toggle",
    "UpscaleModel",
    "UserError",
    "Vae",
    "Video",
    "Wire",
    "Workflow",
    "WorkflowError",
    "run",
]
