"""Flags become settings."""

from __future__ import annotations

import inspect
from dataclasses import fields, replace
from pathlib import Path

import pytest

from graphcore.cli import main
from server.command import serve
from server.settings import ServerSettings


def settings_of(monkeypatch: pytest.MonkeyPatch, *options: str) -> ServerSettings:
    """The settings of a server that was started with these options."""
    found: list[ServerSettings] = []
    monkeypatch.setattr("server.run.run", found.append)
    monkeypatch.setattr("server.logs.configure", lambda _: None)
    with pytest.raises(SystemExit, match="0"):
        main(["serve", *options])
    return found[0]


def test_every_flag_is_a_setting() -> None:
    names = set(inspect.signature(serve).parameters) - {"config"}
    assert names <= {setting.name for setting in fields(ServerSettings)}


def test_flags_that_are_not_given_leave_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings_of(monkeypatch) == ServerSettings()


def test_flags_are_set_as_their_settings_have_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text("port = 1\npreview_size = 128\n")
    options = ["--config", str(file), "--listen", "::1, 127.0.0.1", "--listen", "localhost", "--port", "0"]
    options += ["--max-upload-size", "3", "--disable-metadata", "--base-dir", str(tmp_path), "--device", "cpu"]
    options += ["--models-dir", "/m", "--models-dir", "/n", "--max", "4", "--drain", "--tls-certfile", "c.pem"]
    assert settings_of(monkeypatch, *options) == replace(
        ServerSettings(),
        listen=("::1", "127.0.0.1", "localhost"),
        **{"port": 0, "preview_size": 128, "max_upload": 3 * 2**20, "metadata": False, "base_dir": str(tmp_path)},
        **{"devices": ("cpu",), "models_dir": ("/m", "/n"), "max_workers": 4, "drain": True, "tls_certfile": "c.pem"},
    )


def test_the_names_that_the_field_has_for_flags_mean_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    areas = [part for area in ("input", "output", "temp", "user") for part in (f"--{area}-directory", f"{area}s")]
    more = ["--extra-model-paths-config", "paths.yaml", "--enable-cors-header", "*", "--preview-method", "taesd"]
    options = ["--base-directory", "base", "--database-url", "sqlite:///x.db", *areas, *more]
    assert settings_of(monkeypatch, *options) == ServerSettings(
        **{
            "base_dir": "base",
            "input_dir": "inputs",
            "output_dir": "outputs",
            "temp_dir": "temps",
            "user_dir": "users",
        },
        **{"extra_model_paths": ("paths.yaml",), "cors_origin": "*", "preview_method": "taesd"},
        database="sqlite:///x.db",
    )
