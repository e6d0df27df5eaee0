"""Words and their pieces."""

import pytest

from attention_core import InputError
from attention_core.tasks.subwords import Subwords, joined, tidy, words_of
from attention_core.training.translation_data import learn_pieces

SENTENCES = ["L'homme lit.", "Les hommes lisent un livre.", "Qu'est-ce qu'il lit ?", "Un homme et l'enfant lisent."] * 5


@pytest.fixture(scope="module")
def subwords():
    return learn_pieces(SENTENCES, 60)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Je suis à l’hôpital.", ["Je", "suis", "à", "l'", "hôpital", "."]),
        ("Qu'est-ce qu'il dit ?", ["Qu'", "est-ce", "qu'", "il", "dit", "?"]),
        ("Aujourd'hui, quelqu'un", ["Aujourd'hui", ",", "quelqu'un"]),
        ("I don't know Tom's o'clock.", ["I", "don't", "know", "Tom's", "o'clock", "."]),
        ("3,50 € at 10:30.", ["3,50", "€", "at", "10:30", "."]),
        ("Jusqu'à lundi", ["Jusqu'", "à", "lundi"]),
        ("l'", ["l'"]),
        (["New York", "l'eau"], ["New York", "l'eau"]),
    ],
)
def test_words(text, words):
    assert words_of(text) == words


@pytest.mark.parametrize(
    "sentence",
    [
        "Je suis étudiant.",
        "À l'hôpital, qu'est-ce qu'il dit ?",
        'Il dit : "Va-t\'en !"',
        "« Non » (dit-il), 3,50 € !",
        "Aujourd'hui, c'est l'été…",
    ],
)
def test_a_sentence_taken_apart_and_joined_is_itself(sentence):
    assert joined(words_of(sentence)) == sentence


def test_tidy_composes_letters_and_has_one_apostrophe_and_one_space():
    assert tidy("L’e\u0301te\u0301\u202f? \u200b oui\u00a0!") == "L'été ? oui !"


def test_pieces_spell_their_words(subwords):
    words = ["Les", "hommes", "lisent", "zut", "."]
    pieces = subwords.pieces(words, 99)
    assert ["".join(subwords.labels[piece] for piece in own) for own in pieces] == [
        "▁Les",
        "▁hommes",
        "▁lisent",
        "▁[UNK]ut",
        "▁.",
    ]
    assert subwords.unknown(words, pieces) == ["zut"]
    flat = [piece for own in pieces for piece in own]
    assert subwords.grouped([*flat, 0]) == (
        ["Les", "hommes", "lisent", "[UNK]ut", "."],
        [n for n, own in enumerate(pieces) for _ in own] + [-1],
    )


def test_frequent_words_are_one_piece_and_the_first_two_pieces_are_fixed(subwords):
    assert [len(own) for own in subwords.pieces(["homme", "lisent", "."], 9)] == [1, 1, 1]
    assert subwords.labels[:2] == ["[END]", "[UNK]"]
    assert len(subwords) == 60


def test_a_word_of_a_list_that_is_several_has_the_pieces_of_each(subwords):
    whole, apart = subwords.pieces(["l'homme."], 9), subwords.pieces(["l'", "homme", "."], 9)
    assert whole == [[piece for own in apart for piece in own]]


def test_only_whole_words_that_fit_are_used_but_always_one(subwords):
    assert len(subwords.pieces(["lit", "lit", "lit"], 2)) == 2
    assert subwords.pieces(["homme" * 9], 3)[0] == subwords.pieces(["homme" * 9], 99)[0][:3]


def test_a_file_holds_the_same_pieces(subwords, tmp_path):
    subwords.tokenizer.save(str(tmp_path / "pieces.json"))
    again = Subwords.load(tmp_path / "pieces.json")
    assert again.labels == subwords.labels
    assert again.pieces(["l'", "homme"], 9) == subwords.pieces(["l'", "homme"], 9)


def test_a_text_without_words_is_refused_by_its_name():
    with pytest.raises(InputError) as refused:
        words_of(" ", "target")
    assert str(refused.value) == "The target must hold at least one word, got none. Type a sentence, or pick an example."
