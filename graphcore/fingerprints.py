"""Fingerprints: what the result of a node depends on beyond its inputs, asked once a run for the cache key."""

from __future__ import annotations

import inspect
import logging
import math
from collections.abc import Mapping
from typing import Any

from graphcore.errors import GraphcoreError
from graphcore.folders import Folders
from graphcore.node import MISSING, NodeSpec
from graphcore.prompt import is_link
from graphcore.widgets import InputFile, ModelFile

log = logging.getLogger(__name__)


def fingerprints_of(
    prompt: Mapping[str, Mapping[str, Any]], registry: Mapping[str, NodeSpec], folders: Folders
) -> dict[str, Any]:
    """Node id -> fingerprint, for the nodes that have one: their own function's value, the files they name, and for
    output nodes the folder that they save to.

    That of an async change function is an awaitable still; see `settled`.
    """
    found: dict[str, Any] = {}
    for id, node in prompt.items():
        spec = registry.get(node["class_type"])
        if spec is None:
            continue
        files = _files(spec, node["inputs"], folders)
        if spec.output:
            files.append(["saved", str(folders.output)])  # what lies in another folder is not there
        if spec.changed is not None:
            found[id] = _ask_class(id, spec, node)
        elif spec.fingerprint is not None:
            found[id] = [_ask(id, spec, node, folders), files]
        elif files:
            found[id] = files
    return found


def unsettled(fingerprints: Mapping[str, Any]) -> bool:
    """Whether some of the fingerprints are still to be awaited."""
    return any(inspect.isawaitable(value) for value in fingerprints.values())


async def settled(fingerprints: dict[str, Any]) -> dict[str, Any]:
    """The fingerprints, those of async functions awaited."""
    for id, value in fingerprints.items():
        if inspect.isawaitable(value):
            try:
                fingerprints[id] = await value
            except Exception as error:  # noqa: BLE001 - author code, as below
                fingerprints[id] = _unknown(id, error)
    return fingerprints


def _ask_class(id: str, spec: NodeSpec, node: Mapping[str, Any]) -> Any:
    assert spec.changed is not None
    try:
        return spec.changed(spec, id, node)
    except Exception as error:  # noqa: BLE001 - author code, as below
        return _unknown(id, error)


def _unknown(id: str, error: Exception) -> float:
    """The fingerprint of a node whose own function fails: never equal to any, so the node runs anew."""
    kind = type(error).__name__
    log.warning("Node %s: what tells whether it changed failed (%s: %s), so it runs anew.", id, kind, error)
    return math.nan


def _ask(id: str, spec: NodeSpec, node: Mapping[str, Any], folders: Folders) -> Any:
    """The value of the author's function; wires count as None, and one that raises means: always changed."""
    literals = {name: None if is_link(value) else value for name, value in node["inputs"].items()}
    names = spec.fingerprint_inputs
    arguments = literals if names is None else _arguments(names, literals, spec, folders)
    assert spec.fingerprint is not None
    try:
        return spec.fingerprint(**arguments)
    except Exception as error:  # noqa: BLE001 - author code; a fingerprint that fails must not stop the run
        return _unknown(id, error)


def _arguments(names: tuple[str, ...], literals: Mapping[str, Any], spec: NodeSpec, folders: Folders) -> dict[str, Any]:
    """The inputs that the function takes; one that the prompt leaves out has the node's own default."""
    defaults = {name: port.default for name, port in spec.inputs.items()}
    known: dict[str, Any] = {"folders": folders, **defaults, **literals}
    return {name: known[name] for name in names if known[name] is not MISSING}


def _files(spec: NodeSpec, inputs: Mapping[str, Any], folders: Folders) -> list[Any]:
    """Identity of every file that a widget names, see `Folders.identify`."""
    found: list[Any] = []
    for port in spec.file_ports:
        name, widget = port.name, port.widget
        value = inputs.get(name)
        if isinstance(value, str) and isinstance(widget, ModelFile | InputFile):
            try:
                identity = folders.identify(widget.path(value, folders))
            except (GraphcoreError, OSError):
                found.append([name, "absent"])  # the node itself will say so, with its own sentence
            else:
                found.append([name, *identity])
    return found
