"""The cell inspector: what it shows adds up, and its sliders run nothing but the distribution."""

import re
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import numpy as np
import pytest
import torch
from hypothesis import strategies
from streamlit.testing.v1 import AppTest

import attention_core as core
from app import services, state
from app.components import chain, compare, inspector
from app.figures.numbers import adding_up, fixed
from tests.examples import result_of, task_of

MAIN = Path(__file__).resolve().parents[2] / "app" / "main.py"
TEXT_TASK = "sentiment"
TASKS = pytest.mark.parametrize("name", core.task_names())
SCORES = pytest.mark.parametrize("score", core.score_names())


def read(text):
    """The number shown; a masked or dropped key's −∞ as None."""
    return None if "∞" in text else Decimal(text.replace("−", "-"))


def cell_of(name, score, column=None, **settings):
    result = result_of(name, score=score, **settings)
    column = int(result.weights[0].argmax()) if column is None else column
    return core.inspect_cell(task_of(name).head(score).score, result, 0, column), result


def parse_sum(line):
    """The numbers of "t + t − t + rest = total" in a line of LaTeX."""
    body = re.sub(r"\\underbrace\{([\d.]+)\}_\{\\text\{[\d,]+ more\}\}", r"\1", line.split("&=", 1)[1])
    left, total = body.rsplit("=", 1)
    return [
        Decimal(own.replace(" ", "")) for own in re.findall(r"[+-]?\s*\d+\.?\d*", left.replace("(", "").replace(")", ""))
    ], total


@hypothesis.given(
    values=strategies.lists(strategies.floats(-1000, 1000), min_size=1, max_size=30), decimals=strategies.integers(0, 8)
)
def test_numbers_that_add_up_do_so_exactly_and_each_is_off_by_less_than_one(values, decimals):
    shown = [read(text) for text in adding_up(values, sum(values), decimals)]
    assert sum(shown) == read(fixed(sum(values), decimals))
    for value, own in zip(values, shown, strict=True):
        assert abs(float(own) - value) <= 1.0001 * 10**-decimals


def test_nothing_is_shown_as_0_or_1_unless_it_is():
    assert adding_up([1.0, 0.0, 1e-9], 1.0, 3) == ["1", "0", "0.000"]
    assert [fixed(value, 2) for value in (0.0, 1.0, 0.999999, 1e-9, -0.004, -2.5)] == ["0", "1", "1.00", "0.00", "0.00", "−2.50"]
    assert fixed(-np.inf, 3) == "−∞"


@TASKS
@SCORES
def test_the_terms_in_the_formula_add_up_to_the_energy_in_the_table(name, score):
    cell, result = cell_of(name, score)
    places, _ = chain.decimals(cell)
    spec = core.score_spec(score)
    lines = chain.formula(spec, cell, places).removeprefix(r"\begin{aligned}").removesuffix(r"\end{aligned}").split(r" \\ ")
    has_terms = any(step.is_terms for step in spec.way)
    assert len(lines) == 1 + has_terms + bool(spec.way[-1].made)
    energy = chain.table(core.distribution_spec("softmax"), cell, result.key_labels)["rows"][0]["cells"][0]
    assert float(read(energy)) == pytest.approx(result.energies[0, cell.column], abs=1e-4)
    if has_terms:
        terms, total = parse_sum(lines[1])
        assert sum(terms) == Decimal(total)
        assert len(terms) == chain.NAMED + 1
        assert lines[-1].rsplit("= ", 1)[1] == energy.replace("−", "-")
    strips = chain.strips(spec, cell, places)
    assert [strip["name"] for strip in strips] == ["q", "k", *(step.name for step in spec.way)]
    assert strips[-1]["text"] == energy


def test_the_last_line_of_a_quotient_and_of_a_sum_follows_from_its_numbers():
    for score in ("cosine", "scaled_dot", "location"):
        for column in (1, 4, 9):
            cell, _ = cell_of(TEXT_TASK, score, column)
            line = chain.formula(core.score_spec(score), cell, 5).removesuffix(r"\end{aligned}").split(r" \\ ")[-1]
            numbers, total = parse_sum(line.replace(r"\frac{", "").replace("}{", " ").replace(r"\cdot", ""))
            own = {"cosine": lambda a, b, c: a / (b * c), "scaled_dot": lambda a, b: a / b, "location": lambda a, b: a + b}
            assert abs(own[score](*numbers) - Decimal(total)) <= (0 if score == "location" else Decimal("0.00002")), line


def column(table, name):
    at = next(n for n, own in enumerate(table["columns"]) if own["name"].startswith(name))
    return [row["cells"][at] for row in table["rows"]]


