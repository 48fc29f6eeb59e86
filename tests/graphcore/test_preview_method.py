"""How samplers show what they are at, as it is set."""

from __future__ import annotations

import pytest

from graphcore.errors import UserError
from graphcore.preview_method import SETTING, PreviewMethod, preview_method, variable


def test_it_is_automatic_until_it_is_set() -> None:
    assert preview_method({}) is preview_method({SETTING: ""}) is PreviewMethod.AUTO
    assert preview_method({SETTING: "latent2rgb"}) is PreviewMethod.LATENT2RGB


def test_the_option_reaches_the_environment() -> None:
    assert variable("") == {}
    assert preview_method(variable("taesd")) is PreviewMethod.TAESD


def test_a_word_that_is_no_method_is_named_with_its_source() -> None:
    with pytest.raises(UserError, match="--preview-method should be one of none, auto, latent2rgb, taesd, not 'best'"):
        variable("best")
    with pytest.raises(UserError, match=SETTING):
        preview_method({SETTING: "best"})
