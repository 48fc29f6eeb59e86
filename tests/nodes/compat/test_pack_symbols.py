"""Every module and name that 84 published packs use can be imported, in every form that Python has for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nodes.compat import firewall

DATA = json.loads((Path(__file__).parents[2] / "reference" / "pack_symbols.json").read_text(encoding="utf-8"))
SYMBOLS = sorted(DATA["symbols"])


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from graphcore import Folders
    from nodes.builtin import pack
    from nodes.compat.activation import Active

    yield Active(Folders(tmp_path_factory.mktemp("base")), pack.nodes)
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, firewall.Finder)]
    for name in ("nodes", "server"):
        sys.modules[name].__dict__["_answer"] = None


def split(symbol: str) -> tuple[str, str]:
    """(module, what is looked up in it)."""
    parts = symbol.split(".")
    for length in range(len(parts), 0, -1):
        module = ".".join(parts[:length])
        if module in ("nodes", "server") or firewall.known(module):
            return module, ".".join(parts[length:])
    return symbol, ""


@pytest.mark.parametrize("symbol", SYMBOLS)
def test_a_symbol_can_be_imported_in_every_form(ready: Any, symbol: str) -> None:
    module, rest = split(symbol)
    name, _, inner = rest.partition(".")
    code = [f"import {module}", f"import {module} as alias", module]
    if "." in module:
        package, _, last = module.rpartition(".")
        code.append(f"from {package} import {last}")
    if name:
        code += [f"from {module} import {name}", f"from {module} import {name} as other", f"{module}.{rest}"]
        code += [f"alias.{rest}", f"{name}.{inner}" if inner else name]
    exec("\n".join(code), {"__name__": "a_pack"})


@pytest.mark.parametrize("module", DATA["modules"])
def test_a_module_can_be_imported_with_everything_in_it(ready: Any, module: str) -> None:
    exec(f"import {module}\nfrom {module} import *", {"__name__": "a_pack"})


def test_every_name_stays_listed() -> None:
    """The list is what is true whoever asks: no name in use depends on how it is asked for."""
    pairs = (split(symbol) for symbol in SYMBOLS)
    names = [(module, rest.partition(".")[0]) for module, rest in pairs if rest and module not in ("nodes", "server")]
    named = [(module, name) for module, name in names if not name.startswith("__")]
    missing = [f"{module}.{name}" for module, name in named if name not in firewall.listed().get(module, ())]
    assert not [name for name in missing if not firewall.known(name)]


UNKNOWN = (
    "import comfy.a_module_of_the_future",
    "import comfy.ldm.a_family.model as m; m.Network",
    "from comfy.text_encoders.a_family import Tokenizer",
    "from comfy.utils import a_function_of_the_future",
    "from comfy_extras.nodes_of_the_future import Node",
    "import comfy; comfy.a.b",
    "from comfy_execution.graph import Something",
    "from comfy_api_nodes.apis.client import Client",
    "from server import a_function_of_the_future",
    "from nodes import a_function_of_the_future",
    "import nodes; nodes.ANodeOfTheFuture",
    "from app.user_manager import UserManager",
    "import utils.extra_config; utils.extra_config.load_extra_path_config",
    "from execution import a_class",
    "import folder_paths; folder_paths.a_function_of_the_future",
)


@pytest.mark.parametrize("code", UNKNOWN)
def test_what_is_not_known_can_be_imported_too(ready: Any, code: str) -> None:
    exec(code, {"__name__": "a_pack"})


CAREFUL = """
try:
    import comfy.a_module_of_another_future
    found = True
except ImportError:
    found = False
try:
    from comfy.utils import a_function_of_another_future
    also = True
except (ImportError, AttributeError):
    also = False
"""


def test_code_that_is_prepared_for_less_is_told_the_truth(ready: Any, tmp_path: Path) -> None:
    import comfy.utils  # type: ignore[import-not-found]

    import nodes

    file = tmp_path / "careful.py"
    file.write_text(CAREFUL)
    values: dict[str, Any] = {"__name__": "a_pack"}
    exec(compile(CAREFUL, str(file), "exec"), values)
    assert (values["found"], values["also"]) == (False, False)
    assert not hasattr(comfy.utils, "a_name_of_the_future")
    assert getattr(comfy.utils, "a_name_of_the_future", None) is None
    assert not hasattr(nodes, "ANameOfTheFuture")


def test_a_handler_that_gives_up_is_no_preparation(ready: Any, tmp_path: Path) -> None:
    code = CAREFUL.replace("found = False", "raise").replace("also = False", "raise RuntimeError('update the program')")
    file = tmp_path / "gives_up.py"
    file.write_text(code)
    values: dict[str, Any] = {"__name__": "a_pack"}
    exec(compile(code, str(file), "exec"), values)
    assert (values["found"], values["also"]) == (True, True)


def test_folders_of_packs_come_before_common_names(
    ready: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_module: Callable[[str], None]
) -> None:
    make_module("utils")
    (tmp_path / "utils").mkdir()
    (tmp_path / "utils" / "__init__.py").write_text("mine = 1\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    values: dict[str, Any] = {}
    exec("import utils\nfound = utils.mine", values)
    assert values["found"] == 1


@pytest.fixture
def make_module(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Forget a module, and again after the test."""

    def forget(name: str) -> None:
        for module in [module for module in sys.modules if module.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, module)

    return forget
