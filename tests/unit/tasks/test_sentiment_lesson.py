import csv
import hashlib
import json
from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from attention_core import InputError, lessons
from attention_core.learning import Prepared
from attention_core.tasks.sentences import encode
from attention_core.tasks.sentiment_lesson import HELD_OUT, LABELS, LESSONS, MOST, TRAINING, parse, read, shipped
from tests.examples import task_of

GOOD = [f"A fine film, number {n}.\tpositive" for n in range(10)] + [f"A dull film, number {n}.\tnegative" for n in range(10)]


def lines(*changed):
    """Twenty good lines, the first of them replaced."""
    return "\n".join([*changed, *GOOD[len(changed) :]])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There must be at least 10 lines, got 0. Add more, each a text, a tab and a label."),
        ("\n".join(GOOD[5:14]), "There must be at least 10 lines, got 9. Add more, each a text, a tab and a label."),
        ("\n".join(GOOD[:1] * 2001), "There must be at most 2,000 lines, got more. Leave some out."),
        (
            lines("Good.\tpositive", "No tab positive"),
            "Line 2 must be a text, a tab and a label, got no tab. Put one before the label.",
        ),
        (
            lines("", "Good.\t\tgreat"),
            "Line 2 must end in negative or positive, got “great”. Write one of them after the tab.",
        ),
        (
            lines("Good.\t" + "<b>" * 20),
            "Line 1 must end in negative or positive, got “<b><b><b><b><b><b><b><b><b><b>”. Write one of them after the tab.",
        ),
        (lines("Good.\t"), "Line 1 must end in negative or positive, got “”. Write one of them after the tab."),
        (lines("x" * 501 + "\tpositive"), "Line 1 must have at most 500 characters, got 501. Make it shorter."),
        (lines(" \u200b \tpositive"), "Line 1 must hold a word before its tab, got none. Write a sentence there."),
        ("\n".join(GOOD[:10]), "At least 2 lines must end in negative, got 0. Add some: both labels are needed."),
        ("\n".join(GOOD[9:]), "At least 2 lines must end in positive, got 1. Add some: both labels are needed."),
    ],
)
def test_refuses_what_it_cannot_learn_from(text, sentence):
    with pytest.raises(InputError) as refused:
        read(text)
    assert str(refused.value) == sentence


def test_reads_what_people_save():
    saved = "\ufeff" + "\r\n".join(["  A tab\tinside.  \tPositive ", "", *GOOD]) + "\r\n\r\n"
    assert parse(saved)[0] == ("A tab\tinside.", 1)
    assert len(parse(saved)) == 21
    assert len(parse("\n".join(GOOD * (MOST // 20)))) == MOST


@settings(max_examples=25)
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text):
    try:
        examples = parse(text + "\n" + "\n".join(GOOD))
    except InputError as refused:
        sentence = str(refused)
        assert sentence.startswith("Line ")
        return
    assert examples[-20:] == parse("\n".join(GOOD))


def test_a_fifth_of_each_label_is_set_apart_and_always_the_same():
    training, held_out = read("\n".join(GOOD))
    assert Counter(label for _, label in held_out) == {0: 2, 1: 2}
    assert sorted(training + held_out) == sorted(parse("\n".join(GOOD)))
    assert read("\n".join(GOOD)) == (training, held_out)
    few = [*GOOD[:8], *GOOD[-2:]]
    assert Counter(label for _, label in read("\n".join(few))[1]) == {0: 1, 1: 1}


def test_the_shipped_sentences_are_what_their_credits_say():
    credit = json.loads((LESSONS / "credits.json").read_text("utf-8"))
    assert credit["licence"] == "CC BY 4.0"
    assert set(credit["files"]) == {TRAINING.name, HELD_OUT.name}
    for path, examples in zip((TRAINING, HELD_OUT), shipped(), strict=True):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == credit["files"][path.name]["sha256"]
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        assert len(rows) == len(examples) == credit["files"][path.name]["sentences"]
        assert {len(row) for row in rows} == {2}
        assert Counter(label for _, label in rows) == dict.fromkeys(LABELS, len(rows) // 2)
    training, held_out = shipped()
    assert not {text for text, _ in training} & {text for text, _ in held_out}


@pytest.fixture(scope="module")
def task():
    return task_of("sentiment", "cpu")


@pytest.fixture(scope="module")
def prepared(task):
    return list(lessons.prepare(task, *read("\n".join(GOOD * 4))))


def test_encodes_as_the_task_does(task, prepared):
    training, _ = prepared[-1].data
    text, label = read("\n".join(GOOD * 4))[0][7]
    encoding = task.encode(text=text)
    alone = encoding.key[encoding.key_mask]
    torch.testing.assert_close(training.states[7].float(), alone, atol=2e-3, rtol=2e-3)  # kept in float16
    assert training.labels[7] == label
    query, _, key_mask = training.batch(torch.tensor([7]), task.device)
    torch.testing.assert_close(query[0], encoding.query, atol=1e-3, rtol=1e-2)
    assert key_mask.all()


def test_tells_how_far_it_is(prepared):
    assert [part.done for part in prepared] == sorted(part.done for part in prepared)
    assert prepared[-1].done == 80
    assert {part.of for part in prepared} == {80}
    assert [part.data is None for part in prepared] == [True] * (len(prepared) - 1) + [False]


def test_refuses_more_tokens_than_it_may_hold(task):
    with pytest.raises(InputError) as refused:
        list(encode(task.model.encoder, [("one two three", 0)] * 3, most_tokens=8))
    assert str(refused.value) == "The sentences must have at most 8 tokens together, got 9 or more. Leave some out."
    assert isinstance(list(encode(task.model.encoder, [("one two three", 0)] * 3, most_tokens=9))[-1], Prepared)


def test_learns_the_same_twice_and_better_than_it_began(task, prepared):
    training, held_out = prepared[-1].data

    def learned():
        head = lessons.fresh_head(task, "additive")
        before = lessons.measure(task, head, held_out)
        steps = [step.loss for step, _ in zip(lessons.learn(task, head, training), range(40), strict=False)]
        return before, steps, lessons.measure(task, head, held_out)

    before, losses, after = learned()
    assert (before, losses, after) == learned()
    assert losses[-1] < 0.3 < losses[0]
    assert after == 1 > before


def test_a_result_under_a_head_of_ones_own(task):
    encoding = task.encode(text="A fine film.")
    own = task.run_head(task.head("general"), "general", encoding)
    shipped_result = task.run(text="A fine film.", score="general")
    assert own.weights.tolist() == shipped_result.weights.tolist()
    assert own.output == shipped_result.output
    assert own.provenance["parameters"] == "fitted here"
    assert own.provenance["weights_sha256"] is None
    other = task.run_head(lessons.fresh_head(task, "general"), "general", encoding)
    assert other.weights.tolist() != own.weights.tolist()


def test_what_it_is_compared_with_is_what_the_card_says(task):
    assert f"{task.card['data'][0]['training']:,} sentences" in task.spec.lesson.compared
