"""A link holds the whole state of a view, and nothing that is wrong in one can do harm."""

from unittest.mock import patch
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import heads, link, state
from app.address import declared
from app.components import sides
from app.link_input import LONGEST_TEXT, is_blank
from attention_core import InputError
from attention_core.encoders.text import split_words
from tests.app.test_broken_links import FINITE

DECLARED = declared()
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffd")
OWN_TEXTS = st.text(CHARACTERS, max_size=40) | st.text(CHARACTERS, min_size=LONGEST_TEXT, max_size=LONGEST_TEXT)
REFUSED = st.sampled_from([" ", "\u200b\n", "\ud800", "a" * (LONGEST_TEXT + 1)])  # texts that no link holds
UPLOADS = st.builds(state.Upload, st.just("own.png"), st.binary(max_size=3))
DEFAULT = link.decode({}, DECLARED)


def through_an_address(params):
    """What the server is given when a browser opens the link."""
    return parse_qs(urlencode(params), keep_blank_values=True)


def started(kept):
    """What the session holds once A against B has been opened."""
    session, task = dict(kept), next(task for task in DECLARED.tasks if task.name == kept[state.TASK])
    with patch("streamlit.session_state", session):
        sides.start(task, DECLARED.scores, DECLARED.distributions)
    return session


class Session:
    """Keeps what no link holds, as the session of the page does."""

    def __init__(self):
        self.inputs = []

    def mark(self, task, values):
        self.inputs.append((task, dict(values)))
        return f"own{len(self.inputs)}"

    def recall(self, task, mark):
        own, values = self.inputs[int(mark.removeprefix("own")) - 1]
        return values if own == task else None


@st.composite
def one_input(draw, task, side, is_linked=True):
    """The input of one side; one that no link holds if it need not be one that does."""
    kept = {}
    if side and draw(st.booleans()):
        values = {}  # B has A's input
    elif task.examples and draw(st.booleans()):
        example = draw(st.sampled_from(task.examples))
        kept[state.example_key(task.name, side)], values = example.title, example.values
    else:
        values = {}
        for own in task.inputs:
            shipped = sorted({example.values[own.name] for example in task.examples})
            texts = OWN_TEXTS if own.optional else OWN_TEXTS.filter(lambda text: not is_blank(text))
            values[own.name] = draw(st.sampled_from(shipped) if own.is_file else texts)
        if not is_linked:
            own = draw(st.sampled_from([own for own in task.inputs if not own.optional]))
            values[own.name] = draw(UPLOADS if own.is_file else REFUSED)
        kept[state.example_key(task.name, side)] = state.OWN_INPUT
        kept[state.own_key(task.name, side)] = values
    return kept | {state.input_key(task.name, name, side): value for name, value in values.items()}


@st.composite
def one_transformer(draw):
    """What a visitor can choose on the page of transformers, with an input that a link holds."""
    reads = draw(st.sampled_from(list(DECLARED.readers)))
    return {
        **draw(one_input(DECLARED.readers[reads], "")),
        state.MODEL: draw(st.sampled_from(DECLARED.transformers)),
        state.READS: reads,
        state.KIND: draw(st.sampled_from(["cross", "encoder", "decoder"])),
        state.HEAD: draw(st.sampled_from([None, "rollout", "all.max", "3.mean", "11.7"])),
        state.SUMMARY: draw(st.sampled_from(list(heads.SUMMARIES))),
        state.SCALE: draw(st.sampled_from(list(heads.SCALES))),
        state.HIDES_SPECIAL: draw(st.booleans()),
        state.WARMTH: draw(st.sampled_from(state.TEMPERATURES)),
        state.TOP_K: draw(st.integers(0, state.LARGEST_K)),
        state.TOP_P: draw(st.sampled_from(state.TOP_PS)),
        state.DRAW: draw(st.integers(0, state.LARGEST_SEED)),
        state.STEP: draw(st.integers(0, state.LARGEST_STEP)),
    }


@st.composite
def one_side(draw, task, side, is_linked=True):
    """The choices of one side, as a visitor can make them; with an input that no link holds if it need not be one that does."""
    kept = draw(one_input(task, side, is_linked))
    kept[side + state.SCORE] = draw(st.sampled_from(DECLARED.scores)).name
    kept[side + state.PARAMETERS] = draw(st.sampled_from([state.TRAINED, state.UNTRAINED]))
    if kept[side + state.PARAMETERS] == state.UNTRAINED:
        kept[side + state.SEED] = draw(st.integers(0, state.LARGEST_SEED))
    kept[side + state.TEMPERATURE] = draw(st.sampled_from(state.TEMPERATURES))
    distribution = draw(st.sampled_from(DECLARED.distributions))
    kept[side + state.DISTRIBUTION] = distribution.name
    for owner, option in [(own.name, option) for own in (distribution, task) for option in own.options]:
        values = st.sampled_from(option.choices) if option.choices else st.integers(option.minimum, option.maximum)
        kept[state.option_key(owner, option.name, side)] = draw(values)
    return kept


