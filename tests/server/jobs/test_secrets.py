"""Secrets are told to nodes alone."""

from __future__ import annotations

from server.jobs.secrets import hide, split

TOKEN = "canary-0123456789"


def test_secrets_are_parted_from_what_may_be_seen() -> None:
    extra = {"auth_token_comfy_org": TOKEN, "api_key_comfy_org": None, "kept": 1}
    assert split(extra) == ({"kept": 1}, {"auth_token_comfy_org": TOKEN})


def test_what_nodes_repeat_is_hidden_wherever_it_stands() -> None:
    told = {"a": [f"Bearer {TOKEN}!", 1, None], TOKEN: ("x", {"b": TOKEN})}
    hidden = hide(told, {"auth_token_comfy_org": TOKEN})
    assert hidden == {"a": ["Bearer [secret]!", 1, None], "[secret]": ["x", {"b": "[secret]"}]}
    assert hide(f"\0\1{TOKEN}".encode(), {"auth_token_comfy_org": TOKEN}) == b"\0\1[secret]"
    assert hide({"a": "is"}, {"api_key_comfy_org": "is"}) == {"a": "is"}
