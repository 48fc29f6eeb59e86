"""The files that jobs have made."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from server.jobs.operations import Result
from server.jobs.records import NewJob
from server.jobs.states import State
from server.keys import QUEUE
from tests.server.conformance.kit import served

FILE = {"node": "9", "kind": "images", "subfolder": "sub dir", "type": "output", "size": 3, "sha256": "0" * 64}


async def test_files_come_newest_first_in_windows(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        store = client.app[QUEUE].store  # type: ignore[index]
        for number in range(3):
            await store.enqueue(NewJob(f"j{number}", number, "{}"))
            claimed = await store.claim("w")
            assert claimed is not None
            files = [{**FILE, "filename": f"{number}.png"}, {**FILE, "filename": f"{number}.wav"}]
            files.append({**FILE, "filename": "t.png", "type": "temp"})
            await store.finish(claimed[1], State.SUCCEEDED, Result(files=json.dumps(files)))
        first = await (await client.get("/api/v1/outputs?limit=2")).json()
        assert [file["filename"] for file in first["outputs"]] == ["2.png", "2.wav", "1.png", "1.wav"]
        assert first["outputs"][0]["url"] == "/api/view?filename=2.png&subfolder=sub+dir&type=output"
        rest = await (await client.get("/api/v1/outputs", params={"limit": 2, "before": str(first["next"])})).json()
        assert ([file["job"] for file in rest["outputs"]], rest["next"]) == (["j0", "j0"], None)
        sounds = await (await client.get("/api/v1/outputs?media=audio")).json()
        assert [file["filename"] for file in sounds["outputs"]] == ["2.wav", "1.wav", "0.wav"]
        for wrong in ("before=x", "before=nan", "limit=x"):
            assert (await client.get(f"/api/v1/outputs?{wrong}")).status == 400


async def test_jobs_that_ended_at_one_moment_are_in_one_window(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        store = client.app[QUEUE].store  # type: ignore[index]
        with closing(sqlite3.connect(tmp_path / ".graphcore" / "jobs.db")) as beside:
            for number in range(7):
                await store.enqueue(NewJob(f"j{number}", number, "{}"))
                claimed = await store.claim("w")
                assert claimed is not None
                files = json.dumps([{**FILE, "filename": f"{number}.png"}])
                await store.finish(claimed[1], State.SUCCEEDED, Result(files=files))
                beside.execute("UPDATE jobs SET ended_at = ? WHERE id = ?", (1000.0 + number // 3, f"j{number}"))
                beside.commit()
        seen, windows, before = list[str](), list[int](), ""
        while True:
            window = await (await client.get(f"/api/v1/outputs?limit=2{before}")).json()
            seen += [file["job"] for file in window["outputs"]]
            windows.append(len(window["outputs"]))
            if window["next"] is None:
                break
            before = f"&before={window['next']}"
        assert seen == [f"j{number}" for number in (6, 5, 4, 3, 2, 1, 0)]
        assert windows == [4, 3, 0]
