"""A against B, the page of score functions, and what taking a key out changes: as pages, without a browser."""

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import attention_core as core
from app import address, services, state
from app.components import report
from tests.app.test_page import MAIN, PICTURE_TASK, SECONDS, TEXT_TASK, by_key
from tests.examples import task_of

SCRIPT = "from app import address\nfrom app.views.{} import PAGE\naddress.restore([])\nPAGE.render()\naddress.write()\n"
FLOOR = next(name for name in core.score_names() if core.score_spec(name).is_floor)


def opened(page, **params):
    """A page by the name of its file, after a first visit, by a link that says this."""
    visitor = AppTest.from_string(SCRIPT.format(page), default_timeout=SECONDS)
    for name, value in params.items():
        visitor.query_params[name] = value
    return visitor.run()


@pytest.fixture
def compare():
    """A against B on the text task."""
    return by_key(opened("compare").selectbox, state.TASK).select(TEXT_TASK).run()


def shown(page):
    """How many figures of our own the page drew (beside the element that lets the keyboard scroll), and the problems it tells."""
    names = [element.proto.component_name for element in page.get("bidi_component")]
    return names.count("attention"), [error.value for error in page.error]


def b(widgets, key):
    return by_key(widgets, state.OTHER + key)


def said(page):
    return [own.value for own in [*page.markdown, *page.caption]]


def test_b_starts_as_a_with_another_score_function(compare):
    assert not compare.exception
    assert shown(compare) == (2, [])
    mine, other = compare.session_state[state.SCORE], compare.session_state[state.OTHER + state.SCORE]
    assert mine != other
    titles = [core.score_spec(name).title for name in (mine, other)]
    assert f"B differs in: score function ({titles[0]} → {titles[1]})." in said(compare)


def test_reset_and_swap(compare):
    other = b(compare.selectbox, state.SCORE).select(FLOOR).run().session_state[state.OTHER + state.SCORE]
    b(compare.select_slider, state.TEMPERATURE).set_value(0.5).run()
    mine = compare.session_state[state.SCORE]
    swap, reset = compare.sidebar.button
    swap.click().run()
    assert (compare.session_state[state.SCORE], compare.session_state[state.OTHER + state.SCORE]) == (other, mine)
    assert (compare.session_state[state.TEMPERATURE], compare.session_state[state.OTHER + state.TEMPERATURE]) == (0.5, 1.0)
    reset.click().run()
    assert shown(compare) == (2, [])
    assert any(text.startswith("A and B are the same.") for text in said(compare))


def test_everything_that_differs_is_named(compare):
    b(compare.button_group, state.PARAMETERS).set_value(state.UNTRAINED).run()
    b(compare.selectbox, state.DISTRIBUTION).select("top_k").run()
    b(compare.select_slider, state.TEMPERATURE).set_value(2.0).run()
    sentence = next(text for text in said(compare) if text.startswith("B differs in: "))
    for words in (
        "score function (",
        "parameters (trained → untrained)",
        "distribution (Softmax → Top k)",
        "temperature (1 → 2)",
    ):
        assert words in sentence


def test_another_text_has_no_difference_map_and_swaps_with_its_input(compare):
    text = state.input_key(TEXT_TASK, "text")
    compare.toggle[0].set_value(False).run()
    b(compare.text_area, text).set_value("Quite another text.").run()
    assert shown(compare) == (2, [])
    assert any(own.startswith("There is no difference map. The inputs have") for own in said(compare))
    before = compare.session_state[text]
    compare.sidebar.button[0].click().run()
    assert compare.session_state[text] == "Quite another text."
    assert compare.session_state[state.OTHER + text] == before
    compare.toggle[0].set_value(True).run()
    assert not any(own.startswith("There is no difference map") for own in said(compare))


def test_a_side_that_cannot_be_computed_says_so_and_the_other_stays(compare):
    compare.toggle[0].set_value(False).run()
    b(compare.text_area, state.input_key(TEXT_TASK, "text")).set_value(" ").run()
    assert not compare.exception
    count, problems = shown(compare)
    assert count == 1
    assert problems == [r"The text must hold at least one word, got none\. Type a sentence, or pick an example\."]


def test_two_pictures_of_one_grid_are_compared_by_place():
    page = by_key(opened("compare").selectbox, state.TASK).select(PICTURE_TASK).run()
    page.toggle[0].set_value(False).run()
    other = core.task_spec(PICTURE_TASK).examples[-2].title
    b(page.selectbox, state.example_key(PICTURE_TASK)).select(other).run()
    assert shown(page) == (2, [])
    assert any("cells correspond by place only" in own for own in said(page))


def labels(page):
    return [own.label for own in page.sidebar.button]


def test_parts_of_a_against_b_can_be_hidden():
    whole = opened("compare", v="1", task=TEXT_TASK)
    fewer = opened("compare", v="1", task=TEXT_TASK, hide="swap,difference,input")
    assert not fewer.exception
    assert (labels(whole), labels(fewer)) == (["Swap A and B", "Reset B to A"], [])
    assert (len(whole.toggle), len(fewer.toggle)) == (1, 0)
    assert [[own.value for own in page.header] for page in (whole, fewer)] == [["The difference: B − A"], []]
    assert shown(fewer) == (2, [])
    bare = opened("compare", v="1", hide="task,input,example,parameters,temperature,distribution,score,swap")
    assert not bare.exception
    assert len(bare.sidebar.children) == 0
    assert shown(bare) == (2, [])


