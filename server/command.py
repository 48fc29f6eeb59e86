"""`graphcore serve`: the options, and a process that serves until it is told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from graphcore.cli.setup import CompileWith, ExtraPaths, InputDir, ModelMemory, ModelsDir, OutputDir, ReserveMemory

Listen = Annotated[
    list[str] | None,
    typer.Option("--listen", metavar="ADDRESS", help="Addresses to bind, 127.0.0.1 by default; others need a token."),
]
Port = Annotated[int | None, typer.Option("--port", help="Port to bind, 8188 by default; 0 takes a free one.")]
Certificate = Annotated[
    Path | None, typer.Option("--tls-certfile", help="Serve https with this certificate, and those it rests on (PEM).")
]
Key = Annotated[Path | None, typer.Option("--tls-keyfile", help="Its key, if that is not in the same file.")]
Token = Annotated[str | None, typer.Option("--token", help="What every request must show; others can see it in `ps`.")]
TokenFile = Annotated[Path | None, typer.Option("--token-file", help="File that holds the token.")]
Generate = Annotated[
    bool | None, typer.Option("--generate-token", help="Make a token, and keep it in .graphcore/token or --token-file.")
]
BaseDir = Annotated[
    Path | None,
    typer.Option(
        "--base-dir", "--base-directory", help="Folder with models/, input/, output/, temp/ and custom_nodes/."
    ),
]
Hosts = Annotated[
    list[str] | None, typer.Option("--trusted-host", metavar="NAME", help="Host name that a proxy passes on.")
]
Origins = Annotated[
    list[str] | None, typer.Option("--trusted-origin", metavar="URL", help="Web site that may use this server.")
]
Cors = Annotated[
    str | None,
    typer.Option(
        "--cors-origin", "--enable-cors-header", metavar="URL", help="Web site that may read answers; * lets all."
    ),
]
MultiUser = Annotated[bool | None, typer.Option("--multi-user", help="Tell users apart by the Comfy-User header.")]
Database = Annotated[
    str | None,
    typer.Option("--database", "--database-url", metavar="URL", help="Job store: sqlite:///FILE or postgresql://..."),
]
TempDir = Annotated[Path | None, typer.Option("--temp-dir", "--temp-directory", help="Folder of previews.")]
UserDir = Annotated[Path | None, typer.Option("--user-dir", "--user-directory", help="Folder of what users keep.")]
Files = Annotated[
    str | None,
    typer.Option("--files", metavar="URL", help="Pass files on through this store: a folder, or s3://BUCKET/PREFIX."),
]
Workers = Annotated[
    str | None,
    typer.Option("--workers", metavar="PLACE", help="Run jobs on ray, which is started, or on ray://HOST:PORT."),
]
MaxWorkers = Annotated[int | None, typer.Option("--max", min=1, help="How many workers on Ray, 2 by default.")]
MinWorkers = Annotated[
    int | None, typer.Option("--min", min=1, help="How many of them live also when there is nothing to do; else all.")
]
Devices = Annotated[
    list[str] | None,
    typer.Option("--device", metavar="NAME", help="cpu or cuda:0, a worker each; by default one for each GPU, or one."),
]
WebDir = Annotated[Path | None, typer.Option("--web-dir", help="Folder of the page that is served at /.")]
MaxUpload = Annotated[
    int | None, typer.Option("--max-upload-size", metavar="MB", help="Largest upload, 100 by default.")
]
PreviewMethod = Annotated[
    str | None, typer.Option("--preview-method", metavar="METHOD", help="none, auto, latent2rgb or taesd.")
]
PreviewSize = Annotated[int | None, typer.Option("--preview-size", help="Longest side of previews, 512 by default.")]
NoMetadata = Annotated[bool | None, typer.Option("--disable-metadata", help="Save pictures without the workflow.")]
Compress = Annotated[
    bool | None,
    typer.Option("--enable-compress-response-body", help="Compress answers of JSON and text, for slow networks."),
]
Drain = Annotated[bool | None, typer.Option("--drain", help="When told to stop, finish all pending jobs first.")]
LogFormat = Annotated[str | None, typer.Option("--log-format", help="text, by default, or json.")]
Reload = Annotated[bool | None, typer.Option("--reload", help="Load packs anew when their files change.")]
NoPacks = Annotated[bool | None, typer.Option("--disable-all-custom-nodes", help="Load no packs from custom_nodes/.")]
Whitelist = Annotated[
    list[str] | None, typer.Option("--whitelist-custom-nodes", metavar="NAME", help="But this one; may be repeated.")
]
Config = Annotated[
    Path | None, typer.Option("--config", help="TOML file of settings; flags and GRAPHCORE_... override it.")
]


def serve(
    listen: Listen = None,
    port: Port = None,
    tls_certfile: Certificate = None,
    tls_keyfile: Key = None,
    token: Token = None,
    token_file: TokenFile = None,
    generate_token: Generate = None,
    trusted_hosts: Hosts = None,
    trusted_origins: Origins = None,
    cors_origin: Cors = None,
    multi_user: MultiUser = None,
    base_dir: BaseDir = None,
    models_dir: ModelsDir = None,
    extra_model_paths: ExtraPaths = None,
    input_dir: InputDir = None,
    output_dir: OutputDir = None,
    temp_dir: TempDir = None,
    user_dir: UserDir = None,
    web_dir: WebDir = None,
    database: Database = None,
    files: Files = None,
    workers: Workers = None,
    max_workers: MaxWorkers = None,
    min_workers: MinWorkers = None,
    devices: Devices = None,
    model_memory: ModelMemory = None,
    reserve_memory: ReserveMemory = None,
    compile_with: CompileWith = None,
    max_upload: MaxUpload = None,
    preview_method: PreviewMethod = None,
    preview_size: PreviewSize = None,
    metadata: NoMetadata = None,
    compress: Compress = None,
    drain: Drain = None,
    log_format: LogFormat = None,
    reload: Reload = None,
    disable_all_custom_nodes: NoPacks = None,
    whitelist_custom_nodes: Whitelist = None,
    config: Config = None,
) -> None:
    """Serve the queue and the API until Ctrl-C; jobs that wait then go on at the next start."""
    _run(dict(locals()))


def _run(flags: dict[str, Any]) -> None:
    """Serve with what was given: the name of each flag is that of its setting, `config` excepted."""
    from server.logs import configure
    from server.run import run
    from server.settings import load

    file = flags.pop("config")
    settings = load({name: _setting(name, value) for name, value in flags.items()}, file=file)
    configure(settings.log_format)
    run(settings)


def _setting(name: str, value: Any) -> Any:
    """A flag as its setting has it; None for one that was not given."""
    if value is None or value == []:
        return None
    match name:
        case "listen":
            return tuple(part.strip() for text in value for part in text.split(","))
        case "max_upload":
            return value * 2**20  # megabytes
        case "metadata":
            return not value  # the flag switches it off
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    return str(value) if isinstance(value, Path) else value


Copy = Annotated[Path, typer.Argument(help="The copy.")]


def backup(file: Copy, base_dir: BaseDir = None, database: Database = None, config: Config = None) -> None:
    """Copy the job store to a file; a server may run meanwhile. The files of jobs lie in output/ and are not copied."""
    from server.backup import back_up

    count = back_up(_database_url(base_dir, database, config), file)
    typer.echo(f"{file} holds {count} jobs.")


def restore(file: Copy, base_dir: BaseDir = None, database: Database = None, config: Config = None) -> None:
    """Put a copy of the job store back; its server must be stopped. What was there is kept as *.replaced."""
    from server.backup import restore as put_back

    count = put_back(_database_url(base_dir, database, config), file)
    typer.echo(f"The store holds {count} jobs again; those that had not ended go on at the next start.")


def _database_url(base_dir: Path | None, database: str | None, config: Path | None) -> str:
    from server.settings import load

    return load({"base_dir": _text(base_dir), "database": database}, file=config).database_url


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path)
