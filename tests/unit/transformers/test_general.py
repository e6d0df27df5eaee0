"""The W behind a head: states, matrices and values against the checkpoint's own, written out."""

import itertools

import numpy as np
import pytest
import torch
import transformers
from PIL import Image
from safetensors.numpy import load_file

from attention_core.transformers import Transformer, read_checkpoint
from attention_core.transformers.general import projections_of
from tests import tiny_transformers

TEXT = "the cat sat on a mat"
TARGET = "two dogs run far away"
PICTURE = Image.effect_noise((40, 30), 90).convert("RGB")
GIVEN = {"vit": {"image": PICTURE}, "t5": {"text": TEXT, "target": TARGET}}


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    own = tmp_path_factory.mktemp("tiny")
    return {name: tiny_transformers.make(name, own) for name in tiny_transformers.MAKERS}


@pytest.fixture(scope="module")
def stacks(folders):
    return {
        name: Transformer(read_checkpoint(folder)).attend(**GIVEN.get(name, {"text": TEXT}), states=True)
        for name, folder in folders.items()
    }


def matrices(folder):
    return {name: own.astype(np.float64) for name, own in load_file(folder / "model.safetensors").items()}


def written_out(query_weight, query_bias, key_weight, key_bias, scaling):
    """W, entry by entry, from (d, D) and (d,) of one head."""
    width, *sizes = len(query_weight), query_weight.shape[1], key_weight.shape[1]
    matrix = np.zeros((sizes[0] + 1, sizes[1] + 1))
    for a, b in itertools.product(range(sizes[0] + 1), range(sizes[1] + 1)):
        for n in range(width):
            left = query_bias[n] if a == sizes[0] else query_weight[n, a]
            right = key_bias[n] if b == sizes[1] else key_weight[n, b]
            matrix[a, b] += scaling * left * right
    return matrix


def assert_general(stack, layer, states, query, key, value, scaling):
    """Each of query, key and value: weight (H · d, D) and bias, of the whole layer; states of both sides."""
    for head in range(4):
        own, part = stack.head(layer, head), slice(6 * head, 6 * head + 6)
        for found, expected in zip((own.query_states, own.key_states), states, strict=True):
            np.testing.assert_allclose(found[:, :-1], expected, atol=2e-5)
            assert (found[:, -1] == 1).all()
        expected = written_out(query[0][part], query[1][part], key[0][part], key[1][part], scaling)
        assert own.matrix.dtype == np.float64
        np.testing.assert_allclose(own.matrix, expected, atol=1e-12)
        energies = own.query_states.astype(np.float64) @ own.matrix @ own.key_states.T
        np.testing.assert_allclose(energies, own.energies, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(own.value, states[1] @ value[0][part].T + value[1][part], atol=1e-4)


def layer_norm(x, weight, bias, epsilon):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + epsilon) * weight + bias


def told(automatic, folder, **inputs):
    plain = automatic.from_pretrained(folder, attn_implementation="eager").eval()
    with torch.no_grad():
        return plain, plain(**inputs, output_hidden_states=True)


def test_bert(folders, stacks):
    m, ids = matrices(folders["bert"]), torch.tensor([[2, 4, 5, 6, 7, 8, 9, 3]])
    _, own = told(transformers.AutoModel, folders["bert"], input_ids=ids)
    for layer in range(3):
        at, states = f"encoder.layer.{layer}.attention.self", own.hidden_states[layer][0].double().numpy()
        maps = [(m[f"{at}.{part}.weight"], m[f"{at}.{part}.bias"]) for part in ("query", "key", "value")]
        assert_general(stacks["bert"]["encoder"], layer, (states, states), *maps, 1 / np.sqrt(6))


def test_gpt2_whose_maps_are_one(folders, stacks):
    m, ids = matrices(folders["gpt2"]), torch.tensor([[2, 4, 5, 6, 7, 8, 9]])
    _, own = told(transformers.AutoModelForCausalLM, folders["gpt2"], input_ids=ids)
    for layer in range(3):
        at = f"transformer.h.{layer}"
        x = layer_norm(own.hidden_states[layer][0].double().numpy(), m[f"{at}.ln_1.weight"], m[f"{at}.ln_1.bias"], 1e-5)
        fused, bias = m[f"{at}.attn.c_attn.weight"], m[f"{at}.attn.c_attn.bias"]  # (24, 72), (72,)
        maps = [(fused[:, 24 * n : 24 * n + 24].T, bias[24 * n : 24 * n + 24]) for n in range(3)]
        assert_general(stacks["gpt2"]["decoder"], layer, (x, x), *maps, 1 / np.sqrt(6))


def test_vit(folders, stacks):
    m = matrices(folders["vit"])
    square = np.asarray(PICTURE.resize((32, 32), Image.Resampling.BICUBIC), np.float32) / 127.5 - 1  # (Y, X, 3)
    pixels = torch.from_numpy(square).permute(2, 0, 1)[None]
    _, own = told(transformers.AutoModelForImageClassification, folders["vit"], pixel_values=pixels)
    for layer in range(3):
        at = f"vit.encoder.layer.{layer}"
        norm = m[f"{at}.layernorm_before.weight"], m[f"{at}.layernorm_before.bias"], 1e-12
        x = layer_norm(own.hidden_states[layer][0].double().numpy(), *norm)
        inner = f"{at}.attention.attention"
        maps = [(m[f"{inner}.{part}.weight"], m[f"{inner}.{part}.bias"]) for part in ("query", "key", "value")]
        assert_general(stacks["vit"]["vision"], layer, (x, x), *maps, 1 / np.sqrt(6))


