"""Training `gpt`: a GPT-2 of ten million parameters that learns plain English from sentences and children's stories."""

import itertools
import lzma
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import GPT2Config, GPT2LMHeadModel

from attention_core.learning import Recipe, draw
from attention_core.training.gpt_data import CREDITS, END, SENTENCES, STORIES, WORD, learn_tokenizer, read_documents, windows
from attention_core.training.ngram import KneserNey
from attention_core.training.run import Run, identity, sha256, show, write_json
from attention_core.training.steps import Steps
from attention_core.transformers import Transformer, read_checkpoint

RECIPES = (  # one after the other: the second starts from what the first learned, with a rate that rises and falls again
    Recipe(steps=4000, batch=8, learning_rate=3e-3, weight_decay=0.1, seed=0),
    Recipe(steps=1000, batch=8, learning_rate=1.5e-3, weight_decay=0.1, seed=100),
)
MATRIX_SHARE = 4 / 3  # of the rate: that of the matrices in the layers, which Muon moves; AdamW moves the rest
VOCABULARY, CONTEXT = 4096, 256
WIDTH, LAYERS, HEADS = 320, 7, 8
STRIDE = 128  # a document longer than the context is measured in windows, each word after at least so many tokens
ORDER = 5
RARE = 2  # a word that training saw less often is unknown to the n-gram model of words
SAMPLES, SAMPLE_WORDS, TOP_P = 20, 30, 0.9


def train(run: Run) -> None:
    """Writes the tokenizer, the checkpoint in the transformers library's GPT-2 layout, whom it learned from, and card.json."""
    folder = run.data / "language_model"
    documents, held_out = read_documents(folder)
    run.models.mkdir(parents=True, exist_ok=True)
    tokenizer = learn_tokenizer(documents, VOCABULARY)
    tokenizer.save(str(run.models / "tokenizer.json"))
    fields = {"tokenizer_class": "GPT2TokenizerFast", "bos_token": END, "eos_token": END, "unk_token": END}
    write_json(run.models / "tokenizer_config.json", fields | {"model_max_length": CONTEXT, "add_prefix_space": False})
    with lzma.open(folder / CREDITS, "rt", encoding="utf-8") as file:
        named = sorted({" · ".join(line.rstrip("\n").split("\t")[1:]) for line in file})
    (run.models / "credits.txt").write_text("\n".join(["Sentences of tatoeba.org, CC BY 2.0 FR.", *named]) + "\n", "utf-8")
    ids, model, seconds = encoded(tokenizer, documents), fresh_model(RECIPES[0].seed), 0.0
    for number, recipe in enumerate(RECIPES, 1):
        part = replace(run, work=run.work / str(number))
        finished = part.work / "finished.pt"
        if not finished.exists():
            for step, loss, fitted, so_far in fit(part, ids, recipe, model):
                show(f"gpt {number}", step, recipe.steps, f"loss {loss:.4f}")
                own = {"model": fitted.state_dict(), "seconds": so_far}
            torch.save(own, finished)
        state = torch.load(finished, weights_only=True)
        model.load_state_dict(state["model"])
        seconds += state["seconds"]
    save(model, run.models)
    write_json(run.models / "card.json", card(run, tokenizer, documents, held_out, seconds))


def encoded(tokenizer: Tokenizer, documents: list[str]) -> list[list[int]]:
    return [found.ids for found in tokenizer.encode_batch(documents)]


def fresh_model(seed: int) -> GPT2LMHeadModel:
    """A GPT-2 with new parameters. What it drops is dropped from embeddings and residuals, never from attention weights."""
    config = GPT2Config(
        vocab_size=VOCABULARY, n_positions=CONTEXT, n_embd=WIDTH, n_layer=LAYERS, n_head=HEADS, attn_pdrop=0.0,
        activation_function="gelu_pytorch_tanh", bos_token_id=0, eos_token_id=0, attn_implementation="sdpa",
    )  # fmt: skip
    return draw(lambda: GPT2LMHeadModel(config), seed)


def fit(
    run: Run, documents: list[list[int]], recipe: Recipe, model: GPT2LMHeadModel
) -> Iterator[tuple[int, float, GPT2LMHeadModel, float]]:
    """Fits the model, or goes on from the state that an earlier run kept: step, loss, model, seconds so far."""
    steps = Steps(run, model.to(run.device), ".h.", recipe, MATRIX_SHARE)
    progress = steps.progress
    for batch in itertools.islice(batches(documents, recipe), progress.done, recipe.steps):
        torch.manual_seed(recipe.seed + progress.done)  # of what is dropped
        model.train()
        with torch.autocast(run.device.type, torch.bfloat16):
            told = model(batch[:, :-1].clamp(min=0).to(run.device)).logits  # (B, T, V)
        loss = F.cross_entropy(told.float().flatten(0, 1), batch[:, 1:].flatten().to(run.device), ignore_index=-1)
        steps.take(loss)
        yield progress.done, loss.item(), model.eval(), progress.seconds


def batches(documents: list[list[int]], recipe: Recipe) -> Iterator[Tensor]:
    """(B, CONTEXT + 1) token ids without end, the documents in another order each time round."""
    for epoch in itertools.count(recipe.seed):
        yield from windows(documents, CONTEXT, 0, epoch).split(recipe.batch)


