"""What the README says can be done can be done, and the figures it gives are the cards'."""

import importlib.util
import re
from pathlib import Path

import pytest

from tests.readme import END, README, START, results

ROOT = README.parent
TEXT = README.read_text("utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: snippet.splitlines()[-1][:40])
def test_python_snippets_run(snippet, monkeypatch):
    monkeypatch.chdir(ROOT)
    exec(compile(snippet, "README.md", "exec"), {})


def test_make_targets_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", TEXT, re.MULTILINE))
    assert {"run", "test", "bench", "screenshots"} <= named <= targets


def test_modules_that_commands_name_exist():
    named = set(re.findall(r"python -m ([\w.]+)", TEXT)) - {"venv"}
    assert named
    for module in named:
        assert importlib.util.find_spec(module), module


def test_files_that_are_named_exist():
    links = re.findall(r"\]\((?!http)([^)]+)\)", TEXT)
    paths = re.findall(r"`((?:app|attention_core|assets|tests)/[\w./-]+)`", TEXT)
    requirements = re.findall(r"-r (\S+)", TEXT)
    scripts = re.findall(r"streamlit run (\S+)", TEXT)
    missing = [path for path in links + paths + requirements + scripts if not (ROOT / path).exists()]
    assert not missing


def test_the_four_functions_of_the_tour_are_there():
    from attention_core import score_names

    tour = TEXT[TEXT.index("## The four functions") : TEXT.index("## Use it")]
    named = set(re.findall(r"^\| (\w+) \|", tour, re.MULTILINE)) - {"name"} | set(re.findall(r"`(\w+)`", tour))
    assert named == set(score_names())


def test_figures_are_the_cards():
    block = TEXT[TEXT.index(START) : TEXT.index(END) + len(END)]
    assert block.strip() == results().strip(), "run `make readme`"


def test_the_version_is_in_the_changelog():
    from attention_core import __version__

    assert f"\n## {__version__}\n" in (Path(ROOT) / "CHANGELOG.md").read_text("utf-8")
