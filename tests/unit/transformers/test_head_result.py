"""A head as a result: its cells, taken apart, end at the numbers that the transformers library computed."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

import attention_core as core
from attention_core.transformers import Transformer, agrees, head_result, open_transformer, read_checkpoint
from tests import tiny_transformers

TEXT = "the cat sat on a mat"
GIVEN = {
    "vit": {"image": Image.effect_noise((40, 30), 90).convert("RGB")},
    "t5": {"text": TEXT, "target": "two dogs run far away"},
}
SCORES = {
    ("bert", "encoder"): "general",
    ("gpt2", "decoder"): "general",
    ("vit", "vision"): "general",
    ("llama", "decoder"): "scaled_dot",
    ("t5", "encoder"): "multiplicative",
    ("t5", "decoder"): "multiplicative",
    ("t5", "cross"): "general",
}
EACH = pytest.mark.parametrize(("name", "kind"), SCORES)
SPECIAL = pytest.mark.parametrize("hides_special", [False, True])


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    own = tmp_path_factory.mktemp("tiny")
    return {name: Transformer(read_checkpoint(tiny_transformers.make(name, own))) for name in tiny_transformers.MAKERS}


@pytest.fixture(scope="module")
def stacks(opened):
    return {name: own.attend(**GIVEN.get(name, {"text": TEXT}), states=True) for name, own in opened.items()}


def assert_apart(stack, layer, head, score):
    """Every cell of the head, but for those of later tokens, by the steps of its score function."""
    result = head_result(stack, layer, head, name="own")[2]
    assert agrees(result)
    np.testing.assert_array_equal(result.weights[~result.key_mask], 0)
    for row in range(len(result.weights)):
        found, module, result = head_result(stack, layer, head, row, name="own")
        assert found == result.provenance["score"] == score
        recorded = stack.weights[stack.layers.index(layer), head]
        np.testing.assert_array_equal(result.weights, recorded)
        beside = None
        for column in np.flatnonzero(result.key_mask[row]).tolist():
            cell = core.inspect_cell(module, result, row, column, beside)
            energy = cell.steps[core.score_spec(score).way[-1].name]
            assert energy == pytest.approx(stack.head(layer, head).energies[row, column], rel=1e-5, abs=1e-5)
            assert energy == pytest.approx(cell.energies[column], rel=1e-12, abs=1e-12)
            beside = cell
        np.testing.assert_allclose(cell.weights, recorded[row], atol=1e-5)
        expected = sum(recorded[row, s] * result.value[s].astype(np.float64) for s in range(recorded.shape[1]))
        np.testing.assert_allclose(cell.context, expected, atol=1e-4)
        np.testing.assert_allclose(result.context[row], expected, atol=1e-4)


@EACH
@SPECIAL
def test_every_cell_ends_at_the_recorded_numbers(stacks, name, kind, hides_special):
    stack = stacks[name][kind].without_special() if hides_special else stacks[name][kind]
    assert_apart(stack, 1, 2, SCORES[name, kind])


@SPECIAL
def test_a_head_of_minilm(hides_special):
    stack = open_transformer("minilm", "cpu").attend(text="A cat sat on the mat.", layers=[4], states=True)["encoder"]
    assert stack.head(4, 7).matrix.shape == (385, 385)
    assert_apart(stack.without_special() if hides_special else stack, 4, 7, "general")


def test_context_is_what_the_layer_hands_on(opened, stacks):
    """The heads' contexts side by side are what the library gives to the projection after them."""
    taken, model = {}, opened["bert"].model
    handle = model.encoder.layer[1].attention.output.dense.register_forward_pre_hook(lambda _, given: taken.update(x=given[0][0]))
    opened["bert"].attend(text=TEXT)
    handle.remove()
    contexts = [head_result(stacks["bert"]["encoder"], 1, head, name="bert")[2].context for head in range(4)]
    np.testing.assert_allclose(np.concatenate(contexts, 1), taken["x"].numpy(), atol=1e-5)


