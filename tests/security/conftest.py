"""Async tests run here as they do in tests/server."""

from tests.server.conftest import pytest_pyfunc_call as pytest_pyfunc_call