def save(model: GPT2LMHeadModel, folder: Path) -> None:
    """The checkpoint in float16, and its config."""
    state = {name: own.half().contiguous() for name, own in model.state_dict().items() if name != "lm_head.weight"}  # is wte's
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    model.config.architectures = ["GPT2LMHeadModel"]
    model.config.to_json_file(folder / "config.json")


def card(run: Run, tokenizer: Tokenizer, documents: list[str], held_out: list[str], seconds: float) -> dict:
    """What was trained on what, and how well the checkpoint as it ships predicts the held-out documents."""
    model = Transformer(read_checkpoint(run.models), run.device).model
    held, words = encoded(tokenizer, held_out), sum(len(WORD.findall(document)) + 1 for document in held_out)
    return {
        "model": "gpt",
        "data": [
            {"file": f"language_model/{name}", "sha256": sha256(run.data / "language_model" / name)}
            for name in (SENTENCES, STORIES)
        ],
        "documents": {"training": len(documents), "held_out": len(held_out), "held_out_words": words},
        "recipe": {
            "one_after_the_other": [asdict(recipe) for recipe in RECIPES],
            "matrix_share": MATRIX_SHARE,
            "context": CONTEXT,
            "vocabulary": VOCABULARY,
            "parameters": model.num_parameters(),
        },
        **run.circumstances(seconds),
        **identity(run.models / "model.safetensors"),
        "perplexity": {
            "unit": "exp of the mean loss per word, punctuation mark, line break and end of a document",
            "gpt": per_word(log_probability(model, held), words),
            "gpt, untrained": per_word(log_probability(fresh_model(RECIPES[0].seed).eval(), held), words),
            "uniform over tokens": per_word(-math.log(VOCABULARY) * sum(len(ids) + 1 for ids in held), words),
            f"{ORDER}-gram of the same tokens": per_word(token_ngram(encoded(tokenizer, documents), held), words),
            f"{ORDER}-gram of words, any unknown word counted as one word": per_word(word_ngram(documents, held_out), words),
        },
        "samples": {"top_p": TOP_P, "temperature": 1.0, "seed": RECIPES[0].seed, "texts": samples(model, tokenizer)},
    }


def per_word(total: float, words: int) -> float:
    return round(math.exp(-total / words), 2)


@torch.inference_mode()
def log_probability(model: GPT2LMHeadModel, documents: list[list[int]]) -> float:
    """The sum of log P(token | END and the tokens before it) over all tokens of all documents, each with END after it."""
    total, rows = 0.0, []
    for ids in documents:
        ids, end = [0, *ids, 0], 1  # `end`: the first place not yet counted
        while end < len(ids):
            start = max(0, end - STRIDE) if end > 1 else 0
            rows.append((ids[start : start + CONTEXT + 1], end - start))
            end = min(start + CONTEXT + 1, len(ids))
    rows.sort(key=lambda row: len(row[0]))
    for first in range(0, len(rows), 32):
        own = rows[first : first + 32]
        table = nn.utils.rnn.pad_sequence([torch.tensor(ids) for ids, _ in own], batch_first=True, padding_value=-1)  # (B, T)
        told = model(table[:, :-1].clamp(min=0)).logits.log_softmax(-1)  # (B, T − 1, V)
        chances = told.gather(-1, table[:, 1:, None].clamp(min=0))[..., 0]  # (B, T − 1)
        counted = table[:, 1:] >= 0
        for n, (_, begin) in enumerate(own):
            counted[n, : begin - 1] = False
        total += chances[counted].double().sum().item()
    return total


def token_ngram(documents: list[list[int]], held_out: list[list[int]]) -> float:
    """The same sum under a smoothed n-gram model of the same tokens."""
    ended = [[[token + 1 for token in (*ids, 0)] for ids in own] for own in (documents, held_out)]
    return sum(own.sum() for own in KneserNey(ended[0], VOCABULARY + 1, ORDER).log_probabilities(ended[1]))


def word_ngram(documents: list[str], held_out: list[str]) -> float:
    """The same sum under one of words, which needs not spell a word that it does not know: all those are one word to it."""
    split = [[WORD.findall(document) for document in own] for own in (documents, held_out)]
    seen = Counter(itertools.chain.from_iterable(split[0]))
    unknown, end, first = 1, 2, 3
    known = {word: n for n, word in enumerate(sorted(word for word in seen if seen[word] >= RARE), first)}
    ids = [[[*(known.get(word, unknown) for word in words), end] for words in own] for own in split]
    return sum(own.sum() for own in KneserNey(ids[0], len(known) + first, ORDER).log_probabilities(ids[1]))


def samples(model: GPT2LMHeadModel, tokenizer: Tokenizer) -> list[str]:
    """What it writes from nothing, cut after so many words; where a document ended and the next began stands a line break."""
    transformers.set_seed(RECIPES[0].seed)
    told = model.generate(
        torch.zeros(SAMPLES, 1, dtype=torch.long), do_sample=True, top_p=TOP_P, top_k=0, max_new_tokens=3 * SAMPLE_WORDS,
        eos_token_id=None, pad_token_id=0,
    )  # fmt: skip
    texts = [tokenizer.decode(ids.tolist(), skip_special_tokens=False).replace(END, "\n").strip() for ids in told]
    return [
        text[: ([found.end() for found in WORD.finditer(text) if found.group() != "\n"][:SAMPLE_WORDS] or [0])[-1]]
        for text in texts
    ]