def test_t5_joins_target_and_source_without_bias_or_root(folders, stacks):
    m = matrices(folders["t5"])
    plain = transformers.AutoModelForSeq2SeqLM.from_pretrained(folders["t5"], attn_implementation="eager").eval()
    given, source = {}, torch.tensor([[2, 4, 5, 6, 7, 8, 9, 3]])
    for layer in range(2):
        norm = plain.decoder.block[layer].layer[1].layer_norm
        norm.register_forward_hook(lambda _, __, gave, layer=layer: given.update({layer: gave[0].detach().double().numpy()}))
    with torch.no_grad():
        own = plain(source, decoder_input_ids=torch.tensor([[0, 2, 12, 13, 14, 15, 16, 3]]))
    encoded = own.encoder_last_hidden_state[0].double().numpy()
    for layer in range(2):
        at = f"decoder.block.{layer}.layer.1.EncDecAttention"
        maps = [(m[f"{at}.{part}.weight"], np.zeros(24)) for part in "qkv"]
        assert_general(stacks["t5"]["cross"], layer, (given[layer], encoded), *maps, 1.0)
    assert stacks["t5"]["cross"].bias is None


def test_where_positions_turn_or_add_there_is_no_single_matrix(folders, stacks):
    for stack in (stacks["llama"]["decoder"], stacks["t5"]["encoder"], stacks["t5"]["decoder"]):
        own = stack.head(1, 3)
        assert (own.matrix, own.query_states, own.key_states) == (None, None, None)
        assert own.value.shape == (len(stack.key_labels), stack.keys.shape[-1])
    assert stacks["t5"]["encoder"].bias is not None
    # At position 0 nothing is turned, and still a W would hold for no other.
    one = Transformer(read_checkpoint(folders["llama"])).attend(ids=[2], states=True)["decoder"]
    assert one.head(0, 0).matrix is None


def test_heads_that_share_keys_share_values(folders, stacks):
    m, stack = matrices(folders["llama"]), stacks["llama"]["decoder"]
    assert stack.values.shape == (3, 2, 7, 8)
    _, own = told(transformers.AutoModelForCausalLM, folders["llama"], input_ids=torch.tensor([[2, 4, 5, 6, 7, 8, 9]]))
    x = own.hidden_states[1][0].double().numpy()
    x = x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-6) * m["model.layers.1.input_layernorm.weight"]
    expected = x @ m["model.layers.1.self_attn.v_proj.weight"].T  # (T, G · d)
    for head, columns in enumerate((slice(0, 8), slice(0, 8), slice(8, 16), slice(8, 16))):
        np.testing.assert_allclose(stack.head(1, head).value, expected[:, columns], atol=1e-4)


def test_only_what_is_asked_for_is_kept(folders, stacks):
    for name, kind in (("bert", "encoder"), ("gpt2", "decoder"), ("vit", "vision")):
        part = Transformer(read_checkpoint(folders[name])).attend(**GIVEN.get(name, {"text": TEXT}), layers=[2], states=True)[
            kind
        ]
        assert (len(part.maps), len(part.values)) == (1, 1)
        for head in range(4):
            np.testing.assert_array_equal(part.head(2, head).matrix, stacks[name][kind].head(2, head).matrix)
            np.testing.assert_array_equal(part.head(2, head).query_states, stacks[name][kind].head(2, head).query_states)
    plain = Transformer(read_checkpoint(folders["bert"])).attend(text=TEXT)["encoder"]
    assert (plain.maps, plain.values) == (None, None)


def test_special_tokens_take_their_states_and_values_with_them(stacks):
    for kind, rows, columns in (("encoder", slice(1, -1), slice(1, -1)), ("cross", slice(2, -1), slice(1, -1))):
        stack = stacks["bert" if kind == "encoder" else "t5"][kind]
        whole, plain = stack.head(1, 2), stack.without_special().head(1, 2)
        np.testing.assert_array_equal(plain.query_states, whole.query_states[rows])
        np.testing.assert_array_equal(plain.key_states, whole.key_states[columns])
        np.testing.assert_array_equal(plain.value, whole.value[columns])
        np.testing.assert_array_equal(plain.matrix, whole.matrix)


def test_queries_scaled_on_the_way_have_no_plain_map(tmp_path):
    config = transformers.OPTConfig(
        hidden_size=24, word_embed_proj_dim=24, num_hidden_layers=1, num_attention_heads=4, ffn_dim=32,
        max_position_embeddings=40, bos_token_id=2, eos_token_id=3, **tiny_transformers.SHAPE,
    )  # fmt: skip
    transformers.OPTForCausalLM(config).save_pretrained(tmp_path)
    tiny_transformers.tokenizer(tmp_path, framed=False)
    own = Transformer(read_checkpoint(tmp_path))
    assert projections_of(own.model.model.decoder.layers[0].self_attn) is not None
    assert own.attend(text=TEXT, states=True)["decoder"].head(0, 0).matrix is None


def test_what_is_no_attention_has_no_projections():
    assert projections_of(torch.nn.Linear(2, 2)) is None
    assert projections_of(transformers.BertModel(transformers.BertConfig(
        hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8, vocab_size=9,
    )).encoder) is None  # fmt: skip