@st.composite
def views(draw, is_linked=True):
    """Every state of a view that fits a link, or of which the input does not."""
    task = draw(st.sampled_from(DECLARED.tasks))
    kept = {state.TASK: task.name, **draw(one_side(task, "", is_linked)), **draw(one_transformer())}
    kept[state.STUDY_SEED] = draw(st.integers(0, state.LARGEST_SEED))
    kept[state.STUDY_WIDTH] = draw(st.sampled_from(DECLARED.widths))
    match draw(st.sampled_from(["one", "started", "input", "setting", "two"])):
        case "started":
            kept = started(kept)
        case "input":
            other = draw(one_side(task, state.OTHER, is_linked))
            kept = started(kept) | {key: value for key, value in other.items() if key.endswith(task.name) or "input:" in key}
        case "setting":
            kept = started(kept) | {state.OTHER + state.TEMPERATURE: draw(st.sampled_from(state.TEMPERATURES))}
        case "two":
            kept |= draw(one_side(task, state.OTHER, is_linked))
    if draw(st.booleans()):
        kept[state.CELL] = (draw(st.integers(0, 999)), draw(st.integers(0, 999)))
        if draw(st.booleans()):
            kept[state.SIDE] = state.A_AND_B[1]
    if draw(st.booleans()):
        kept[state.ROW] = draw(st.integers(0, 999))
    if hide := draw(st.frozensets(st.sampled_from(state.PARTS))):
        kept[state.HIDE] = hide
    return kept


@given(views(), st.sampled_from([None, *link.THEMES]))
def test_any_view_comes_back_from_its_link(kept, theme):
    made = link.encode(kept, DECLARED, theme)
    assert made.left_out == ()
    assert_restored(kept, link.decode(through_an_address(made.params), DECLARED), theme)


@given(views(is_linked=False))
def test_any_view_comes_back_from_the_address_of_its_own_session(kept):
    session = Session()
    made = link.encode(kept, DECLARED, mark=session.mark)
    assert len(made.left_out) <= len(session.inputs) <= 2
    assert_restored(kept, link.decode(through_an_address(made.params), DECLARED, session.recall))
    elsewhere = link.decode(through_an_address(made.params), DECLARED)
    assert elsewhere.is_whole
    assert elsewhere.is_missing is bool(session.inputs)
    if session.inputs:
        assert not elsewhere.kept.keys() & {state.CELL, state.ROW}
    assert not link.encode(kept, DECLARED).params.keys() & {"input", "b.input"}  # what is shared


def assert_restored(kept, found, theme=None):
    """Every choice is back, those for B at the latest once the page that compares has been opened."""
    assert (found.theme, found.is_whole, found.is_missing) == (theme, True, False)
    assert {key: kept.get(key) for key in found.kept} == found.kept
    mine = {key: value for key, value in kept.items() if not key.startswith(state.OTHER)}
    assert {key: found.kept.get(key) for key in mine} == mine
    if mine != kept:
        session = started(found.kept)
        assert {key: session.get(key) for key in kept} == kept


def test_b_is_left_out_while_it_is_what_the_comparison_starts_with():
    kept = started({**DEFAULT.kept, state.SCORE: "cosine", state.TEMPERATURE: 2.0})
    assert link.encode(kept, DECLARED).params == {"v": "1", "score": "cosine", "temperature": "2"}
    changed = link.encode({**kept, state.TEMPERATURE: 3.0}, DECLARED).params
    assert changed["b.temperature"] == "2"
    assert {name for name in changed if name.startswith("b.")} == {
        "b.score", "b.parameters", "b.temperature", "b.distribution",
    }  # fmt: skip


@pytest.mark.parametrize("query", ["v=1&b.example=A+bicycle", "v=1&b.temperature=2", "v=1&b.score=uniform"])
def test_the_comparison_starts_with_what_a_link_says_of_b(query):
    found = link.decode(parse_qs(query), DECLARED)
    assert found.kept.keys() - DEFAULT.kept.keys()
    session = started(found.kept)
    assert {key: session.get(key) for key in found.kept} == found.kept


@given(st.text(max_size=8) | st.text(st.sampled_from(" \t\u200b\u0301\u2028\ue000.a中😀\U000e0001"), max_size=8))
def test_a_text_is_blank_where_the_tasks_find_no_word(text):
    try:
        split_words(text)
    except InputError:
        assert is_blank(text)
    else:
        assert not is_blank(text)