@pytest.mark.parametrize("temperature", [0.05, 1.0, 20.0])
@pytest.mark.parametrize("distribution", core.distribution_names())
@TASKS
def test_every_column_of_the_row_follows_from_the_one_before(name, distribution, temperature):
    cell, result = cell_of(name, "general", distribution=distribution, temperature=temperature)
    table = chain.table(core.distribution_spec(distribution), cell, result.key_labels)
    _, after = chain.decimals(cell)
    unit, listed = 10.0**-after, min(chain.TOP_KEYS + 1, len(result.key))
    assert [row["name"] for row in table["rows"]][-1] == f"all {len(result.key)} keys"
    energies = [float(read(own)) for own in column(table, "energy")[:listed]]
    below = [read(own) for own in column(table, "(energy" if temperature != 1 else "energy −")[:listed]]
    for energy, own in zip(energies, below, strict=True):
        if own is not None:
            assert float(own) == pytest.approx((energy - max(energies)) / temperature, abs=2 * unit)
    weights = column(table, "weight")
    shares = column(table, "share")
    for own in (weights, shares):
        assert sum(map(read, own[:-1])) == read(own[-1]) == 1
    if distribution in ("softmax", "top_k"):
        exponentials, totals = column(table, "exp"), column(table, "sum")
        assert sum(map(read, exponentials[:-1])) == read(exponentials[-1]) == read(totals[0])
        for own, exponential, weight, total in zip(below, exponentials[:listed], weights, totals, strict=False):
            if own is not None and read(exponential):
                assert float(read(exponential)) == pytest.approx(np.exp(float(own)), abs=2 * unit)
            assert float(read(weight)) == pytest.approx(float(read(exponential) / read(total)), abs=2 * unit)
    # What is listed is what the core computed.
    order = np.argsort(-result.weights[0], kind="stable")[:listed]
    np.testing.assert_allclose([float(read(own)) for own in weights[:listed]], result.weights[0][order], atol=1.01 * unit)


def test_a_masked_key_is_shown_as_masked_with_weight_0():
    cell, result = cell_of(TEXT_TASK, "general", column=0)
    row = chain.table(core.distribution_spec("softmax"), cell, result.key_labels)["rows"][0]
    assert row["name"] == "[CLS]"
    assert row["cells"][1:] == ["masked", "−∞", "0", row["cells"][4], "0", "0"]


def test_what_a_score_function_does_not_read_is_told():
    for score in core.score_names():
        cell, _ = cell_of(TEXT_TASK, score)
        spec = core.score_spec(score)
        told = [strip["meaning"].endswith("never looked at") for strip in chain.strips(spec, cell, 4)[:2]]
        assert told == ["query" not in spec.reads, "key" not in spec.reads]


@pytest.fixture
def page():
    own = AppTest.from_file(str(MAIN), default_timeout=200).run()
    next(widget for widget in own.selectbox if widget.key == state.TASK).select(TEXT_TASK).run()
    return own


def title(page):
    return next((own.value.removeprefix("## ") for own in page.markdown if own.value.startswith("## How")), None)


def test_a_pinned_cell_opens_and_stays_when_the_score_function_changes(page):
    assert title(page) is None
    page.session_state[state.CELL] = (0, 10)
    page.run()
    assert title(page).startswith(r"How the word “dull” gets weight 0\.")
    before = title(page)
    next(widget for widget in page.button_group if widget.key == state.SCORE).set_value("additive").run()
    assert title(page).startswith(r"How the word “dull” gets weight 0\.")
    assert title(page) != before


@pytest.mark.parametrize("cell", [(0, 17), (1, 3), (-1, 0), (0,), "0,3", (0, 2.0), (True, 1), None])
def test_a_cell_that_is_not_there_is_dropped_silently(page, cell):
    page.session_state[state.CELL] = cell
    page.run()
    assert not page.exception
    assert title(page) is None
    assert state.CELL not in page.session_state


def test_a_link_can_hide_the_inspector(page):
    page.session_state[state.CELL] = (0, 3)
    page.session_state[state.HIDE] = frozenset({"inspector"})
    page.run()
    assert title(page) is None
    assert "attention_inspector" not in {own.proto.component_name for own in page.get("bidi_component")}


def test_what_a_visitor_wrote_is_no_markup_in_the_title(page):
    next(own for own in page.text_area if own.key == state.input_key(TEXT_TASK, "text")).set_value("a * b").run()
    page.session_state[state.CELL] = (0, 2)
    page.run()
    assert title(page).startswith(r"How the word “\*” gets")


