"""Sentence pairs: no held-out sentence was seen, in any of its translations."""

import lzma

from attention_core.tasks.subwords import joined, words_of
from attention_core.training import translation_data
from attention_core.training.translation_data import plain, read, read_links, split


def pairs(count):
    return [(f"Sentence {n}.", f"Phrase {n}.") for n in range(count)]


def test_reading_takes_each_pair_once_and_tidies(tmp_path):
    path = tmp_path / "pairs.txt.xz"
    path.write_bytes(lzma.compress("Go.\tVa\u202f!\tmore\nGo.\tVa !\nIt’s me.\tC’est moi.\n".encode()))
    assert read(path) == [("Go.", "Va !"), ("It's me.", "C'est moi.")]


def test_all_versions_of_a_sentence_are_on_one_side(monkeypatch):
    monkeypatch.setattr(translation_data, "HELD_OUT", 20)
    monkeypatch.setattr(translation_data, "CHOOSING", 10)
    given = [*pairs(100), *((english.upper().replace(".", " !"), french * 2) for english, french in pairs(100))]
    given += [("Sentence 7.", "Une autre.")]
    parts = split(given)
    sides = [{plain(own) for own in side} for side in (parts.held_out, parts.choosing, dict(parts.training))]
    assert [len(own) for own in sides] == [20, 10, 70]
    assert not sides[0] & sides[1] and not sides[0] & sides[2] and not sides[1] & sides[2]
    assert len(parts.training) == 140 + (plain("Sentence 7.") in sides[2])
    assert split(given) == parts


def test_a_held_out_sentence_has_all_its_versions(monkeypatch):
    monkeypatch.setattr(translation_data, "HELD_OUT", 5)
    monkeypatch.setattr(translation_data, "CHOOSING", 0)
    parts = split([("A.", "Un."), ("A.", "Une."), ("B.", "Deux."), ("C.", "Trois."), ("D.", "Quatre."), ("E.", "Cinq.")])
    assert parts.held_out["A."] == ["Un.", "Une."]
    assert not parts.training


def test_sentences_of_the_linked_pairs_are_not_trained_on():
    english = read_links()[0][0]
    text = " ".join(english).replace(" .", ".")
    parts = split([(text, "Une."), (text.upper(), "Deux."), ("Another one.", "Trois.")])
    assert {own for side in (parts.held_out, parts.choosing, dict(parts.training)) for own in side} == {"Another one."}


def test_every_linked_pair_is_twenty_short_sentences_with_each_word_linked():
    links = read_links()
    assert len(links) == 20
    for english, french, sources in links:
        assert words_of(joined(english)) == english
        assert words_of(joined(french)) == french
        assert len(sources) == len(french)
        assert all(sources)
        assert set.union(*sources) == set(range(len(english)))
