"""What may import what, how big things may grow, and which names are public. Read off the source, not off habit."""

from __future__ import annotations

import ast
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

import graphcore

ROOT = Path(__file__).parent.parent
PACKAGES = ("graphcore", "nodes", "server")
LARGEST_FILE = 400  # lines
LARGEST_FUNCTION = 60  # lines
LARGEST_TRACKED = 1_000_000  # bytes
# The CLIP vocabulary as published; it cannot be made smaller without ceasing to be that file.
LARGE_FILES = {"nodes/text/data/bpe_simple_vocab_16e6.txt.gz"}
SHIPPED_MODELS = ROOT / "nodes" / "models" / "default"
LARGEST_SHIPPED = 24_000_000  # bytes of all shipped models together, as git packs them

# package -> what it must not import, anywhere, not even for type checkers
FORBIDDEN = {
    "graphcore": {"nodes", "server", "torch", "diffusers", "transformers", "aiohttp", "safetensors", "numpy"},
    "nodes": {"server", "aiohttp"},
    "server": {"nodes", "torch", "diffusers", "transformers"},
}
# module -> the files that may import it
CONFINED = {"networkx": {"graphcore/graph.py"}}
# package -> what a fresh process that imports it must not have loaded
FRESH = {
    "graphcore": {"torch", "networkx", "pydantic", "numpy", "PIL", "safetensors", "yaml", "aiohttp", "asyncio"},
    "nodes.builtin": {"torch", "diffusers", "transformers", "torchsde", "scipy"},
}
# Test modules that follow a theme through several modules, not one module.
THEMES = {
    "tests/graphcore/cli/test_workflow_commands.py",
    "tests/graphcore/workflow/test_fuzz.py",
    "tests/nodes/guidance/patches/test_guidance_patches.py",
    "tests/nodes/guidance/patches/test_network_patches.py",
    "tests/nodes/guidance/test_declared.py",
    "tests/nodes/models/test_hostile_files.py",
    "tests/nodes/sampling/samplers/test_samplers.py",
    "tests/nodes/compat/test_pack_symbols.py",
    "tests/nodes/compat/test_packs.py",
    "tests/nodes/test_bad_files.py",
    "tests/nodes/test_branches.py",
    "tests/nodes/test_default_model.py",
    "tests/nodes/test_pipelines.py",
    "tests/nodes/test_warm_runs.py",
    "tests/server/test_faults.py",
    "tests/test_architecture.py",
    "tests/test_workflows.py",
    "tests/test_docs.py",
    "tests/graphcore/test_async.py",
    "tests/graphcore/test_cancel.py",
    "tests/graphcore/test_declarations.py",
    "tests/graphcore/test_doctests.py",
    "tests/graphcore/test_failures.py",
    "tests/graphcore/test_lazy.py",
    "tests/graphcore/test_memory_growth.py",
    "tests/graphcore/test_model_paths.py",
    "tests/graphcore/test_properties.py",
    "tests/graphcore/test_release.py",
    "tests/graphcore/test_scheduling.py",
    "tests/graphcore/test_typing.py",
}
THEME_FOLDERS = (
    "tests/conformance",
    "tests/server/conformance",
    "tests/server/faults",
    "tests/cases",
    "tests/nodes/formulas",
    "tests/reference",
    "tests/security",
    "tests/browser",
    "tests/gpu",
)

