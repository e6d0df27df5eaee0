"""What the shipped translation checkpoints do: sentences that come out right, and word links of our own that are found."""

import json
from pathlib import Path

import pytest

from attention_core import load_task
from attention_core.training.translation_data import read_links

SENTENCES = json.loads(Path(__file__).with_name("translations.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def task():
    return load_task("translation", device="cpu")


@pytest.fixture(scope="module")
def best(task):
    scores = task.card["scores"]
    return max(scores, key=lambda name: scores[name]["metrics"]["chrf"])


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_comes_out_right(task, best, sentence):
    """Any of the right translations that were written down before training."""
    assert task.run(text=sentence, score=best).output["text"] in SENTENCES[sentence]


def test_additives_largest_weight_is_on_a_right_word(task):
    """Of twenty sentence pairs whose words were linked by hand before training; none was trained on."""
    right, count = 0, 0
    for english, french, sources in read_links():
        weights = task.run(text=english, target=french, score="additive").by_word().weights
        assert weights.shape == (len(french), len(english))
        right += sum(row.argmax() in own for row, own in zip(weights, sources, strict=True))
        count += len(french)
    assert right / count >= 0.8
    assert right / count == pytest.approx(task.card["scores"]["additive"]["metrics"]["links"], abs=1e-6)


def test_what_the_cards_figures_say(task):
    """The best is good, and additive and general, which see the source, are far above the floor, on all held-out sentences."""
    scores, floor = task.card["scores"], task.card["floor"]
    chrf = {name: own["metrics"]["chrf"] for name, own in scores.items()}
    assert max(chrf.values()) >= 56
    assert max(own["metrics"]["bleu"] for own in scores.values()) >= 38
    assert min(chrf["additive"], chrf["general"]) >= chrf[floor] + 5
    again = task.card["again"]
    for name in ("chrf", "bleu"):
        assert again["metrics"][name] == pytest.approx(scores[again["score"]]["metrics"][name], abs=1.0)
