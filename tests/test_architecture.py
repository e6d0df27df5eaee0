"""The rules of the house, read from the source: who may import whom, what may stand where, how long a file may get."""

import ast
import re
from pathlib import Path

import pytest

from attention_core import score_names, task_names

ROOT = Path(__file__).resolve().parents[1]
LONGEST_MODULE = 300
TOP_LEVEL = {
    "app", "attention_core", "assets", "tests", "requirements.txt", "Dockerfile", "README.md",
    "deploy", "pyproject.toml", "Makefile", "CHANGELOG.md", "LICENSE", "shared",
}  # fmt: skip
FORBIDDEN_NAMES = {"logits", "alpha", "attn", "hidden", "memory", "utils", "helpers", "manager"}
LINK = re.compile(r"https?://[^\s\"'<>`)]+")
RESOURCE = re.compile(
    r"""(?:src|href)\s*=\s*["']?(?:https?:)?//|url\(\s*["']?(?:https?:)?//|@import|fetch\(\s*["'`](?:https?:)?//|"""
    r"""import\s.*from\s*["'](?:https?:)?//|integrity=""",
    re.IGNORECASE,
)
UNPICKLING = ["pickle", "marshal", "shelve", "joblib", "dill", "cloudpickle", "subprocess", "ctypes"]
SHARED = {  # what the services keep for all visitors: nothing that one of them entered, but on the shelf, whose keys are visitors
    "load_task", "_encode_example", "widths", "results", "learned", "_shelf",
}  # fmt: skip
CODE = re.compile(
    r"(?<![\w.])(eval|exec|compile|__import__)\(|os\.system|yaml\.load|torch\.load\((?![^)]*weights_only=True)|"
    r"np\.load\((?![^)]*allow_pickle=False)|(allow_pickle|trust_remote_code|unsafe_allow_html)=(?!False)"
)
MARKUP = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|srcdoc|javascript:")
# Written in pieces, so that this file does not hold what it looks for.
MACHINE_PATHS = re.compile("|".join(["/wo" + r"rk\b", "/ro" + r"ot\b", "/ho" + r"me/\w", "/tm" + r"p/\w", "/Us" + "ers/"]))


def python_files(*folders):
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def name(path):
    return path.relative_to(ROOT).as_posix()


