"""The translation task with parameters drawn at random: labels, words, notes, refusals; what is written is attended to."""

import numpy as np
import pytest
import torch

from attention_core import InputError, score_names
from attention_core.ablation import without
from attention_core.tasks.settings import Settings
from attention_core.tasks.translation import GIVEN, MOST
from tests.examples import task_of

UNTRAINED = {"parameters": "untrained", "seed": 4}
SENTENCE, FRENCH = "Tom's old house isn't far.", "L'ancienne maison de Tom n'est pas loin."


@pytest.fixture(scope="module")
def task():
    return task_of("translation", device="cpu")


def test_rows_and_columns_are_the_words_of_both_sentences(task):
    result = task.run(text=SENTENCE, target=FRENCH, **UNTRAINED)
    merged = result.by_word()
    assert merged.key_labels == ("Tom's", "old", "house", "isn't", "far", ".")
    assert merged.query_labels == ("L'", "ancienne", "maison", "de", "Tom", "n'", "est", "pas", "loin", ".")
    assert result.output["text"] == FRENCH
    assert (result.query_labels[-1], result.key_labels[-1]) == ("[END]", "[END]")
    assert (result.query_words.index[-1], result.key_words.index[-1]) == (-1, -1)


@pytest.mark.parametrize("score", score_names())
def test_lists_of_words_have_one_row_and_one_column_a_word(task, score):
    english, french = ["New York", "isn't", "far.", "floccinaucity"], ["Ce", "n'est", "pas", "loin.", "?!", "l'"]
    merged = task.run(text=english, target=french, score=score, **UNTRAINED).by_word()
    assert (merged.query_labels, merged.key_labels) == (tuple(french), tuple(english))
    np.testing.assert_allclose(merged.weights.sum(1), 1, rtol=1e-5)


def test_a_written_sentence_given_back_is_the_same_result(task):
    first = task.run(text=SENTENCE, temperature=0.3, **UNTRAINED)
    again = task.run_encoded(
        [
            (
                task.written(task.encode(text=SENTENCE), Settings(temperature=0.3, **UNTRAINED)),
                Settings(temperature=0.3, **UNTRAINED),
            )
        ]
    )[0]
    np.testing.assert_array_equal(first.weights, again.weights)
    assert first.output == again.output


def test_a_target_with_one_row_a_piece_and_its_probabilities(task):
    result = task.run(text="I am a student.", target="Je suis étudiant.", **UNTRAINED)
    decoder = task.head("general", "untrained", 4).readout.decoder
    chances = decoder.log_probabilities(decoder.read(torch.tensor(result.query), torch.tensor(result.context))).exp()
    pieces = [task.model.target.labels.index(label) for label in result.query_labels]
    own = [chances[row, piece].item() for row, piece in enumerate(pieces)]
    of_words = [np.prod([p for p, word in zip(own, result.query_words.index, strict=True) if word == n]) for n in range(4)]
    np.testing.assert_allclose(result.output["word_probabilities"], of_words, rtol=1e-4)


def test_the_written_sentence_is_the_likelier_the_wider_the_beam_is_or_as_likely(task):
    def mean(beam):
        result = task.run(text=SENTENCE, beam=beam, temperature=0.2, **UNTRAINED)
        return sum(map(np.log, result.output["word_probabilities"])) / len(result.query_labels)

    assert mean(8) >= mean(1) - 1e-6


def test_what_is_written_depends_on_the_distribution_and_the_mask(task):
    def text(**settings):
        return task.run(text=SENTENCE, **UNTRAINED, **settings).output["text"]

    keys = len(task.encode(text=SENTENCE).key_labels)
    assert len({text(), text(distribution="hard"), text(key_mask=[True] + [False] * (keys - 1))}) > 1


def test_a_key_taken_out_for_one_word_leaves_the_words_and_the_rows_before(task):
    encoding, settings = task.encode(text=SENTENCE), Settings(**UNTRAINED)
    whole = task.run_encoded([(encoding, settings)])[0]
    fewer = without(task, encoding, settings, [2], row=3)
    assert fewer.query_labels == whole.query_labels
    assert fewer.weights[3, 2] == 0
    np.testing.assert_array_equal(fewer.weights[:3], whole.weights[:3])
    assert fewer.output["word_probabilities"] != whole.output["word_probabilities"]


def test_nothing_is_longer_than_allowed(task):
    result = task.run(text="word " * 100, target="mot " * 100, **UNTRAINED)
    assert (len(result.query_labels), len(result.key_labels)) == (MOST, MOST + 1)
    assert task.run(text=SENTENCE, **UNTRAINED).weights.shape[0] <= MOST + 1


@pytest.mark.parametrize(
    ("given", "note"),
    [
        ({"text": "we " * 60}, "The first 40 of 60 words were used: the encoder takes no more."),
        ({"text": "I am " * 8}, "Nearly all sentences it learned from have at most 15 words, this one has 16: expect mistakes."),
        ({"text": "I have a floccinaucity."}, "It never saw “floccinaucity”: what it writes for that is a guess."),
        ({"text": "Ich bin hier nicht allein."}, "It never saw most of these words. It reads English only."),
        ({"text": "I see 漢 now."}, "There are letters it never saw in “漢”; it reads them as [UNK]."),
        ({"text": "I am.", "target": "Я suis."}, "There are letters it never saw in “Я”; it reads them as [UNK]."),
        ({"text": "I am.", "target": "je " * 50}, "The first 40 of 50 words of the translation were used: it takes no more."),
        ({"text": "I am."}, "It is unsure: it gives a word of this a probability of 0.00 on average."),
    ],
)
def test_what_a_visitor_is_told(task, given, note):
    assert note in task.run(**given, **UNTRAINED).notes


def test_a_given_translation_is_called_given_and_a_plain_sentence_needs_no_other_note(task):
    assert task.run(text="I am a student.", target="Je suis étudiant.", **UNTRAINED).notes == (GIVEN,)


def test_a_word_of_a_list_that_holds_several_is_known_by_its_parts(task):
    listed = ["I", "don’t", "speak", "student."]
    assert task.run(text=listed, target="Je.", **UNTRAINED).notes == (GIVEN,)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"text": ""}, "The text must hold at least one word, got none. Type a sentence, or pick an example."),
        (
            {"text": "I am.", "target": " "},
            "The target must hold at least one word, got none. Type a sentence, or pick an example.",
        ),
        (
            {"text": "I am.", "target": []},
            "The target must hold at least one word, got none. Type a sentence, or pick an example.",
        ),
        ({"text": "I am.", "target": 3}, "The target must be a string or a list of words, got int. Type a sentence."),
        ({"target": "Je suis."}, "translation must be given text (and target, if you like), got target."),
    ],
)
def test_what_cannot_be_used_is_refused(task, given, sentence):
    with pytest.raises(InputError) as refused:
        task.run(**given, **UNTRAINED)
    assert str(refused.value) == sentence


def test_a_mask_with_a_row_a_word_needs_the_words(task):
    with pytest.raises(ValueError) as refused:
        task.run(text="I am.", key_mask=[[True] * 4] * 2, **UNTRAINED)
    assert str(refused.value) == (
        "key_mask must be boolean of shape (4,) as long as no words are given, got torch.bool of shape (2, 4)."
    )
    assert task.run(text="I am.", target="Je suis.", key_mask=[[True] * 4] * 4, **UNTRAINED).weights.shape == (4, 4)
