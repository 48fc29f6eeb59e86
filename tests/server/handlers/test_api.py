"""The API answers as its description says, whatever it is sent: schemathesis makes up requests from the description."""

from __future__ import annotations

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
ENDLESS = "/api/v1/events"  # a stream, whose answer never ends


def examine(url: str, examples: int) -> None:
    """Send every operation so many requests, sound and odd ones, and check the answers."""
    schema = schemathesis.openapi.from_url(f"{url}/api/v1/openapi.json").exclude(path=ENDLESS)
    operations = [found.ok() for found in schema.get_all_operations()]
    assert len(operations) > 25
    with requests.Session() as session:
        for operation in operations:
            _examine(operation, session, examples)


def _examine(operation: schemathesis.schemas.APIOperation, session: requests.Session, examples: int) -> None:
    @given(case=operation.as_strategy())
    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(session=session, checks=CHECKS, timeout=60)

    ask()


def test_the_api_is_as_it_is_described(url: str) -> None:
    examine(url, 10)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_the_api_is_as_it_is_described_at_length(url: str) -> None:
    examine(url, 300)
