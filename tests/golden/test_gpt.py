"""The GPT that comes along: what training wrote, what its card claims, and that any program opens it as a GPT-2."""

import json
import re

import numpy as np
import pytest
import torch
import transformers

from attention_core.tasks.checkpoints import MODELS
from attention_core.training.run import sha256
from attention_core.transformers import next_energies, open_transformer
from tests.readme import README, gpt_table

FOLDER = MODELS / "gpt"
LARGEST = 60_000_000  # bytes, with the vision transformer


@pytest.fixture(scope="module")
def card():
    return json.loads((FOLDER / "card.json").read_text("utf-8"))


def test_the_weights_are_those_that_the_card_tells_of(card):
    assert sha256(FOLDER / card["file"]) == card["sha256"]
    assert sum(path.stat().st_size for name in ("gpt", "vit") for path in (MODELS / name).glob("*")) < LARGEST


def test_it_predicts_held_out_text_better_than_smoothed_n_grams(card):
    told = card["perplexity"]
    grams = [own for name, own in told.items() if "-gram" in name]
    assert len(grams) == 2
    assert told["gpt"] < min(grams)
    assert told["gpt"] < told["gpt, untrained"] < 2 * told["uniform over tokens"]
    assert card["documents"]["held_out"] >= 1000


def test_the_card_holds_twenty_samples_of_thirty_words(card):
    texts = card["samples"]["texts"]
    assert len(texts) == 20
    for text in texts:
        assert len(re.findall(r"\w+(?:['’]\w+)*|[^\w\s]", text)) == 30


def test_any_program_opens_it_as_a_gpt2():
    model = transformers.GPT2LMHeadModel.from_pretrained(FOLDER, dtype=torch.float32, attn_implementation="sdpa").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(FOLDER)
    ids = [tokenizer.bos_token_id, *tokenizer("The little dog was very")["input_ids"]]
    with torch.inference_mode():
        wanted = model(torch.tensor([ids])).logits[0, -1].numpy()
    np.testing.assert_allclose(next_energies(open_transformer("gpt"), ids), wanted, atol=1e-4)


def test_it_has_learned_what_follows_what():
    """Plain English: after these beginnings the right word is among the ten likeliest of 4,096."""
    model = open_transformer("gpt")
    for beginning, word in (
        ("Once upon a", " time"),
        ("Tom told", " Mary"),
        ("She didn't want", " to"),
        ("The sun is", " bright"),
    ):
        energies = next_energies(model, model.token_ids(beginning, model.most_tokens))
        best = model.tokens(np.argsort(-energies)[:10].tolist())
        assert word in best, (beginning, best)


def test_the_readme_tells_the_cards_numbers():
    assert gpt_table() in README.read_text("utf-8")
