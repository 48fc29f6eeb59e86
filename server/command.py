"""`graphcore serve`: the options, and a process that serves until it is told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from graphcore.cli.setup import ExtraPaths, InputDir, ModelMemory, ModelsDir, OutputDir, ReserveMemory

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
    Path | None, typer.Option("--base-dir", help="Folder with models/, input/, output/, temp/ and custom_nodes/.")
]
Hosts = Annotated[
    list[str] | None, typer.Option("--trusted-host", metavar="NAME", help="Host name that a proxy passes on.")
]
Origins = Annotated[
    list[str] | None, typer.Option("--trusted-origin", metavar="URL", help="Web site that may use this server.")
]
Cors = Annotated[
    str | None, typer.Option("--cors-origin", metavar="URL", help="Web site that may read answers; * lets all.")
]
MultiUser = Annotated[bool | None, typer.Option("--multi-user", help="Tell users apart by the Comfy-User header.")]
Database = Annotated[
    str | None, typer.Option("--database", metavar="URL", help="Job store: sqlite:///FILE or postgresql://...")
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
    trusted_host: Hosts = None,
    trusted_origin: Origins = None,
    cors_origin: Cors = None,
    multi_user: MultiUser = None,
    base_dir: BaseDir = None,
    models_dir: ModelsDir = None,
    extra_model_paths: ExtraPaths = None,
    input_dir: InputDir = None,
    output_dir: OutputDir = None,
    web_dir: WebDir = None,
    database: Database = None,
    workers: Workers = None,
    max_workers: MaxWorkers = None,
    min_workers: MinWorkers = None,
    device: Devices = None,
    model_memory: ModelMemory = None,
    reserve_memory: ReserveMemory = None,
    max_upload_size: MaxUpload = None,
    preview_size: PreviewSize = None,
    no_metadata: NoMetadata = None,
    compress: Compress = None,
    drain: Drain = None,
    log_format: LogFormat = None,
    reload: Reload = None,
    disable_all_custom_nodes: NoPacks = None,
    whitelist_custom_nodes: Whitelist = None,
    config: Config = None,
) -> None:
    """Serve the queue and the API until Ctrl-C; jobs that wait then go on at the next start."""
    flags = {
        "listen": _texts([part for text in listen or [] for part in text.split(",")]),
        "port": port,
        **{"tls_certfile": _text(tls_certfile), "tls_keyfile": _text(tls_keyfile)},
        "token": token,
        "token_file": _text(token_file),
        "generate_token": generate_token,
        "trusted_hosts": _texts(trusted_host),
        "trusted_origins": _texts(trusted_origin),
        "cors_origin": cors_origin,
        **{"multi_user": multi_user, "base_dir": _text(base_dir)},
        "models_dir": _texts(models_dir),
        "extra_model_paths": _texts(extra_model_paths),
        **{"input_dir": _text(input_dir), "output_dir": _text(output_dir), "web_dir": _text(web_dir)},
        "database": database,
        **{"workers": workers, "max_workers": max_workers, "min_workers": min_workers},
        "devices": _texts(device),
        **{"model_memory": model_memory, "reserve_memory": reserve_memory},
        **{"max_upload": None if max_upload_size is None else max_upload_size * 2**20, "preview_size": preview_size},
        "metadata": False if no_metadata else None,
        **{"compress": compress, "drain": drain, "log_format": log_format, "reload": reload},
        **{
            "disable_all_custom_nodes": disable_all_custom_nodes,
            "whitelist_custom_nodes": _texts(whitelist_custom_nodes),
        },
    }
    _run(flags, config)


def _run(flags: dict[str, Any], config: Path | None) -> None:
    from server.logs import configure
    from server.run import run
    from server.settings import load

    settings = load(flags, file=config)
    configure(settings.log_format)
    run(settings)


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


def _texts(items: list[str] | list[Path] | None) -> tuple[str, ...] | None:
    return tuple(str(item) for item in items) if items else None