def imports(path):
    """The dotted names of all modules a file imports, in functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)} must import by full name, got a relative import in line {node.lineno}."
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def offences(files, forbidden):
    """'file imports module' for every import below one of the forbidden packages."""
    return [
        f"{name(path)} imports {module}"
        for path in files
        for module in sorted(imports(path))
        if any(module == package or module.startswith(package + ".") for package in forbidden)
    ]


@pytest.mark.parametrize(
    ("files", "forbidden"),
    [
        pytest.param(["attention_core"], ["streamlit", "plotly", "app", "tests", "pandas", "matplotlib"], id="the core"),
        pytest.param(
            ["app/figures"],
            ["streamlit", "torch", "attention_core", "app.services", "app.state", "app.components", "app.views"],
            id="figures",
        ),
        pytest.param(["app/components"], ["torch", "app.views", "app.main"], id="components"),
        pytest.param(["app/views"], ["torch", "attention_core", "app.main"], id="views"),
        pytest.param(["app"], ["tests", "attention_core.training"], id="the app"),
        pytest.param(
            ["app/services", "app/lessons.py", "app/course.py", "app/state.py"],
            ["app.views", "app.components", "app.main", "plotly"],
            id="services",
        ),
        pytest.param(["app/operations"], ["torch", "attention_core", "app.services", "app.views", "app.state"], id="operations"),
        pytest.param(["app/state.py"], ["torch", "attention_core", "app.services"], id="state"),
    ],
)
def test_imports_go_one_way(files, forbidden):
    paths = [path for each in files for path in ([ROOT / each] if each.endswith(".py") else python_files(each))]
    assert not offences(paths, forbidden)


def test_nothing_imports_training():
    outside = [path for path in python_files("app", "attention_core") if "training" not in path.parts]
    assert not offences(outside, ["attention_core.training"])


def test_no_declared_file_imports_a_sibling():
    for package in ("scores", "distributions"):
        files = python_files(f"attention_core/{package}")
        assert not offences(files, [f"attention_core.{package}"])


def test_only_services_caches():
    users = [
        name(path)
        for path in python_files("app")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("cache_data", "cache_resource", "experimental_memo")
    ]
    assert {user for user in users if not user.startswith("app/services")} == set()


def test_the_import_path_and_the_page_are_set_in_one_place_each():
    for word, place in (("sys.path", "app/server.py"), ("set_page_config", "app/main.py")):
        assert [name(path) for path in python_files("app", "attention_core") if word in path.read_text("utf-8")] == [place]


def test_the_folder_of_pages_has_another_name():
    assert not (ROOT / "app" / "pages").exists()


def test_no_view_asks_which_score_function_or_task_it_shows():
    names = {*score_names(), *task_names()}
    found = [
        f"{name(path)}:{node.lineno} {node.value!r}"
        for path in python_files("app/views", "app/components", "app/figures")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in names
    ]
    assert not found


def test_no_list_of_names_is_typed():
    """A literal that holds three or more names of score functions or two of tasks is a list that will drift."""
    for names, most in ((set(score_names()), 2), (set(task_names()), 1)):
        found = [
            f"{name(path)}:{node.lineno}"
            for path in python_files("app", "attention_core")
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.List | ast.Tuple | ast.Set)
            and sum(isinstance(each, ast.Constant) and each.value in names for each in node.elts) > most
        ]
        assert not found


def test_the_app_loads_nothing_from_elsewhere():
    found = []
    for path in sorted((ROOT / "app").rglob("*")):
        if path.suffix not in (".py", ".js", ".css", ".html", ".svg"):
            continue
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if RESOURCE.search(line) or ":material/" in line:
                found.append(f"{name(path)}:{number} {line.strip()}")
            if path.suffix in (".js", ".css") and [link for link in LINK.findall(line) if "www.w3.org/" not in link]:
                found.append(f"{name(path)}:{number} {line.strip()}")
    assert not found


def test_nothing_is_unpickled_and_no_text_becomes_code():
    files = python_files("app", "attention_core")
    assert offences(files, UNPICKLING) == ["app/server.py imports ctypes"]  # for one number of the allocator, and no more:
    used = [line.strip() for line in (ROOT / "app" / "server.py").read_text("utf-8").splitlines() if "ctypes" in line]
    assert used == ["import ctypes", "ctypes.CDLL(None).mallopt(M_ARENA_MAX, 2)"]
    assert [f"{name(path)}: {own[0]}" for path in files for own in CODE.finditer(path.read_text("utf-8"))] == []


def test_no_text_becomes_markup_in_the_browser():
    files = sorted((ROOT / "app" / "components" / "browser").glob("*.js"))
    assert files
    assert [path.name for path in files if MARKUP.search(path.read_text("utf-8"))] == []


def test_what_a_visitor_entered_is_kept_for_their_session_alone():
    kept = {}
    for path in python_files("app"):
        for node in [own for own in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(own, ast.FunctionDef)]:
            for own in [ast.unparse(each) for each in node.decorator_list if "cache_" in ast.unparse(each)]:
                kept[node.name] = "scope='session'" in own and "max_entries=" in own and "ttl=" in own
    assert {own for own, is_of_session in kept.items() if not is_of_session} == SHARED
    assert len(kept) > len(SHARED)


def test_modules_are_short():
    long = {name(path): len(path.read_text("utf-8").splitlines()) for path in python_files("app", "attention_core", "tests")}
    assert {path: lines for path, lines in long.items() if lines > LONGEST_MODULE} == {}


def test_words_that_mean_something_else_here_are_not_used():
    """Names that the code gives: files, functions, classes, arguments, variables. A public `mask` says of what: key_mask."""
    found = set()
    for path in python_files("app", "attention_core"):
        given = {path.stem}
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                given.add(node.name)
            elif isinstance(node, ast.arg):
                given.add(node.arg)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                given.add(node.id)
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                found |= {(name(path), node.name, "mask") for each in node.args.args + node.args.kwonlyargs if each.arg == "mask"}
        found |= {(name(path), each) for each in given & FORBIDDEN_NAMES}
    assert sorted(found) == []


def test_the_top_level_holds_only_what_belongs_there():
    entries = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert entries <= TOP_LEVEL


def test_no_path_of_one_machine_stands_in_the_project():
    found = []
    for path in sorted(ROOT.rglob("*")):
        relative = path.relative_to(ROOT).parts
        if relative[0].startswith((".git", ".venv", ".tools", ".pytest", ".ruff", ".training", ".hypothesis", "shared")):
            continue
        if path.suffix in (".py", ".md", ".toml", ".txt", ".json", ".js", ".css", ".yml", ".cfg") or path.name in (
            "Makefile",
            "Dockerfile",
            "run",
        ):
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if MACHINE_PATHS.search(line):
                    found.append(f"{name(path)}:{number} {line.strip()[:100]}")
    assert not found


def test_every_module_says_what_it_is():
    silent = [
        name(path) for path in python_files("app", "attention_core") if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]
    assert not silent


def test_every_test_of_a_score_function_or_distribution_has_its_file():
    for package in ("scores", "distributions"):
        for path in python_files(f"attention_core/{package}"):
            if path.stem != "__init__":
                assert (ROOT / "tests" / "unit" / package / f"test_{path.stem}.py").exists(), path.stem