@given(views())
def test_a_link_says_only_what_differs(kept):
    params = link.encode(kept, DECLARED).params
    for name in params.keys() - {"v"}:
        fewer = {key: value for key, value in params.items() if key != name}
        assert link.decode(through_an_address(fewer), DECLARED) != link.decode(through_an_address(params), DECLARED), name


def test_a_first_visit_needs_no_link():
    assert link.encode({}, DECLARED) == link.Link({})
    assert link.encode(DEFAULT.kept, DECLARED) == link.Link({})
    assert DEFAULT.is_whole


def test_a_link_is_readable():
    kept = {**DEFAULT.kept, state.SCORE: "additive", state.TEMPERATURE: 0.5, state.CELL: (0, 7), state.HIDE: frozenset({"task"})}
    assert link.encode(kept, DECLARED, "dark").params == {
        "v": "1", "score": "additive", "temperature": "0.5", "cell": "0,7", "hide": "task", "theme": "dark",
    }  # fmt: skip


def test_a_link_names_the_side_of_a_pinned_cell_only_where_it_is_b():
    for side, named in [("B", {"side": "B"}), ("A", {}), ("", {}), (None, {})]:
        assert link.encode({state.CELL: (0, 7), state.SIDE: side}, DECLARED).params == {"v": "1", "cell": "0,7", **named}
    assert link.encode({state.SIDE: "B"}, DECLARED).params == {}
    found = link.decode({"v": ["1"], "cell": ["0,7"], "side": ["A"]}, DECLARED)
    assert (found.kept, found.is_whole) == ({**DEFAULT.kept, state.CELL: (0, 7)}, False)


TEXT_TASK = next(task for task in DECLARED.tasks if all(own.kind == "text" for own in task.inputs))
PICTURE_TASK = next(task for task in DECLARED.tasks if any(own.kind == "image" for own in task.inputs))


def own_input(task, **values):
    return {
        **DEFAULT.kept,
        state.TASK: task.name,
        state.example_key(task.name): state.OWN_INPUT,
        **{state.input_key(task.name, name): value for name, value in values.items()},
    }


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [
        (
            own_input(TEXT_TASK, text="a" * 1501),
            "Your text is not part of the link: it has 1,501 characters, and a link takes 1,500.",
        ),
        (own_input(TEXT_TASK, text=" \n"), "There is no word in your text, so it is not part of the link."),
        (own_input(TEXT_TASK, text="\ud800"), "Your text has characters that no link can hold, so it is not part of the link."),
        (own_input(PICTURE_TASK, image=state.Upload("x.png", b"1"), text="a"), "What you uploaded is not part of the link."),
    ],
)
def test_what_does_not_travel_is_said_and_an_example_stands_for_it(kept, sentence):
    made = link.encode(kept, DECLARED)
    assert made.left_out == (sentence,)
    found = link.decode(through_an_address(made.params), DECLARED)
    first = next(task for task in DECLARED.tasks if task.name == kept[state.TASK]).examples[0]
    assert found.is_whole
    assert found.kept[state.example_key(kept[state.TASK])] == first.title


@given(views(), st.data())
def test_one_wrong_thing_leaves_the_rest(kept, data):
    params = through_an_address(link.encode(kept, DECLARED).params)
    name = data.draw(st.sampled_from(["unknown", *[each for each in params if each != "v"]]))
    before = {key: values for key, values in params.items() if key != name}
    wrong = [*params.get(name, ["1"]), data.draw(st.text(CHARACTERS))]
    found = link.decode({**before, name: wrong}, DECLARED)
    if (
        "input" not in name and name.split(".")[-1] not in ("task", "distribution", "parameters") and "in." not in name
    ):  # nothing else depends on it
        assert found.kept == link.decode(before, DECLARED).kept
    assert not found.is_whole


NAMES = (
    st.sampled_from(
        [*FINITE, "v", "seed", "in.text", "in.image", "opt.k", "b.score", "b.in.text", "b.opt.k", "b.seed", "b.input"]
    )
    | st.text()
)
VALUES = st.text() | st.sampled_from(
    ["1", "additive", "untrained", "top_k", "sentiment", "find", "0,3", "B", "task,score", "Praise", "dark", "own1"]
)


@given(st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=2)))
def test_whatever_a_link_says_what_comes_of_it_is_a_view(params):
    found = link.decode({**params, "v": ["1"]}, DECLARED)
    again = link.encode(found.kept, DECLARED, found.theme)
    assert again.left_out == ()
    kept = found.kept
    if not any(name.startswith("b.") for name in again.params):  # a B like that is what the comparison starts with
        kept = {key: value for key, value in kept.items() if not key.startswith(state.OTHER)}
    assert link.decode(through_an_address(again.params), DECLARED) == link.Found(kept, found.theme, True)
