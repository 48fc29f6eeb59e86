"""The linter reads packs without running them."""

from __future__ import annotations

from pathlib import Path

from graphcore.packaging.lint import import_times, lint

PACKS = Path(__file__).parents[2] / "packs"
CODE = """
import subprocess
subprocess.run(["pip", "install", "x"])

class Old:
    @classmethod
    def INPUT_TYPES(cls):
        return {}

    def go(self):
        return eval("1")

@pack.node()
def bare(x: int) -> int:
    return x
"""


def test_everything_is_found(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text(CODE)
    (tmp_path / "broken.py").write_text("def (:\n")
    (tmp_path / "requirements.txt").write_text("torch<1\nscipy\n")
    told = {(finding.level, finding.text) for finding in lint(tmp_path)}
    assert ("note", "__init__.py, line 3: subprocess.run starts programs, while it is imported.") in told
    assert ("note", "__init__.py, line 11: eval runs text as code.") in told
    assert ("error", "__init__.py, line 5: class Old has no RETURN_TYPES.") in told
    assert ("error", "__init__.py, line 5: class Old has no FUNCTION.") in told
    assert ("warning", "__init__.py, line 14: node bare has no docstring to explain it.") in told
    assert any(level == "error" and "'torch<1'" in text for level, text in told)
    assert any(level == "error" and text.startswith("broken.py: ") for level, text in told)
    assert any("no licence file" in text for _, text in told)
    assert any("Requirements without a version (scipy)" in text for _, text in told)


def test_single_files_are_packs_too() -> None:
    assert [finding.level for finding in lint(PACKS / "single_file.py")] in ([], ["note"])


def test_slow_imports_are_named() -> None:
    slowest = import_times("import graphcore")
    assert slowest
    assert all(seconds >= 0 for seconds, _ in slowest)


def test_a_class_that_inherits_or_explains_itself_is_left_alone(tmp_path: Path) -> None:
    code = """
class Child(Base):
    INPUT_TYPES = None
    DESCRIPTION = "Explained."

class Grain:
    \"\"\"Explained too.\"\"\"
    INPUT_TYPES = RETURN_TYPES = FUNCTION = None
"""
    file = tmp_path / "grain.py"
    file.write_text(code)
    assert lint(file) == []


def test_an_environment_of_its_own_may_have_what_it_likes(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text("")
    (tmp_path / "requirements.txt").write_text("torch<1\n")
    project = tmp_path / "pyproject.toml"
    for text, errors in (("", 1), ('isolation = "process"', 1), ('isolation = "env"', 0), ('isolation = "vm"', 1)):
        project.write_text(f"[tool.graphcore]\n{text}\n")
        assert len([found for found in lint(tmp_path) if found.level == "error"]) == errors
