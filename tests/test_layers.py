"""Holds "who imports whom": each layer knows only what stands to its left."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PROJECT = Path(__file__).parent.parent
LAYERS = (
    "periods setting_values settings formatting csv_export returns store places facts intake "
    "indicators narrative charts exports server ui pages"
).split()
# Each stands between the layer named and the next one.
BESIDE = {"access": "store", "member_data": "exports", "sample": "exports", "cli": "exports"}
COMMAND_LINE = {"__main__", "cli", "sample"}
SHOW = {"server", "ui", "pages", "app"}
SOURCES = sorted(
    path
    for where in ("anchornet/**/*.py", "pages/**/*.py", "app.py")
    for path in PROJECT.glob(where)
)


def module_name(path: Path) -> str:
    """`anchornet.store.database`, `pages.overview`, `app`."""
    parts = path.relative_to(PROJECT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(module: str) -> str | None:
    """The layer a module stands in: `store`, `access`, `pages`, `app`, `__main__`; None outside."""
    first, *rest = module.split(".")
    if first == "anchornet":
        return rest[0] if rest else "anchornet"
    return first if first in {"pages", "app"} else None


def imports(path: Path) -> Iterator[str]:
    """Every module imported anywhere in the file, `from a import b` as `a.b`."""
    package = module_name(path).split(".")
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{start}.{alias.name}" for alias in node.names)


def may_import(layer: str, other: str) -> bool:
    """Whether code of `layer` may import from `other`, both inside the product."""
    if layer == other or other == "anchornet":
        return True
    if layer in COMMAND_LINE:
        return other in {*LAYERS, *BESIDE, *COMMAND_LINE} - SHOW
    if layer == "app":
        return other in {*LAYERS, *BESIDE} - {"pages"}
    if layer not in {*LAYERS, *BESIDE} or other not in {*LAYERS, *BESIDE}:
        return False
    rank: dict[str, float] = {name: place for place, name in enumerate(LAYERS)}
    rank |= {name: rank[left] + 0.5 for name, left in BESIDE.items()}
    return rank[other] < rank[layer]


@pytest.mark.parametrize(
    ("layer", "other", "allowed"),
    [
        ("store", "returns", True),
        ("returns", "store", False),
        ("store", "access", False),
        ("access", "store", True),
        ("access", "places", False),
        ("member_data", "indicators", True),
        ("member_data", "ui", False),
        ("pages", "access", True),
        ("ui", "pages", False),
        ("ui", "server", True),
        ("server", "ui", False),
        ("settings", "__main__", False),
        ("__main__", "indicators", True),
        ("__main__", "ui", False),
        ("ui", "cli", True),
        ("cli", "ui", False),
        ("exports", "cli", False),
        ("indicators", "sample", False),
    ],
)
def test_the_rule_itself_reads_left_to_right(layer: str, other: str, allowed: bool) -> None:
    assert may_import(layer, other) is allowed


def test_no_layer_imports_from_its_right() -> None:
    wrong = [
        f"{path.relative_to(PROJECT)} imports {imported}"
        for path in SOURCES
        for imported in imports(path)
        if (layer := layer_of(module_name(path))) != "anchornet"
        and (other := layer_of(imported)) is not None
        and not may_import(str(layer), other)
    ]
    assert wrong == []


def test_every_module_stands_in_a_layer() -> None:
    known = {*LAYERS, *BESIDE, *COMMAND_LINE, "app", "anchornet"}
    layers = {str(path.relative_to(PROJECT)): layer_of(module_name(path)) for path in SOURCES}
    assert {path: layer for path, layer in layers.items() if layer not in known} == {}


# What stands in front of Streamlit's own server has to know it: its messages, cookies and files,
# and which host a page's websocket asked for.
IN_FRONT = {
    f"anchornet/server/{name}.py" for name in ("gate", "identity", "networks", "static_files")
}


def test_only_the_screen_imports_streamlit_and_what_stands_in_front_of_it() -> None:
    importing = {
        path.relative_to(PROJECT).as_posix()
        for path in SOURCES
        if layer_of(module_name(path)) not in {"ui", "pages", "app"}
        and any(imported.split(".")[0] == "streamlit" for imported in imports(path))
    }
    assert importing == IN_FRONT


def test_figures_are_asked_for_at_their_door_only() -> None:
    """`calculate` gives people as they are; `figures` knows whom it gives them to."""
    private = ("calculate", "query", "senders", "figures._")
    wrong = [
        f"{path.relative_to(PROJECT)} imports {imported}"
        for path in SOURCES
        for imported in imports(path)
        if imported.startswith(tuple(f"anchornet.indicators.{name}" for name in private))
        and layer_of(module_name(path)) != "indicators"
    ]
    assert wrong == []
    protects = [path.stem for path in SOURCES if "protected(" in path.read_text(encoding="utf-8")]
    assert sorted(protects) == ["disclosure", "figures"]


def test_no_function_is_handed_down_to_be_called_back() -> None:
    wrong = [
        f"{path.relative_to(PROJECT)}:{node.value.lineno} {node.arg}="
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.keyword)
        and (node.arg == "frames" or (node.arg == "then" and isinstance(node.value, ast.Lambda)))
    ]
    assert wrong == []


SQL = re.compile(r"\b(select\b.+\bfrom|insert\s+into|delete\s+from|update\b.+\bset)\b", re.I | re.S)


def test_pages_and_what_they_share_hold_no_sql() -> None:
    wrong = []
    for path in SOURCES:
        if layer_of(module_name(path)) not in SHOW:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(imported.split(".")[0] == "duckdb" for imported in imports(path)):
            wrong.append(f"{path.relative_to(PROJECT)} imports duckdb")
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if node.func.attr in {"execute", "executemany", "cursor", "writing"}:
                    wrong.append(f"{path.relative_to(PROJECT)}:{node.lineno} .{node.func.attr}(")
            elif (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in docstrings
                # SQL is lower case in this project, and a sentence on screen starts with a capital.
                and re.match(r"\s*(select|with|insert|update|delete)\b", node.value)
                and SQL.search(node.value)
            ):
                wrong.append(f"{path.relative_to(PROJECT)}:{node.lineno} holds SQL")
    assert wrong == []


def test_the_document_names_every_package_in_order() -> None:
    text = (PROJECT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?) \|", text, re.M)
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted({*LAYERS, *BESIDE})
    assert [name for name in named if name in LAYERS] == LAYERS


def test_no_module_imports_itself_by_way_of_others() -> None:
    modules = {module_name(path) for path in SOURCES}
    graph = {
        module_name(path): {
            other if other in modules else other.rpartition(".")[0] for other in imports(path)
        }
        & modules - {module_name(path)}
        for path in SOURCES
    }
    TopologicalSorter(graph).prepare()  # raises CycleError, which names the circle


def test_what_is_hard_to_undo_is_asked_twice() -> None:
    """`forms.confirmed`, or a popover that asks why: its first press only says what follows."""
    final = ("Remove", "Withdraw", "Delete", "Cancel", "Close now", "Consent has ended")
    harmless = {"Remove this file"}  # nothing was sent of it
    wrong = []
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        asked = {
            id(inner)
            for outer in ast.walk(tree)
            if isinstance(outer, ast.With) and "popover(" in ast.unparse(outer.items[0])
            for inner in ast.walk(outer)
        }
        wrong += [
            f"{path.relative_to(PROJECT)}:{node.lineno} {label}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("button", "form_submit_button")
            and id(node) not in asked
            for label in [ast.unparse(node.args[0]).strip("f'\"") if node.args else ""]
            if label.startswith(final) and label not in harmless
        ]
    assert wrong == []


def test_no_room_is_more_than_a_fifth_of_the_house() -> None:
    lines = Counter[str | None]()
    for path in SOURCES:
        lines[layer_of(module_name(path))] += path.read_text(encoding="utf-8").count("\n")
    large = {room for room, count in lines.items() if count * 5 > lines.total()}
    assert not large, lines.most_common(3)
