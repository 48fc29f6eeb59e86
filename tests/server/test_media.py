"""What stands for a job."""

from __future__ import annotations

from server.media import media_of, preview_of


def test_saved_pictures_come_first_and_odd_outputs_do_no_harm() -> None:
    picture = {"filename": "a.PNG", "subfolder": "s", "type": "output"}
    outputs = {
        "1": {"text": ["hello"], "odd": 5, "animated": [True]},
        "2": {"images": [{"filename": "t.png", "type": "temp"}]},
        "3": {"audio": [{"filename": "a.wav", "type": "output"}]},
        "4": {"images": [picture, {"filename": "b.png", "type": "output"}]},
        "5": None,
    }
    found = preview_of(outputs)
    assert found is not None
    assert (found["filename"], found["node"], found["media"]) == ("a.PNG", "4", "image")
    assert found["url"] == "/api/view?filename=a.PNG&subfolder=s&type=output"
    assert preview_of({"1": {"text": ["hello"]}}) is None


def test_kinds_of_media() -> None:
    assert [media_of(name) for name in ("x.webp", "x.mp4", "x.glb", "x.txt", "x", "x.zip")] == [
        "image",
        "video",
        "3d",
        "text",
        "file",
        "file",
    ]