PUBLIC = """
    API_VERSION Annotated Audio Blocker CancelToken Cancelled Choice Clip ClipVision ClipVisionOutput Conditioning
    ControlNet
    DeclarationError Engine Expand Expansion Folders Gligen GraphBuilder GraphcoreError Guider Image InputFile
    InvalidWorkflow Latent LatentOperation Lazy Many Mask Model ModelError ModelFile NodeFailed NodeSpec Noise
    OutOfMemory Pack Problem Range Registry Result Run RunError Sampler Seed Sigmas Socket StyleModel Text Toggle
    UpscaleModel UserError Vae Video Wire Workflow WorkflowError run
"""


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, int, bool]]:
    """(absolute module, line, whether at module level) of every import of a file, wherever it stands."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {id(node) for function in ast.walk(tree) if isinstance(function, FUNCTIONS) for node in ast.walk(function)}
    for node in ast.walk(tree):
        top = id(node) not in inside
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno, top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.relative_to(ROOT)}:{node.lineno}: write imports in full"
            yield str(node.module), node.lineno, top


FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def place(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT).as_posix()}:{line}"


def run_python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_one_way(package: str) -> None:
    wrong = [
        f"{place(path, line)} imports {module}"
        for path in sources(package)
        for module, line, _ in imports(path)
        if module.partition(".")[0] in FORBIDDEN[package]
    ]
    assert not wrong


@pytest.mark.parametrize("module", CONFINED)
def test_a_library_is_named_in_one_file(module: str) -> None:
    users = {
        path.relative_to(ROOT).as_posix()
        for path in sources(*PACKAGES)
        for name, _, _ in imports(path)
        if name.partition(".")[0] == module
    }
    assert users <= CONFINED[module]


def test_declaring_files_import_no_torch_at_module_level() -> None:
    heavy = {"torch", "diffusers", "transformers"}
    wrong = [
        f"{place(path, line)} imports {module}"
        for path in sources("nodes/builtin")
        for module, line, top in imports(path)
        if top and module.partition(".")[0] in heavy
    ]
    assert not wrong


@pytest.mark.parametrize("module", FRESH)
def test_a_fresh_process_loads_nothing_heavy(module: str) -> None:
    loaded = set(run_python(f"import sys, {module}; print(*sys.modules)").split())
    assert not loaded & FRESH[module]


def test_public_names_are_pinned() -> None:
    assert sorted(graphcore.__all__) == sorted(PUBLIC.split())
    assert all(hasattr(graphcore, name) for name in graphcore.__all__)


def test_every_test_module_mirrors_a_source_module_or_a_theme() -> None:
    strays = [
        path.relative_to(ROOT).as_posix()
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        if not _mirrors(path.relative_to(ROOT))
    ]
    assert not strays, "name each after the module that it tests, or list it among THEMES"


def _mirrors(test: Path) -> bool:
    if test.as_posix() in THEMES or test.as_posix().startswith(THEME_FOLDERS):
        return True
    folder, name = Path(*test.parts[1:-1]), test.stem.removeprefix("test_")
    # A package is tested by a file named after it; `tests/nodes/sampling/test_euler.py` may test a nested module.
    candidates = [folder / f"{name}.py", folder / name / "__init__.py"]
    if any((ROOT / candidate).is_file() for candidate in candidates):
        return True
    return bool(folder.parts) and any(path.stem == name for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_file_is_a_god_file(package: str) -> None:
    sizes = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in sources(package)}
    assert not [place(path, lines) for path, lines in sizes.items() if lines > LARGEST_FILE]


@pytest.mark.parametrize("package", PACKAGES)
def test_no_function_is_a_god_function(package: str) -> None:
    long = [
        f"{place(path, node.lineno)} {node.name} has {1 + node.end_lineno - node.lineno} lines"
        for path in sources(package)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, FUNCTIONS) and node.end_lineno is not None
        if 1 + node.end_lineno - node.lineno > LARGEST_FUNCTION
    ]
    assert not long


def test_no_tracked_file_is_large() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout")
    files = [ROOT / name for name in listed.stdout.split("\0") if name and name not in LARGE_FILES]
    files = [path for path in files if SHIPPED_MODELS not in path.parents]
    assert not [str(path) for path in files if path.is_file() and path.stat().st_size > LARGEST_TRACKED]


def test_shipped_models_are_small() -> None:
    weights = list(SHIPPED_MODELS.rglob("*.safetensors"))
    assert weights
    assert sum(len(zlib.compress(path.read_bytes())) for path in weights) <= LARGEST_SHIPPED