def test_a_bias_is_the_last_component_of_the_key(stacks):
    stack = stacks["t5"]["encoder"]
    own, (_, _, result) = stack.head(0, 3), head_result(stack, 0, 3, 2, name="t5")
    np.testing.assert_array_equal(result.query[:, -1], 1)
    np.testing.assert_array_equal(result.query[:, :-1], own.query)
    np.testing.assert_array_equal(result.key[:, -1], own.bias[2])
    with pytest.raises(ValueError, match=r"^row must be a whole number from 0 to 7, got 8\.$"):
        head_result(stack, 0, 3, 8, name="t5")


def test_only_decoders_hide_what_comes_later(stacks):
    for (name, kind), _ in SCORES.items():
        key_mask = head_result(stacks[name][kind], 0, 0, name=name)[2].key_mask
        for t, s in np.ndindex(key_mask.shape):
            assert key_mask[t, s] == (kind != "decoder" or s <= t)


def test_places_have_boxes_only_where_every_key_is_one(stacks):
    stack = stacks["vit"]["vision"]
    assert head_result(stack, 0, 0, name="vit")[2].key_boxes is None  # the class token lies nowhere
    boxes = head_result(stack.without_special(), 0, 0, name="vit")[2].key_boxes
    np.testing.assert_allclose(boxes[6], [0.5, 0.25, 0.75, 0.5])
    assert head_result(stacks["bert"]["encoder"], 0, 0, name="bert")[2].key_boxes is None


@pytest.mark.parametrize(
    ("name", "safe"), [("minilm", "minilm"), ("Org/My_Model.v2", "org-my-model-v2"), ("../é", "own"), ("m" * 99, "m" * 60)]
)
def test_where_it_comes_from(opened, stacks, name, safe):
    digest = opened["bert"].weights_sha256
    made = head_result(stacks["bert"]["encoder"], 2, 1, name=name, weights_sha256=digest, device="cuda:0")[2].provenance
    assert made["task"] == f"transformer-{safe}-encoder-layer3-head2"
    assert (made["parameters"], made["seed"], made["weights_sha256"], made["device"]) == ("trained", None, digest, "cuda:0")
    assert (made["distribution"], made["distribution_options"], made["temperature"]) == ("softmax", {}, 1.0)


def test_the_digest_is_that_of_the_file_on_the_hub():
    digest = open_transformer("minilm", "cpu").weights_sha256
    assert (digest[:8], digest[-6:]) == ("53aa5117", "28d9db")


def test_nothing_is_drawn_from_the_generator(stacks):
    before = torch.random.get_rng_state()
    head_result(stacks["bert"]["encoder"], 0, 0, name="bert")
    assert torch.random.get_rng_state().equal(before)


def test_a_scaling_that_is_not_the_root_stands_in_the_query(stacks):
    stack = replace(stacks["llama"]["decoder"], scaling=(0.5,) * 3, rotary=False)
    score, module, result = head_result(stack, 0, 1, name="own")
    own = stack.head(0, 1)
    cell = core.inspect_cell(module, result, 3, 1)
    assert score == "multiplicative"
    expected = sum(0.5 * float(own.query[3, n]) * float(own.key[1, n]) for n in range(8))
    assert cell.energies[1] == pytest.approx(expected, abs=1e-6)


def test_a_model_that_sees_no_further_than_a_window_is_told_apart(tmp_path):
    config = transformers.MistralConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48,
        max_position_embeddings=40, sliding_window=3, bos_token_id=2, eos_token_id=3, **tiny_transformers.SHAPE,
    )  # fmt: skip
    transformers.MistralForCausalLM(config).save_pretrained(tmp_path)
    tiny_transformers.tokenizer(tmp_path, framed=False)
    own = Transformer(read_checkpoint(tmp_path))
    assert not agrees(head_result(own.attend(text=TEXT, states=True)["decoder"], 0, 0, name="own")[2])
    assert agrees(head_result(own.attend(text="the cat", states=True)["decoder"], 0, 0, name="own")[2])


def test_a_row_that_was_made_even_is_no_disagreement():
    stack = open_transformer("minilm", "cpu").attend(text=TEXT, layers=[0], states=True)["encoder"]
    stack.weights[0, 0, 2] = np.eye(len(stack.key_labels))[0]
    plain = head_result(stack.without_special(), 0, 0, name="minilm")[2]
    np.testing.assert_allclose(plain.weights[1], 1 / 6, atol=1e-6)
    assert agrees(plain)
    assert not agrees(head_result(stack, 0, 0, name="minilm")[2])
