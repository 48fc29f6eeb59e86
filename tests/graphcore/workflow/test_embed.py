from __future__ import annotations

import contextlib
import io
import json
import math
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from graphcore.errors import WorkflowError
from graphcore.workflow import Workflow
from graphcore.workflow.embed import png_with_texts, read_texts, texts_to_embed
from graphcore.workflow.metadata.reader import Reader
from tests.graphcore.workflow import containers

CARRIERS = sorted(containers.FILES)


@pytest.mark.parametrize("kind", CARRIERS)
def test_P032_reads_prompt_and_workflow_from(kind: str) -> None:
    workflow = Workflow.load(containers.FILES[kind])
    expected = containers.SMALL["prompt"] if kind == "jpeg" else containers.TEXTS["prompt"]
    assert workflow.form == "editor"
    assert workflow.document == containers.WORKFLOW
    assert workflow.prompt({}) == json.loads(expected)


@pytest.mark.parametrize("kind", CARRIERS)
def test_saving_gives_the_embedded_text_back(kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"picture.{kind}"
    file.write_bytes(containers.FILES[kind])
    Workflow.load(file).save(tmp_path / "out.json")
    assert (tmp_path / "out.json").read_text() == containers.TEXTS["workflow"]


@pytest.mark.parametrize("format", ["png", "webp", "jpeg", "avif"])
def test_P032_reads_what_an_imaging_library_wrote(format: str) -> None:
    picture, file = Image.new("RGB", (8, 8)), io.BytesIO()
    tags = picture.getexif()
    tags[0x0110], tags[0x010F] = f"prompt:{containers.SMALL['prompt']}", f"workflow:{containers.SMALL['workflow']}"
    picture.save(file, format, exif=tags)
    workflow = Workflow.load(file.getvalue())
    assert workflow.document == containers.WORKFLOW
    assert workflow.prompt({}) == json.loads(containers.SMALL["prompt"])


def test_capital_keys_count() -> None:
    file = containers.webp({"Workflow": containers.TEXTS["workflow"], "Prompt": containers.SMALL["prompt"]})
    assert Workflow.load(file).document == containers.WORKFLOW


def test_comments_with_both_forms_count() -> None:
    both = json.dumps({"prompt": containers.PROMPT, "workflow": containers.WORKFLOW})
    block = b"Exif\0\0" + containers.exif_comment(json.dumps({"workflow": containers.WORKFLOW}))
    jpeg = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(block) + 2) + block + b"\xff\xd9"
    assert Workflow.load(containers.mp4({"comment": both})).prompt({}) == containers.PROMPT
    assert Workflow.load(jpeg).document == containers.WORKFLOW


def test_P033_written_pictures_open_and_read_back() -> None:
    plain = io.BytesIO()
    Image.new("RGB", (3, 2), (9, 8, 7)).save(plain, "png")
    texts = texts_to_embed(containers.PROMPT, {"workflow": containers.WORKFLOW})
    once = png_with_texts(plain.getvalue(), {"prompt": "old", "note": "kept"})
    written = png_with_texts(once, texts)
    with Image.open(io.BytesIO(written)) as picture:
        assert picture.getpixel((1, 1)) == (9, 8, 7)
        assert picture.text == {**texts, "note": "kept"}
    assert all(text.isascii() for text in texts.values())
    assert written.index(b"tEXt") < written.index(b"IDAT")
    assert Workflow.load(written).prompt({}) == containers.PROMPT


def test_P034_disabled_metadata_writes_none() -> None:
    assert texts_to_embed(containers.PROMPT, {"workflow": containers.WORKFLOW}, disabled=True) == {}


def test_P035_embedded_prompt_is_free_of_fingerprints_and_nan() -> None:
    prompt = {"1": {"class_type": "A", "inputs": {"x": math.nan, "y": [1.0, -math.inf]}, "is_changed": [math.nan]}}
    text = texts_to_embed(prompt)["prompt"]
    assert json.loads(text) == {"1": {"class_type": "A", "inputs": {"x": None, "y": [1.0, None]}}}


def test_fingerprints_are_stripped_when_read() -> None:
    prompt = '{"1": {"class_type": "A", "inputs": {}, "is_changed": [NaN]}}'
    assert Workflow.load(containers.png({"prompt": prompt})).prompt({}) == {"1": {"class_type": "A", "inputs": {}}}


