"""How a server is set up: flags over environment (`GRAPHCORE_PORT`, ...) over a TOML file over defaults."""

from __future__ import annotations

import dataclasses
import os
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any, get_type_hints

from graphcore import compiling, preview_method
from graphcore.errors import UserError
from graphcore.folders import Folders
from graphcore.model_memory import variables
from server.accounts import Accounts
from server.atomic import write_atomically
from server.workers.settings import WorkerSettings

PREFIX = "GRAPHCORE_"
SHORTEST_TOKEN = 16  # characters
STATE = ".graphcore"  # folder below the base dir: jobs, catalogues, the generated token


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """Everything that can be set. Lists come as comma-separated text from the environment.

    `listen`: addresses to bind. `port`: 0 takes a free one. `tls_certfile`, `tls_keyfile`: PEM files, for https; the
    key may be in the certificate's file. `token`: what every request must show; needed where `listen` is not loopback.
    `token_file`: where it is read from instead, or written to if `generate_token`.
    `trusted_hosts`, `trusted_origins`: Host names and Origins (`https://ui.example.com`) beside our own.
    `cors_origin`: the one Origin that browsers may let read answers, or `*`. `database`: URL of the job store.
    `workers`: where jobs run, here or on `ray` (which is started) or `ray://HOST:PORT`; `max_workers`: how many there,
    of which `min_workers` live also when there is nothing to do (0: all).
    `files`: URL of the store through which servers and workers pass files on; without one they share their folders.
    `devices`: what workers compute on, one worker each: auto, cpu, cuda:0, ...
    `model_memory`, `reserve_memory`: what models may take of each device, and what others keep of it, such as 6G.
    `preview_method`: none, auto, latent2rgb or taesd for samplers' previews; '' is auto, but only for clients that say
    that they know previews. `preview_size`: their longest side in pixels.
    `compile_with`: what networks are compiled by, nothing if empty.
    `max_upload`, `max_json`: bytes of a body. `max_depth`: of nested JSON. `max_nodes`: of a prompt. `max_pixels`: of a
    picture that is re-encoded. `max_sockets`: open at once. `max_queue`, `max_history`: jobs that wait or run, and
    those that have ended and are kept. `body_seconds`: for a request to arrive.
    `compress`: answers of JSON and text, for clients that take that; it costs time, so it is for slow networks.
    `log_format`: text or json, a line an object with the ids of job and node.
    `grace`: seconds that running jobs get when the server stops; `drain`: it finishes all pending ones first.
    """

    listen: tuple[str, ...] = ("127.0.0.1",)
    port: int = 8188
    tls_certfile: str = ""
    tls_keyfile: str = ""
    token: str = ""
    token_file: str = ""
    generate_token: bool = False
    trusted_hosts: tuple[str, ...] = ()
    trusted_origins: tuple[str, ...] = ()
    cors_origin: str = ""
    multi_user: bool = False
    base_dir: str = "."
    models_dir: tuple[str, ...] = ()
    extra_model_paths: tuple[str, ...] = ()
    input_dir: str = ""
    output_dir: str = ""
    temp_dir: str = ""
    user_dir: str = ""
    web_dir: str = ""
    packs: tuple[str, ...] = ()
    installed_packs: bool = True
    metadata: bool = True
    preview_method: str = ""
    preview_size: int = 512
    database: str = ""
    files: str = ""
    workers: str = ""
    max_workers: int = 2
    min_workers: int = 0
    devices: tuple[str, ...] = ("auto",)
    model_memory: str = ""
    reserve_memory: str = ""
    compile_with: str = ""
    max_upload: int = 100 * 2**20
    max_json: int = 32 * 2**20
    max_depth: int = 128
    max_nodes: int = 50_000
    max_pixels: int = 2**27
    max_sockets: int = 1_000
    max_queue: int = 50_000
    max_history: int = 10_000
    body_seconds: float = 60.0
    compress: bool = False
    grace: float = 10.0
    drain: bool = False
    log_format: str = "text"
    reload: bool = False
    disable_all_custom_nodes: bool = False
    whitelist_custom_nodes: tuple[str, ...] = ()

    @property
    def state(self) -> Path:
        """Where the server keeps what it must remember."""
        return Path(self.base_dir).absolute() / STATE

    @property
    def database_url(self) -> str:
        """The job store."""
        return self.database or f"sqlite:///{self.state / 'jobs.db'}"

    @property
    def accounts_file(self) -> Path:
        """Where the hashes of users' tokens are."""
        return self.state / "tokens.json"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach the server."""
        return all(is_loopback(host) for host in self.listen)

    def worker(self) -> WorkerSettings:
        """What a worker is told."""
        base = Path(self.base_dir).absolute()
        own = base / "extra_model_paths.yaml"
        return WorkerSettings(
            base=str(base),
            models=[*self.models_dir, str(base / "models")],
            model_paths=[*([str(own)] if own.is_file() else []), *self.extra_model_paths],
            input=self.input_dir or None,
            output=self.output_dir or None,
            temp=self.temp_dir or None,
            user=self.user_dir or None,
            packs=self.packs,
            installed=self.installed_packs,
            metadata=self.metadata,
            several=True,
            preview_size=self.preview_size,
            environment=self._environment(),
            reload=self.reload,
            log_format=self.log_format,
            files=str(Path(self.files).absolute()) if self.files and "://" not in self.files else self.files,
            only_packs=self.whitelist_custom_nodes if self.disable_all_custom_nodes else None,
        )

    def _environment(self) -> dict[str, str]:
        """What the worker's process is told by its environment. UserError names the option that is wrong."""
        return {
            **variables(self.model_memory, self.reserve_memory),
            **compiling.variable(self.compile_with),
            **preview_method.variable(self.preview_method),
        }

    def folders(self) -> Folders:
        """Where files are, for the server as for its workers."""
        return self.worker().folders()

    def checked(self) -> ServerSettings:
        """These settings with their token found. UserError for what cannot or must not be served."""
        if not Path(self.base_dir).is_dir():
            raise UserError(
                f"There is no folder {Path(self.base_dir).absolute()}; create it, or name another with --base-dir."
            )
        if not 0 <= self.min_workers <= self.max_workers or self.max_workers < 1:
            raise UserError(
                f"There cannot be {self.min_workers} to {self.max_workers} workers; --min is 1 or more, --max no less."
            )
        if self.log_format not in ("text", "json"):
            raise UserError(f"'log_format' should be text or json, not '{self.log_format}'.")
        if self.tls_keyfile and not self.tls_certfile:
            raise UserError("A key for https needs its certificate: name its file with --tls-certfile.")
        self._environment()
        found = dataclasses.replace(self, token=self.token or self._token_of_file())
        if not found.token and not found.is_local and not Accounts(self.accounts_file).all():
            raise UserError(
                f"Listening on {', '.join(self.listen)} lets others in. Give them a token to show: --token-file FILE,"
                " GRAPHCORE_TOKEN, or --generate-token; `graphcore tokens --add NAME` makes one for each user."
            )
        if found.token and len(found.token) < SHORTEST_TOKEN:
            raise UserError(f"The token is too easy to guess; use {SHORTEST_TOKEN} characters or more.")
        return found

    def _token_of_file(self) -> str:
        file = Path(self.token_file) if self.token_file else self.state / "token"
        if not self.token_file and not self.generate_token:
            return ""
        try:
            if self.generate_token and not file.exists():
                write_atomically(file, f"{secrets.token_urlsafe(32)}\n".encode(), 0o600)
            return file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise UserError(
                f"The token cannot be read from {file}, or written to it: {error}. Check --token-file."
            ) from None


