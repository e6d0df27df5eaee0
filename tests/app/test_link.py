"""A link holds the whole state of a view, and nothing that is wrong in one can do harm."""

import random
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import link, state
from app.address import declared

DECLARED = declared()
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\ufffd")
OWN_TEXTS = st.text(CHARACTERS, max_size=40) | st.text(CHARACTERS, min_size=link.LONGEST_TEXT, max_size=link.LONGEST_TEXT)
DEFAULT = link.decode({}, DECLARED)


def through_an_address(params):
    """What the server is given when a browser opens the link."""
    return parse_qs(urlencode(params), keep_blank_values=True)


@st.composite
def one_side(draw, task, side):
    """The choices of one side, as a visitor can make them."""
    kept = {}
    if task.examples and draw(st.booleans()):
        example = draw(st.sampled_from(task.examples))
        kept[state.example_key(task.name, side)], values = example.title, example.values
    else:
        values = {}
        for own in task.inputs:
            shipped = sorted({example.values[own.name] for example in task.examples})
            values[own.name] = draw(OWN_TEXTS if own.kind == "text" else st.sampled_from(shipped))
        kept[state.example_key(task.name, side)] = state.OWN_INPUT
        kept[state.own_key(task.name, side)] = values
    kept |= {state.input_key(task.name, name, side): value for name, value in values.items()}
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
def views(draw):
    """Every state of a view that fits a link."""
    task = draw(st.sampled_from(DECLARED.tasks))
    kept = {state.TASK: task.name, **draw(one_side(task, ""))}
    if draw(st.booleans()):
        kept |= draw(one_side(task, state.OTHER))
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
    found = link.decode(through_an_address(made.params), DECLARED)
    assert found == link.Found(kept, theme, True)


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


WRONG_VALUES = (
    "",
    "x",
    "<b>x</b>",
    "javascript:alert(1)",
    "-1",
    "1e9",
    "9" * 400,
    "0.1000001",
    "nan",
    "😀",
    "None",
    "٣",
    "a" * 100_000,
)
FINITE = ("task", "example", "score", "parameters", "temperature", "distribution", "cell", "side", "hide", "theme")


def broken_links():
    """Query strings with one thing wrong each, and nothing else in them."""
    found = [f"v=1&{name}={value}" for name in FINITE for value in WRONG_VALUES]
    found += [f"v=1&b.{name}={value}" for name in FINITE[1:6] for value in WRONG_VALUES]
    found += [f"v=1&{value}=1" for value in WRONG_VALUES if value]
    found += [f"v={value}&score=additive&theme=dark" for value in (*WRONG_VALUES, "0", "2", "1.0", "01", " 1")]
    found += ["score=additive", "theme=dark", "hide=task", "in.text=hello", "v=1&v=1&score=additive", "%FF=%FE", "=", "&&v", "v"]
    for repeated in FINITE:
        found += [f"v=1&{repeated}=a&{repeated}=b", f"v=1&{repeated}=&{repeated}="]
    found += [f"v=1&in.text={value}" for value in ("%FF", "%C3%28", "a" * 1501, "a" * 100_000, "%ED%A0%80", "text")]
    found += [
        f"v=1&in.image={value}&in.text=a" for value in ("..%2F..%2Fetc%2Fpasswd", "cat", "", "%2Fdev%2Fzero", "http://x/y.jpg")
    ]
    found += [
        "v=1&example=A+bicycle&in.text=a&in.image=cat-on-couch.jpg",
        "v=1&seed=3",
        "v=1&opt.k=3",
        "v=1&cell=1,2,3",
        "v=1&cell=-1,0",
        "v=1&side=B",
    ]
    own = random.Random(0)
    alphabet = "abcv=&?%#;+./:<>\"'\\{}[]\x00é中1" + "".join(name[0] for name in FINITE)
    while len(found) < 600:
        text = "".join(own.choice(alphabet) for _ in range(own.randrange(1, 60)))
        if any(name != "v" for name in parse_qs(text, keep_blank_values=True)):
            found.append(text)
    return found


def test_five_hundred_broken_links_show_the_default_view():
    links = broken_links()
    assert len(set(links)) > 500
    for query in links:
        found = link.decode(parse_qs(query, keep_blank_values=True), DECLARED)
        assert not found.is_whole, query[:200]
        assert found.kept == DEFAULT.kept, query[:200]
        assert found.theme is None, query[:200]


@given(views(), st.data())
def test_one_wrong_thing_leaves_the_rest(kept, data):
    params = through_an_address(link.encode(kept, DECLARED).params)
    name = data.draw(st.sampled_from(["unknown", *[each for each in params if each != "v"]]))
    before = {key: values for key, values in params.items() if key != name}
    wrong = [*params.get(name, ["1"]), data.draw(st.text(CHARACTERS))]
    found = link.decode({**before, name: wrong}, DECLARED)
    if name.split(".")[-1] not in ("task", "distribution", "parameters") and "in." not in name:  # nothing else depends on it
        assert found.kept == link.decode(before, DECLARED).kept
    assert not found.is_whole


NAMES = (
    st.sampled_from([*FINITE, "v", "seed", "in.text", "in.image", "opt.k", "b.score", "b.in.text", "b.opt.k", "b.seed"])
    | st.text()
)
VALUES = st.text() | st.sampled_from(
    ["1", "additive", "untrained", "top_k", "sentiment", "find", "0,3", "B", "task,score", "Praise", "dark"]
)


@given(st.dictionaries(NAMES, st.lists(VALUES, min_size=1, max_size=2)))
def test_whatever_a_link_says_what_comes_of_it_is_a_view(params):
    found = link.decode({**params, "v": ["1"]}, DECLARED)
    again = link.encode(found.kept, DECLARED, found.theme)
    assert again.left_out == ()
    assert link.decode(through_an_address(again.params), DECLARED) == link.Found(found.kept, found.theme, True)