def test_the_study_of_widths_is_in_the_link_and_can_be_hidden():
    page = opened("score_functions", v="1", **{"study.seed": "7", "study.width": "256"})
    assert page.session_state[state.STUDY_SEED] == by_key(page.number_input, state.STUDY_SEED).value == 7
    assert by_key(page.select_slider, state.STUDY_WIDTH).value == 256
    assert any("at width 256; one colour scale" in own and "seed 7." in own for own in said(page))
    by_key(page.select_slider, state.STUDY_WIDTH).set_value(1024).run()
    assert dict(page.query_params) == {"v": "1", "study.seed": "7", "study.width": "1024"}
    by_key(page.number_input, state.STUDY_SEED).set_value(0).run()
    by_key(page.select_slider, state.STUDY_WIDTH).set_value(state.DEFAULT_WIDTH).run()
    assert dict(page.query_params) == {}
    fewer = opened("score_functions", v="1", hide="study", **{"study.seed": "7"})
    assert not fewer.exception
    assert "What the width does to it" not in [own.value for own in fewer.header]
    assert [own.key for own in fewer.number_input] == []
    assert fewer.session_state[state.STUDY_SEED] == 7


@pytest.mark.parametrize("name", core.score_names())
def test_the_page_of_every_score_function_draws(name):
    page = by_key(opened("score_functions").button_group, state.SCORE).set_value(name).run()
    assert not page.exception
    spec, texts = core.score_spec(name), "\n".join(said(page))
    for part in (spec.formula, spec.when, spec.summary, spec.source):
        assert part in texts
    for symbol in spec.symbols:
        assert symbol.meaning in texts
    for task in core.task_names():
        assert core.task_spec(task).title in texts


def test_every_distribution_draws_and_the_learned_numbers_are_counted():
    page = opened("score_functions")
    for name in core.distribution_names():
        by_key(page.selectbox, state.DISTRIBUTION).select(name).run()
        assert not page.exception
        assert any(core.distribution_spec(name).formula in text for text in said(page))
    for name in core.score_names():
        learned = services.learned(name)
        for task in core.task_names():
            module = task_of(task).head(name).score
            assert learned[task] == sum(own.numel() for own in module.parameters())


def test_the_weights_beside_the_energies_are_softmax_at_the_temperature():
    choices = state.Choices("trained", 0, "softmax", (), 0.5)
    raised = np.exp(np.array([1.0, 0.0, -1.0]) / 0.5)
    np.testing.assert_allclose(services.weights_of((1.0, 0.0, -1.0), choices), raised / raised.sum(), atol=1e-12)


def test_nothing_is_taken_out_before_the_section_is_opened(monkeypatch):
    asked = []
    monkeypatch.setattr(services, "take_out", lambda *given: asked.append(given) or ())
    page = AppTest.from_file(str(MAIN), default_timeout=SECONDS).run()
    assert asked == []
    page.session_state["matter_open"] = True
    page.run()
    assert len(asked) == 1
    assert not page.exception
    assert any(own.startswith("This row has one key only") for own in said(page))
    page.session_state[state.HIDE] = frozenset({"matter"})
    page.run()
    assert len(asked) == 1


@pytest.mark.parametrize("distribution", ["softmax", "sparsemax"])
def test_what_taking_a_key_out_changes_is_what_the_task_says_under_that_mask(distribution):
    text = "The story is unbelievably dull."
    choices = state.Choices("trained", 0, distribution, (), 1.0)
    task = task_of(TEXT_TASK)
    encoded = services._encode(TEXT_TASK, {"text": text}, {})  # what is cached for one visitor is called without the cache
    given = report.Shown(encoded, services.attend.__wrapped__(TEXT_TASK, "", choices, encoded), "", "", {})
    whole = task.run(text=text, score="general", distribution=distribution)
    top, *others = services.take_out.__wrapped__(TEXT_TASK, "", choices, "general", 0, given)
    assert top.key == int(whole.by_word().weights[0].argmax())
    assert sorted(own.key for own in [top, *others]) == list(range(len(whole.key_words.labels)))
    for own in (top, others[0]):
        key_mask = whole.key_words.index != own.key
        masked = task.run(text=text, score="general", distribution=distribution, key_mask=key_mask)
        np.testing.assert_allclose(own.weights, masked.by_word().weights[0], atol=1e-6)
        assert own.weights[own.key] == 0
        assert own.outcome == masked.output["label"]
        assert own.share == pytest.approx(masked.output["probabilities"][whole.output["label"]], abs=1e-6)
        moved = sum(abs(a - b) for a, b in zip(whole.by_word().weights[0], masked.by_word().weights[0], strict=True)) / 2
        assert own.moved == pytest.approx(moved, abs=1e-6)


@pytest.mark.parametrize(("cell", "problems"), [("0,9999", [address.PROBLEM]), ("0,1", [])])
def test_a_cell_that_neither_side_has_is_said_once(cell, problems):
    page = AppTest.from_string(SCRIPT.format("compare"), default_timeout=SECONDS)
    for name, value in {"v": "1", "task": TEXT_TASK, "cell": cell}.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert [own.value for own in page.toast] == problems
    assert page.session_state.get(state.CELL) == (None if problems else (0, 1))
