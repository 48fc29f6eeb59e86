from __future__ import annotations

import pytest

from graphcore.compiling import backend, variable
from graphcore.errors import UserError


def test_the_option_reaches_the_environment() -> None:
    assert variable(None) == variable("") == {}
    assert backend(variable("inductor")) == "inductor"
    assert backend({}) is None


def test_another_name_is_refused() -> None:
    with pytest.raises(UserError, match="--compile-with: 'fast' compiles nothing here; choose inductor or cudagraphs"):
        variable("fast")
    with pytest.raises(UserError, match="GRAPHCORE_COMPILE_WITH in the environment: 'on'"):
        backend({"GRAPHCORE_COMPILE_WITH": "on"})
