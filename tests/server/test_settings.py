"""Where settings come from, and which of them are refused."""

from __future__ import annotations

import stat
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from graphcore.errors import UserError
from server.settings import ServerSettings, is_loopback, load

TOKEN = "t" * 40


def test_flags_come_before_the_environment_and_that_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text('port = 1\npreview_size = 2\nmax_json = 3\ntrusted_hosts = ["a", "b"]\ndrain = true\n')
    environment = {"GRAPHCORE_PORT": "10", "GRAPHCORE_PREVIEW_SIZE": "20", "GRAPHCORE_LISTEN": "::1, 127.0.0.1"}
    found = load({"port": 100, "drain": None}, file=file, environment=environment)
    assert (found.port, found.preview_size, found.max_json, found.drain) == (100, 20, 3, True)
    assert (found.trusted_hosts, found.listen) == (("a", "b"), ("::1", "127.0.0.1"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prot = 1", "there is no setting 'prot'"),
        ("port = 'x'", "'port' should be a number"),
        ("port = true", "'port' should be"),
        ("drain = 'perhaps'", "'drain' should be true or false"),
        ("listen = [1]", "'listen' should be a list of texts"),
        ("token = 5", "'token' should be text"),
        ("port =", "cannot be read"),
    ],
)
def test_wrong_settings_are_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "server.toml"
    file.write_text(text)
    with pytest.raises(UserError, match=said):
        load({}, file=file, environment={})


def test_other_addresses_need_a_token(tmp_path: Path) -> None:
    for listen in (("0.0.0.0",), ("127.0.0.1", "192.168.0.2"), ("::",), ("example.com",)):
        settings = ServerSettings(base_dir=str(tmp_path), listen=listen)
        with pytest.raises(UserError, match="token"):
            settings.checked()
        assert ServerSettings(base_dir=str(tmp_path), listen=listen, token=TOKEN).checked().token == TOKEN
    with pytest.raises(UserError, match="too easy"):
        ServerSettings(base_dir=str(tmp_path), token="short").checked()
    assert ServerSettings(base_dir=str(tmp_path)).checked().token == ""


def test_tokens_are_made_once_and_kept_to_oneself(tmp_path: Path) -> None:
    settings = ServerSettings(base_dir=str(tmp_path), listen=("0.0.0.0",), generate_token=True)
    token = settings.checked().token
    assert len(token) > 40
    assert settings.checked().token == token
    assert stat.S_IMODE((tmp_path / ".graphcore" / "token").stat().st_mode) == 0o600
    file = tmp_path / "file"
    file.write_text(f"{TOKEN}\n")
    assert ServerSettings(base_dir=str(tmp_path), token_file=str(file)).checked().token == TOKEN
    with pytest.raises(UserError, match="--token-file"):
        ServerSettings(base_dir=str(tmp_path), token_file=str(tmp_path / "none")).checked()


def test_workers_are_told_how_much_memory_models_may_take(tmp_path: Path) -> None:
    settings = load({"base_dir": str(tmp_path), "reserve_memory": "1G"}, environment={"GRAPHCORE_MODEL_MEMORY": "4G"})
    told = {"GRAPHCORE_MODEL_MEMORY": "4G", "GRAPHCORE_RESERVE_MEMORY": "1G"}
    assert settings.checked().worker().environment == told
    wrong = load({"base_dir": str(tmp_path), "model_memory": "lots"}, environment={})
    with pytest.raises(UserError, match="--model-memory: 'lots' is no amount of memory"):
        wrong.checked()


def test_workers_are_told_how_samplers_show_what_they_are_at(tmp_path: Path) -> None:
    assert load({"base_dir": str(tmp_path)}).worker().environment == {}
    told = load({"base_dir": str(tmp_path), "preview_method": "none"}).worker().environment
    assert told == {"GRAPHCORE_PREVIEW_METHOD": "none"}
    with pytest.raises(UserError, match="--preview-method should be one of none"):
        load({"base_dir": str(tmp_path), "preview_method": "much"}).checked()


def test_workers_are_told_to_compile(tmp_path: Path) -> None:
    settings = load({"base_dir": str(tmp_path), "compile_with": "inductor"}, environment={})
    assert settings.checked().worker().environment == {"GRAPHCORE_COMPILE_WITH": "inductor"}
    with pytest.raises(UserError, match="--compile-with: 'fast' compiles nothing"):
        load({"base_dir": str(tmp_path), "compile_with": "fast"}, environment={}).checked()


def test_a_base_folder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="--base-dir"):
        ServerSettings(base_dir=str(tmp_path / "none")).checked()


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("0.0.0.0", False),
        ("localhost.evil.example", False),
        ("", False),
        ("2130706433", False),
    ],
)
def test_loopback(host: str, local: bool) -> None:
    assert is_loopback(host) is local


def test_more_workers_at_least_than_at_most_are_refused(tmp_path: Path) -> None:
    ServerSettings(base_dir=str(tmp_path), min_workers=2, max_workers=32).checked()
    with pytest.raises(UserError, match="--min is 1 or more"):
        ServerSettings(base_dir=str(tmp_path), min_workers=3, max_workers=2).checked()


def test_the_file_to_begin_with_has_every_default() -> None:
    file = Path(__file__).parents[2] / "deploy" / "graphcore.toml"
    assert load({}, file=file, environment={}) == ServerSettings()
    named = tomllib.loads(file.read_text(encoding="utf-8"))
    assert named.keys() == {setting.name for setting in fields(ServerSettings)}


def test_workers_elsewhere_find_the_store_of_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert ServerSettings(files="here/files").worker().files == str(tmp_path / "here" / "files")
    assert ServerSettings(files="s3://bucket/x").worker().files == "s3://bucket/x"
    assert ServerSettings().worker().files == ""