def test_a_moved_slider_runs_no_encoder_and_no_score_function(page, monkeypatch):
    page.session_state[state.CELL] = (0, 10)
    page.run()
    ran, weighed = [], []
    handle = torch.nn.modules.module.register_module_forward_pre_hook(lambda module, inputs: ran.append(type(module)))
    for name in core.score_names():
        spec = core.score_spec(name)
        monkeypatch.setitem(vars(spec), "steps", lambda *args, _own=spec.steps: ran.append("steps") or _own(*args))
    spec = core.distribution_spec("softmax")
    monkeypatch.setitem(vars(spec), "weigh", lambda given, _own=spec.weigh: weighed.append(given) or _own(given))
    name = (run_of(page), "general", (0, 10))
    try:
        for energy in (-1.0, 0.5, 3.25):
            page.session_state[state.MOVED] = state.Moved(name, energy, 2.0)
            page.run()
        assert ran == []
        assert len(weighed) == 3
        assert [float(given.max()) for given in weighed] == [0.0] * 3
        page.session_state[state.CELL] = (0, 11)  # and another cell does run the score function: the spies see it
        page.run()
        assert ran == ["steps"]
    finally:
        handle.remove()
    assert state.MOVED not in page.session_state  # it held for the other cell


def run_of(page):
    """The name of what is computed, as services gives it."""
    inputs = {"text": core.task_spec(TEXT_TASK).examples[0].values["text"]}
    return TEXT_TASK, services._digest(TEXT_TASK, inputs), state.Choices("trained", 0, "softmax", (), 1.0)


@pytest.mark.parametrize(
    ("act", "cell", "moved"),
    [
        ({"kind": "pin", "row": 0, "key": 3}, (0, 3), None),
        ({"kind": "pin", "row": True, "key": 3}, (1, 1), None),
        ({"kind": "pin", "row": "0", "key": 3}, (1, 1), None),
        ({"kind": "close"}, None, None),
        ({"kind": "reset"}, (1, 1), None),
        ({"kind": "move", "energy": 2, "temperature": None}, (1, 1), state.Moved("name", 2.0, None)),
        ({"kind": "move", "energy": float("inf"), "temperature": 99}, (1, 1), state.Moved("name", None, None)),
        ({"kind": "move", "energy": "<b>", "temperature": 0}, (1, 1), state.Moved("name", None, state.TEMPERATURES[0])),
        ({"kind": "pin", "row": 0, "key": 3, "side": "B"}, (0, 3), None),
        ({"kind": "choose", "line": 0, "place": 2}, (0, 3), None),
        ({"kind": "choose", "line": 99, "place": 2}, (1, 1), None),
        ({"kind": "choose", "line": 0, "place": -1}, (1, 1), None),
        ({"kind": "choose", "line": None, "place": 2}, (1, 1), None),
        ("nonsense", (1, 1), "as before"),
        (None, (1, 1), "as before"),
    ],
)
def test_what_the_browser_sends_is_checked(monkeypatch, act, cell, moved):
    kept = {inspector.KEY: SimpleNamespace(act=act), state.CELL: (1, 1), state.MOVED: "as before"}
    monkeypatch.setattr(inspector.st, "session_state", kept)
    subject = SimpleNamespace(result=cell_of(TEXT_TASK, "general")[1])
    inspector._act("name", state.CELL, [""], partial(inspector._pin, subject, state.CELL))
    assert kept.get(state.CELL) == cell
    assert kept.get(state.MOVED) == moved
    assert state.SIDE not in kept


@pytest.mark.parametrize(("side", "kept_side"), [("B", "B"), ("A", "A"), ("C", None), (["B"], None), (None, None)])
def test_a_press_tells_the_side_it_was_on(monkeypatch, side, kept_side):
    kept = {inspector.KEY: SimpleNamespace(act={"kind": "pin", "row": 0, "key": 3, "side": side})}
    monkeypatch.setattr(inspector.st, "session_state", kept)
    inspector._act("name", state.LESSON_CELL, state.A_AND_B, None)
    assert kept.get(state.LESSON_CELL) == (0, 3)
    assert state.CELL not in kept
    assert kept.get(state.SIDE) == kept_side


@pytest.mark.parametrize(
    ("line", "place", "found"), [(1, 2, True), (99, 2, False), (-1, 2, False), (1, 99, False), (1, -1, False)]
)
def test_a_cell_of_the_comparison_is_pinned_under_its_score_function(monkeypatch, line, place, found):
    names = [own.name for own in services.score_specs()]
    kept = {}
    monkeypatch.setattr(compare.st, "session_state", kept)
    results = {name: cell_of(TEXT_TASK, name)[1] for name in names}
    assert compare.choose_word(SimpleNamespace(results=results), line, place) is found
    assert kept == ({state.SCORE: names[line], state.CELL: (0, place + 1)} if found else {})
