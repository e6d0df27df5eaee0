"""Tiny transformers with random parameters, saved as the transformers library saves real ones."""

import json

import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers, processors

WORDS = ("the", "cat", "sat", "on", "a", "mat", "and", "saw", "two", "dogs", "run", "far", "away", "today")
SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
SIZE = len(WORDS) + len(SPECIAL)
SHAPE = {"vocab_size": SIZE, "pad_token_id": 0}


def tokenizer(folder, framed):
    """One word a token; `framed` puts [CLS] before and [SEP] after."""
    own = Tokenizer(models.WordLevel({word: n for n, word in enumerate((*SPECIAL, *WORDS))}, unk_token="[UNK]"))
    own.pre_tokenizer = pre_tokenizers.Whitespace()
    if framed:
        own.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=own, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]",
        bos_token=None if framed else "[CLS]", eos_token="[SEP]",
    )  # fmt: skip
    fast.save_pretrained(folder)


def bert():
    return transformers.BertModel(
        transformers.BertConfig(
            hidden_size=24, num_hidden_layers=3, num_attention_heads=4, intermediate_size=32, max_position_embeddings=40, **SHAPE
        )
    )


def gpt2():
    return transformers.GPT2LMHeadModel(
        transformers.GPT2Config(vocab_size=SIZE, n_embd=24, n_layer=3, n_head=4, n_positions=40, bos_token_id=2, eos_token_id=3)
    )


def llama():
    return transformers.LlamaForCausalLM(
        transformers.LlamaConfig(
            hidden_size=32, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2, intermediate_size=48,
            max_position_embeddings=40, bos_token_id=2, eos_token_id=3, **SHAPE,
        )
    )  # fmt: skip


def t5():
    return transformers.T5ForConditionalGeneration(
        transformers.T5Config(
            d_model=24, d_kv=6, d_ff=32, num_layers=3, num_decoder_layers=2, num_heads=4, decoder_start_token_id=0,
            eos_token_id=3, relative_attention_num_buckets=8, relative_attention_max_distance=12, **SHAPE,
        )
    )  # fmt: skip


def vit():
    return transformers.ViTForImageClassification(
        transformers.ViTConfig(
            hidden_size=24,
            num_hidden_layers=3,
            num_attention_heads=4,
            intermediate_size=32,
            image_size=32,
            patch_size=8,
            num_labels=5,
        )
    )


MAKERS = {"bert": bert, "gpt2": gpt2, "llama": llama, "t5": t5, "vit": vit}


def make(name, folder):
    """Saves one in a folder of its name, and returns that folder. Its parameters are ten times as wide as a fresh model's."""
    torch.manual_seed(0)
    model = MAKERS[name]()
    with torch.no_grad():
        for own in model.parameters():
            if name != "t5":
                own.add_(torch.randn_like(own) * 0.2)
    folder = folder / name
    model.save_pretrained(folder)
    if name == "vit":
        (folder / "preprocessor_config.json").write_text(json.dumps({"image_mean": [0.5] * 3, "image_std": [0.5] * 3}))
    else:
        tokenizer(folder, framed=name in ("bert", "t5"))
    return folder
