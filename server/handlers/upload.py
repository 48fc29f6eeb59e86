"""`/upload/...`: files for the input folder. Nothing can be seen of an upload before all of it is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import BodyPartReader, web
from aiohttp.http import HttpProcessingError

from server import pictures
from server.answers import json_answer
from server.bodies import BadBody, parse_json
from server.handlers.asking import storage_of
from server.keys import SETTINGS
from server.settings import ServerSettings

LONGEST_FIELD = 64 * 2**10  # bytes of a field that is no file
MOST_FIELDS = 32
YES = ("true", "1")


@dataclass(slots=True)
class Upload:
    """A form that was received: its file, if there is one, lies at `part`."""

    part: Path
    filename: str = ""
    fields: dict[str, str] = field(default_factory=dict)

    @property
    def overwrite(self) -> bool:
        """Whether a file of that name may be replaced."""
        return self.fields.get("overwrite", "").lower() in YES

    @property
    def area(self) -> str:
        """Where the file shall go: input, unless the form says otherwise."""
        return self.fields.get("type") or "input"

    @property
    def subfolder(self) -> str:
        """The folder below."""
        return self.fields.get("subfolder", "")


async def image(request: web.Request) -> web.Response:
    """Keep a file, of whatever kind."""
    async with _received(request) as upload:
        return await asyncio.to_thread(_settle, request, upload)


async def mask(request: web.Request) -> web.Response:
    """Keep a picture with the colours of another one and the alpha of the uploaded one."""
    async with _received(request) as upload:
        if "original_ref" in upload.fields:
            await asyncio.to_thread(_apply, request, upload)
        return await asyncio.to_thread(_settle, request, upload)


def _settle(request: web.Request, upload: Upload) -> web.Response:
    storage = storage_of(request)
    folder = storage.upload_folder(upload.area, upload.subfolder)
    name = storage.settle(upload.part, folder, upload.filename, overwrite=upload.overwrite)
    return json_answer({"name": name, "subfolder": upload.subfolder, "type": upload.area})


def _apply(request: web.Request, upload: Upload) -> None:
    """Replace the uploaded mask by the picture that it is for, masked."""
    settings = request.app[SETTINGS]
    reference = parse_json(upload.fields["original_ref"].encode(), settings.max_depth)
    if not isinstance(reference, dict) or not isinstance(reference.get("filename"), str):
        raise BadBody("'original_ref' should be JSON that names a file: {\"filename\": ...}.")
    area, subfolder = str(reference.get("type") or "output"), str(reference.get("subfolder") or "")
    original = storage_of(request).viewed(reference["filename"], area, subfolder)
    if not original.is_file():
        raise BadBody(f"There is no '{reference['filename']}' to put the mask on.")
    upload.part.write_bytes(pictures.masked(original, upload.part, settings.max_pixels))


@asynccontextmanager
async def _received(request: web.Request) -> AsyncIterator[Upload]:
    """A multipart form whose file was written beside where it will lie. Nothing is left of it if anything fails."""
    if not request.content_type.startswith("multipart/"):
        raise BadBody("Send the file as multipart/form-data, in a field 'image'.")
    upload = Upload(storage_of(request).begin_upload())
    try:
        await _receive(request, upload)
        if not upload.filename:
            raise BadBody("There is no file in the form; send one in a field 'image'.")
        yield upload
    finally:
        upload.part.unlink(missing_ok=True)


async def _receive(request: web.Request, upload: Upload) -> None:
    try:
        form = await request.multipart()
        count = 0
        while (part := await form.next()) is not None:
            count += 1
            if not isinstance(part, BodyPartReader) or count > MOST_FIELDS:
                raise BadBody("The form has parts within parts, or too many of them.")
            if part.name == "image" and part.filename:
                upload.filename = part.filename
                await _write(part, upload.part, request.app[SETTINGS])
            elif part.name is not None:
                upload.fields[part.name] = await _text(part)
    except (ValueError, HttpProcessingError) as error:
        raise BadBody(f"The form cannot be read: {error}.") from None


async def _write(part: BodyPartReader, path: Path, settings: ServerSettings) -> None:
    size = 0
    with path.open("wb") as file:
        while chunk := await _chunk(part, settings.body_seconds):
            size += len(chunk)
            if size > settings.max_upload:
                raise web.HTTPRequestEntityTooLarge(max_size=settings.max_upload, actual_size=size)
            file.write(chunk)


async def _chunk(part: BodyPartReader, seconds: float) -> bytes:
    try:
        return await asyncio.wait_for(part.read_chunk(2**18), seconds)
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="The upload stood still for too long.") from None


async def _text(part: BodyPartReader) -> str:
    body = bytearray()
    while chunk := await part.read_chunk(2**13):
        body += chunk
        if len(body) > LONGEST_FIELD:
            raise BadBody(f"A field of the form is longer than {LONGEST_FIELD} bytes.")
    return body.decode(errors="replace")
