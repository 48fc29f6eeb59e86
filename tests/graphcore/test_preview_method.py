"""How samplers show what they are at, as it is set."""

from __future__ import annotations

import pytest

from graphcore.errors import UserError
from graphcore.preview_method import VARIABLE, PreviewMethod, method_of, preview_method


def test_it_is_automatic_until_it_is_set() -> None:
    assert preview_method({}) is preview_method({VARIABLE: ""}) is PreviewMethod.AUTO
    assert preview_method({VARIABLE: "latent2rgb"}) is PreviewMethod.LATENT2RGB


def test_a_word_that_is_no_method_is_named_with_its_source() -> None:
    with pytest.raises(UserError, match="--preview-method should be one of none, auto, latent2rgb, taesd, not 'best'"):
        method_of("best", "--preview-method")
    with pytest.raises(UserError, match=VARIABLE):
        preview_method({VARIABLE: "best"})