def load(
    flags: Mapping[str, Any], *, file: Path | None = None, environment: Mapping[str, str] = os.environ
) -> ServerSettings:
    """The settings; flags that are None were not given. UserError names what is wrong, and where it stands."""
    values = _from_file(file) if file is not None else {}
    values |= _from_environment(environment)
    values |= {name: value for name, value in flags.items() if value is not None}
    return ServerSettings(**values)


def _from_file(file: Path) -> dict[str, Any]:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"The settings in {file} cannot be read: {error}.") from None
    return {name: _converted(name, value, str(file)) for name, value in document.items()}


def _from_environment(environment: Mapping[str, str]) -> dict[str, Any]:
    names = get_type_hints(ServerSettings)
    found = {name: environment.get(PREFIX + name.upper()) for name in names}
    return {
        name: _converted(name, text, PREFIX + name.upper()) for name, text in found.items() if text not in (None, "")
    }


def _converted(name: str, value: Any, source: str) -> Any:
    """A value of the type that the setting has."""
    kind = get_type_hints(ServerSettings).get(name)
    if kind is None:
        raise UserError(f"{source}: there is no setting '{name}'; `graphcore serve --help` lists them.")
    if kind == tuple[str, ...]:
        parts = value.split(",") if isinstance(value, str) else value
        if isinstance(parts, list) and all(isinstance(part, str) for part in parts):
            return tuple(part.strip() for part in parts if part.strip())
    elif kind is bool and isinstance(value, str) and value.lower() in BOOLEANS:
        return BOOLEANS[value.lower()]
    elif kind in (int, float) and not isinstance(value, bool):
        try:
            return kind(value)
        except (TypeError, ValueError):
            raise UserError(f"{source}: '{name}' should be a number, not {value!r}.") from None
    elif isinstance(value, kind) and isinstance(value, bool) is (kind is bool):
        return value
    raise UserError(f"{source}: '{name}' should be {_in_words(kind)}, not {value!r}.")


BOOLEANS = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}


def _in_words(kind: Any) -> str:
    return {bool: "true or false", str: "text", int: "a number", float: "a number"}.get(kind, "a list of texts")


def is_loopback(host: str) -> bool:
    """Whether an address, or a name that stands for one by standard, never leaves this machine."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
