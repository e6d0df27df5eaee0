"""Stacks: what is kept, labels, special tokens left out, several readers at once."""

import threading

import numpy as np
import pytest
import transformers
from PIL import Image

from attention_core.errors import InputError
from attention_core.transformers import Transformer, open_transformer, read_checkpoint
from tests import tiny_transformers

TEXT = "the cat sat on a mat"


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    own = tmp_path_factory.mktemp("tiny")
    return {name: Transformer(read_checkpoint(tiny_transformers.make(name, own))) for name in tiny_transformers.MAKERS}


def test_the_kinds(opened):
    assert {name: own.kind for name, own in opened.items()} == {
        "bert": "encoder", "gpt2": "decoder", "llama": "decoder", "t5": "encoder-decoder", "vit": "vision",
    }  # fmt: skip


def test_only_what_is_asked_for_is_kept(opened):
    whole = opened["bert"].attend(text=TEXT, states=True)["encoder"]
    part = opened["bert"].attend(text=TEXT, layers=[2])["encoder"]
    assert (part.layers, part.weights.shape, part.queries) == ((2,), (1, 4, 8, 8), None)
    np.testing.assert_array_equal(part.weights[0], whole.weights[2])
    with pytest.raises(ValueError, match=r"^layer must be one that was kept \(2\), got 0\.$"):
        part.head(0, 0)
    with pytest.raises(ValueError, match=r"^head must be below 4, got 4\.$"):
        whole.head(0, 4)
    with pytest.raises(ValueError, match=r"^head needs queries and keys, which were not asked for\. Run with states=True\.$"):
        part.head(2, 0)
    with pytest.raises(ValueError, match=r"^layers must hold a number below 3, got \[3, 7\]\.$"):
        opened["bert"].attend(text=TEXT, layers=[7, 3])
    assert set(opened["t5"].attend(text=TEXT, layers=[2])) == {"encoder"}  # the decoder has two layers


def test_special_tokens_are_left_out_and_rows_sum_to_one(opened):
    stack = opened["bert"].attend(text=TEXT, states=True)["encoder"]
    assert stack.query_special.tolist() == [True, *[False] * 6, True]
    plain = stack.without_special()
    assert plain.query_labels == plain.key_labels == tuple(TEXT.split())
    np.testing.assert_allclose(plain.weights.sum(-1), 1, atol=1e-6)
    kept = stack.weights[1, 2, 3, 1:-1]
    np.testing.assert_allclose(plain.weights[1, 2, 2], kept / kept.sum(), atol=1e-6)
    assert plain.queries.shape == (3, 4, 6, 6)


def test_a_row_that_looks_only_at_special_tokens_becomes_even():
    stack = open_transformer("minilm", "cpu").attend(text=TEXT)["encoder"]
    stack.weights[0, 0, 2] = np.eye(len(stack.key_labels))[0]
    np.testing.assert_allclose(stack.without_special().weights[0, 0, 1], 1 / 6, atol=1e-6)


def test_a_decoder_sees_nothing_that_comes_later(opened):
    for name in ("gpt2", "llama"):
        weights = opened[name].attend(text=TEXT)["decoder"].weights
        assert (weights[..., ~np.tril(np.ones((7, 7), bool))] == 0).all()


def test_a_text_too_long_is_cut(opened):
    assert opened["bert"].attend(text="cat " * 100)["encoder"].weights.shape == (3, 4, 40, 40)
    assert opened["gpt2"].attend(text="cat " * 100)["decoder"].weights.shape == (3, 4, 40, 40)
    assert open_transformer("minilm", "cpu").attend(text="cat " * 3000, layers=[0])["encoder"].weights.shape == (1, 12, 512, 512)


def test_an_encoder_decoder_that_is_given_nothing_writes(opened):
    stacks = opened["t5"].attend(text=TEXT)
    rows, columns = stacks["cross"].query_labels, stacks["cross"].key_labels
    assert columns == stacks["encoder"].key_labels
    assert rows == stacks["decoder"].query_labels
    assert 1 < len(rows) <= 65


def test_patches_lie_where_they_are_called(opened):
    stack = opened["vit"].attend(image=Image.new("RGB", (64, 20), "red"))["vision"]
    assert stack.grid == (4, 4)
    assert (stack.key_labels[0], stack.key_labels[7]) == ("class token", "row 2, column 3")
    boxes = stack.key_boxes()
    assert np.isnan(boxes[0]).all()
    np.testing.assert_allclose(boxes[7], [0.5, 0.25, 0.75, 0.5])
    assert stack.key_special.tolist() == [True, *[False] * 16]
    assert opened["bert"].attend(text=TEXT)["encoder"].key_boxes() is None


@pytest.mark.parametrize("text", ["", "  \n", None])
def test_nothing_to_read_is_refused(opened, text):
    with pytest.raises(
        InputError, match=r"^The text must hold at least one word, got none\. Type a sentence, or pick an example\.$"
    ):
        opened["bert"].attend(text=text)


def test_an_empty_target_is_refused(opened):
    sentence = r"^The target must hold at least one word, got none\. Type a sentence, or pick an example\.$"
    with pytest.raises(InputError, match=sentence):
        opened["t5"].attend(text=TEXT, target=" ")


def test_a_second_special_patch_has_its_name(tmp_path):
    config = transformers.DeiTConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, image_size=16, patch_size=8, num_labels=2
    )
    transformers.DeiTForImageClassification(config).save_pretrained(tmp_path)
    (tmp_path / "preprocessor_config.json").write_text('{"image_mean": [0, 0, 0], "image_std": [1, 1, 1]}')
    stack = Transformer(read_checkpoint(tmp_path)).attend(image=Image.new("RGB", (20, 20)))["vision"]
    assert stack.key_labels[:3] == ("class token", "distillation token", "row 1, column 1")
    assert (stack.weights.shape, stack.key_boxes().shape) == ((1, 2, 6, 6), (6, 4))
    assert stack.key_special.tolist() == [True, True, False, False, False, False]


def test_readers_at_once_get_their_own(opened):
    texts = [" ".join(["cat"] * n) for n in range(1, 9)]
    alone = [opened["gpt2"].attend(text=text)["decoder"].weights for text in texts]
    found = [None] * len(texts)

    def read(n):
        for _ in range(5):
            found[n] = opened["gpt2"].attend(text=texts[n])["decoder"].weights

    threads = [threading.Thread(target=read, args=(n,)) for n in range(len(texts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for own, expected in zip(found, alone, strict=True):
        np.testing.assert_allclose(own, expected, atol=1e-6)
