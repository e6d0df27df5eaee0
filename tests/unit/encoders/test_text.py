import pytest
import torch

from attention_core.encoders.text import MAX_TOKENS, TextEncoder, split_words
from attention_core.errors import InputError

NO_WORD = "The text must hold at least one word, got none. Type a sentence, or pick an example."


@pytest.fixture(scope="module")
def encoder():
    return TextEncoder(torch.device("cpu"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A warm, funny film.", ["A", "warm", ",", "funny", "film", "."]),
        ("  don't   stop-it\tnow\n", ["don't", "stop-it", "now"]),
        ("one\x00two\x07", ["one", "two"]),
        ("I 🎬 it", ["I", "🎬", "it"]),
        ("👨\u200d👩\u200d👧 ❤\ufe0f", ["👨\u200d👩\u200d👧", "❤\ufe0f"]),
        ("\U0001fae8", ["\U0001fae8"]),  # newer than Python's own tables
        ("電影DVD好!", ["電", "影", "DVD", "好", "!"]),
        ("שלום עולם", ["שלום", "עולם"]),
        ("مَرْحَبًا", ["مَرْحَبًا"]),
        ("हिन्दी", ["हिन्दी"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
    ],
)
def test_words_of_a_text(text, words):
    assert split_words(text) == words


def test_words_already_split_stay_whole():
    assert split_words(["New York", "wasn't", "…"]) == ["New York", "wasn't", "…"]


@pytest.mark.parametrize("text", ["", "   \n", "\x00\x01", "\u200b", "\ufeff\u202e", []])
def test_a_text_without_words_is_refused(text):
    with pytest.raises(InputError) as refused:
        split_words(text)
    assert str(refused.value) == NO_WORD


@pytest.mark.parametrize("blank", ["", " ", "\u200b", "\x07"])
def test_a_blank_word_in_a_list_is_refused(blank):
    with pytest.raises(InputError) as refused:
        split_words(["fine", blank])
    assert str(refused.value) == "Every word of the list must hold a character that can be seen, got a blank one. Remove it."


def test_token_states_know_their_words(encoder):
    (found,) = encoder.token_states(["Unbelievably good"], layers=[6])
    assert found.words == ("Unbelievably", "good")
    assert found.tokens[0] == "[CLS]"
    assert found.tokens[-1] == "[SEP]"
    assert found.states.shape == (len(found.tokens), 384)
    assert found.word_of_token == (-1, *[0] * (len(found.tokens) - 3), 1, -1)
    assert "".join(found.tokens[1:-2]).replace("##", "") == "unbelievably"


def test_a_text_alone_and_beside_a_longer_one_gets_the_same_states(encoder):
    texts = ["Short.", "A much longer sentence, with a number of words that the first has not."]
    alone, together = [encoder.token_states([text], layers=[3])[0] for text in texts], encoder.token_states(texts, layers=[3])
    for one, both in zip(alone, together, strict=True):
        torch.testing.assert_close(one.states, both.states, atol=1e-5, rtol=1e-5)


def test_a_long_text_is_cut_after_a_whole_word(encoder):
    (found,) = encoder.token_states(["unbelievable " * 300], layers=[0])
    assert len(found.tokens) <= MAX_TOKENS
    assert found.word_count == 300
    assert len(found.words) == max(found.word_of_token) + 1 < 300


def test_a_word_longer_than_the_encoder_takes_is_cut(encoder):
    (found,) = encoder.token_states([["x" * 5000, "end"]], layers=[0])
    assert len(found.tokens) <= MAX_TOKENS
    assert len(found.words) >= 1


def test_a_word_without_tokens_is_unknown(encoder):
    (found,) = encoder.token_states([["a", "￼"]], layers=[0])
    assert found.word_of_token == (-1, 0, 1, -1)


def test_embeddings_have_length_1_and_like_is_near_like(encoder):
    cat, kitten, rocket = encoder.embed(["a cat", "a kitten", "a rocket"])
    torch.testing.assert_close(torch.stack([cat, kitten, rocket]).norm(dim=-1), torch.ones(3))
    assert cat @ kitten > cat @ rocket + 0.2


def test_states_of_several_layers_stand_side_by_side(encoder):
    (both,), (first,), (last,) = (encoder.token_states(["A film."], layers=layers) for layers in ([2, 6], [2], [6]))
    assert torch.equal(both.states, torch.cat([first.states, last.states], -1))


@pytest.mark.parametrize("text", [None, 3, b"hello", ["a", 3]])
def test_what_is_no_text_is_refused(text):
    with pytest.raises(InputError) as refused:
        split_words(text)
    assert str(refused.value) == f"The text must be a string or a list of words, got {type(text).__name__}. Type a sentence."