def test_only_sound_png_files_can_be_written_into() -> None:
    with pytest.raises(WorkflowError, match="damaged"):
        png_with_texts(b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 1 << 30) + b"tEXtnote\0text", {})
    with pytest.raises(WorkflowError, match="not a PNG"):
        png_with_texts(b"GIF89a", {})


@pytest.mark.parametrize("kind", CARRIERS)
def test_truncated_files_give_what_is_there_or_a_sentence(kind: str) -> None:
    file = containers.FILES[kind]
    for end in range(0, len(file), max(1, len(file) // 60)):
        with contextlib.suppress(WorkflowError):
            assert Workflow.load(file[:end]).document


def test_a_compression_bomb_is_refused() -> None:
    bomb = containers.png({"workflow": " " * (17 << 20)}, "zTXt")
    with pytest.raises(WorkflowError, match="carries no workflow"):
        Workflow.load(bomb)


def many_compressed_texts() -> bytes:
    one = containers.png({"workflow": " " * (15 << 20)}, "zTXt")
    chunk = one[one.index(b"zTXt") - 4 : one.index(b"IDAT") - 4]
    return one[: one.index(b"zTXt") - 4] + chunk * 500 + one[one.index(b"IDAT") - 4 :]


def many_tags_on_one_text() -> bytes:
    text = b"x" * (8 << 20)
    entries = b"".join(struct.pack("<HHII", 0x110, 2, len(text), 8 + 2 + 12 * 60_000) for _ in range(60_000))
    block = b"II*\0" + struct.pack("<IH", 8, 60_000) + entries + text
    return b"RIFF\0\0\0\0WEBPEXIF" + struct.pack("<I", len(block)) + block


def many_streams() -> bytes:
    page = b"OggS\0\0" + b"\0" * 8 + b"%s" + b"\0" * 8 + b"\1\0"
    return b"".join(page.replace(b"%s", struct.pack(">I", i)) for i in range(200_000))


def many_empty_segments() -> bytes:
    page = b"OggS\0\0" + b"\0" * 8 + b"\0\0\0\1" + b"\0" * 8 + b"\xff" + b"\xff" + b"\0" * 254
    return page.replace(b"\xff\xff", b"\xff\0", 1) + b"OggS" * 10


def many_boxes() -> bytes:
    return containers.box(b"ftyp", b"isom") + containers.box(b"moov", containers.box(b"free", b"") * 400_000)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "bomb", [many_compressed_texts, many_tags_on_one_text, many_streams, many_empty_segments, many_boxes]
)
def test_files_made_to_keep_a_reader_busy_are_given_up(bomb: Callable[[], bytes]) -> None:
    with pytest.raises(WorkflowError, match=r"carries no workflow|damaged"):
        Workflow.load(bomb())


def test_lengths_are_not_believed() -> None:
    lying = containers.FILES["png-text"][:8] + b"\xff\xff\xff\xfftEXt" + b"workflow\0{}"
    with pytest.raises(WorkflowError, match="carries no workflow"):
        Workflow.load(lying)


def test_text_of_other_programs_is_named() -> None:
    with pytest.raises(WorkflowError, match="parameters of another program"):
        Workflow.load(containers.png({"parameters": "a cat\nSteps: 20"}))


def test_damaged_text_is_named() -> None:
    with pytest.raises(WorkflowError, match="damaged"):
        Workflow.load(containers.png({"workflow": "{"}))


def test_a_file_of_no_known_kind_is_refused() -> None:
    with pytest.raises(WorkflowError, match="neither a workflow nor a kind of file"):
        read_texts(Reader(b"plain words"))


def test_fill_bytes_between_the_segments_of_a_jpeg_are_stepped_over() -> None:
    whole = containers.FILES["jpeg"]
    padded = whole.replace(b"\xff\xe1", b"\xff\xff\xff\xe1", 1)
    assert Workflow.load(padded).document == containers.WORKFLOW


def test_metadata_of_models_that_is_no_text_is_left_out() -> None:
    header = json.dumps({"__metadata__": {"format": 1, "prompt": containers.TEXTS["prompt"]}}).encode()
    assert Workflow.load(struct.pack("<Q", len(header)) + header).prompt({}) == containers.PROMPT
