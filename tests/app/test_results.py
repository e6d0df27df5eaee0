"""The page of results: every number as the cards have it, and each leads to the view that it was measured with."""

import csv
import io
import json
import re
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

import attention_core as core
from app import address, link, services, state
from app.components.results import results_sheet
from app.figures.numbers import figure as number
from attention_core.tasks.checkpoints import MODELS
from tests.app.test_page import SECONDS

CELL = re.compile(r"\[([^\]]+)\]\(\./\??([^)]*)\)")


def card(task):
    return json.loads((MODELS / task / "card.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def page():
    return AppTest.from_string("from app.views.results import PAGE\nPAGE.render()\n", default_timeout=SECONDS).run()


@pytest.fixture(scope="module")
def table(page):
    """The rows of the table, each a list of its cells; the first row are the titles of the columns."""
    text = next(own.value for own in page.markdown if own.value.startswith("| task |"))
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if not line.startswith("|---")]


def test_numbers_are_those_of_the_cards_and_the_best_is_bold(page, table):
    assert not page.exception
    names = {core.score_spec(name).title: name for name in core.score_names()}
    columns = [names[title] for title in table[0][2:]]
    assert set(columns) == set(core.score_names())
    specs = sorted((core.task_spec(name) for name in core.task_names()), key=lambda spec: spec.order)
    assert len(table) == 1 + 2 * len(specs)
    for spec, trained, untrained in zip(specs, table[1::2], table[2::2], strict=True):
        assert trained[0].startswith(f"**{spec.title}**")
        for cells, part in ((trained, "metrics"), (untrained, "untrained")):
            values = {name: own[part][spec.metric.key] for name, own in card(spec.name)["scores"].items()}
            for cell, name in zip(cells[2:], columns, strict=True):
                assert CELL.search(cell)[1] == number(values[name])
                assert cell.startswith("**") == (values[name] == max(values.values()))


def test_each_number_leads_to_what_it_measures(table):
    names = {core.score_spec(name).title: name for name in core.score_names()}
    specs = sorted((core.task_spec(name) for name in core.task_names()), key=lambda spec: spec.order)
    for n, cells in enumerate(table[1:]):
        for title, cell in zip(table[0][2:], cells[2:], strict=True):
            found = link.decode(parse_qs(CELL.search(cell)[2]), address.declared())
            assert found.is_whole
            assert found.kept[state.TASK] == specs[n // 2].name
            assert found.kept[state.SCORE] == names[title]
            assert found.kept[state.PARAMETERS] == (state.UNTRAINED if n % 2 else state.TRAINED)
            if n % 2:
                assert found.kept[state.SEED] in card(specs[n // 2].name)["untrained_seeds"]


def test_what_is_saved_holds_every_number():
    files = results_sheet(services.results(), services.score_specs()).files
    by_label = {file.label: file for file in files["Numbers"]}
    rows = list(csv.DictReader(io.StringIO(by_label["CSV"].make().decode("utf-8-sig"))))
    assert len(rows) == len(core.task_names()) * len(core.score_names())
    for row in rows:
        entry = card(row["task"])["scores"][row["score function"]]
        assert float(row["trained"]) == entry["metrics"][row["metric"]]
        assert float(row["untrained"]) == entry["untrained"][row["metric"]]
    drawn = {file.label: file.make() for file in (*files["Figure"], *files["Page"])}
    for text in (core.task_spec("find").title, "Location-based", "Untrained"):
        assert text.encode() in drawn["SVG"]
        assert text.encode() in drawn["HTML"]
    assert drawn["PDF"].startswith(b"%PDF")


def test_the_lines_of_python_print_every_number(capsys):
    exec(results_sheet(services.results(), services.score_specs()).lines, {})
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert len(printed) == len(core.task_names()) * len(core.score_names())
    for task, score, trained, untrained in printed:
        entry, key = card(task)["scores"][score], core.task_spec(task).metric.key
        assert (float(trained), float(untrained)) == (entry["metrics"][key], entry["untrained"][key])
