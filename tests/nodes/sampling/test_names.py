from __future__ import annotations

import pytest

from graphcore.errors import UserError
from nodes.sampling.names import lookup


def test_lookup():
    assert lookup("fruit", "fig", {"fig": 1}) == 1
    with pytest.raises(UserError, match=r"There is no fruit called 'fog'\. Did you mean 'fig'\?"):
        lookup("fruit", "fog", {"fig": 1, "plum": 2})
    with pytest.raises(UserError, match="Choose one of: fig, plum"):
        lookup("fruit", "xyz", {"fig": 1, "plum": 2})
