"""The description of `/api/v1` in OpenAPI 3.1, made from routes, handlers' docstrings and `server.documents`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from server.documents import Refusal

H = TypeVar("H", bound=Callable[..., Any])
Schema = dict[str, Any]
PART = re.compile(r"{(\w+)(?::[^}]*)?}")
ALWAYS = (401, 403, 503)  # the guard's, and a store or worker that cannot be used


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something of the query or a header."""

    name: str
    schema: Schema
    what: str
    place: str = "query"


@dataclass(frozen=True, slots=True)
class Operation:
    """What a handler takes and gives. `answer`: a type of `server.documents`, or None for what is no JSON."""

    answer: Any = None
    body: Any = None
    parameters: tuple[Parameter, ...] = ()
    status: tuple[int, ...] = (200,)
    refusals: tuple[int, ...] = ()
    media: str = "application/json"
    body_media: str = "application/json"


OPERATIONS: dict[Callable[..., Any], Operation] = {}


def operation(**facts: Any) -> Callable[[H], H]:
    """Note what a handler takes and gives; see `Operation`."""

    def note(handler: H) -> H:
        OPERATIONS[handler] = Operation(**facts)
        return handler

    return note


def text(name: str, what: str, **more: Any) -> Parameter:
    """A text of the query."""
    return Parameter(name, {"type": "string", **more}, what)


def number(name: str, what: str, **more: Any) -> Parameter:
    """A whole number of the query."""
    return Parameter(name, {"type": "integer", **more}, what)


def document(routes: Iterable[tuple[str, str, Callable[..., Any]]], version: str, *, token: bool) -> Schema:
    """The whole description. pydantic is imported here, as nothing else of the server needs it."""
    schemas = Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for method, path, handler in routes:
        if (facts := OPERATIONS.get(handler)) is not None:
            plain = PART.sub(r"{\1}", path)
            paths.setdefault(plain, {})[method.lower()] = _described(path, handler, facts, schemas)
    described: Schema = {
        "openapi": "3.1.0",
        "info": {"title": "Graphcore", "version": version, "description": "Queue workflows and follow them."},
        "paths": paths,
        "components": {"schemas": schemas.found},
    }
    if token:
        described["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        described["security"] = [{"token": []}]
    return described


@dataclass(slots=True)
class Schemas:
    """The schemas of types, each named once."""

    found: dict[str, Schema] = field(default_factory=dict)

    def of(self, kind: Any) -> Schema:
        """A reference to the schema of a type."""
        from pydantic import TypeAdapter

        schema = TypeAdapter(kind).json_schema(ref_template="#/components/schemas/{model}")
        self.found.update(schema.pop("$defs", {}))
        if "$ref" in schema:
            return schema
        self.found[kind.__name__] = schema
        return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _described(path: str, handler: Callable[..., Any], facts: Operation, schemas: Schemas) -> Schema:
    summary, _, more = (inspect.getdoc(handler) or "").partition("\n\n")
    found: Schema = {
        "operationId": f"{handler.__module__.rpartition('.')[2]}_{handler.__name__}",
        "summary": " ".join(summary.split()),
        "tags": [handler.__module__.rpartition(".")[2]],
        "parameters": [*_of_path(path), *(_parameter(parameter) for parameter in facts.parameters)],
        "responses": _responses(facts, schemas),
    }
    if more:
        found["description"] = more
    if facts.body is not None:
        schema = schemas.of(facts.body) if facts.body is not bytes else {"type": "string", "format": "binary"}
        found["requestBody"] = {"required": True, "content": {facts.body_media: {"schema": schema}}}
    return found


def _responses(facts: Operation, schemas: Schemas) -> Mapping[str, Any]:
    schema = schemas.of(facts.answer) if facts.answer is not None else {"type": "string"}
    fine = {"description": "Done.", "content": {facts.media: {"schema": schema}}}
    refused = {"description": "Refused.", "content": {"application/json": {"schema": schemas.of(Refusal)}}}
    refusals = sorted({*facts.refusals, *ALWAYS})
    return {**{str(status): fine for status in facts.status}, **{str(status): refused for status in refusals}}


def _of_path(path: str) -> list[Schema]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in PART.findall(path)
    ]


def _parameter(parameter: Parameter) -> Schema:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": False,
        "description": parameter.what,
        "schema": parameter.schema,
    }
