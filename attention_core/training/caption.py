"""Trains `caption` on scenes made of cut-out stamps and class photos, and measures it on scenes and photos it never saw."""

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from torch import Tensor

from attention_core.learning import Recipe, Step, draw
from attention_core.registry import score_names
from attention_core.tasks.caption import END_LABEL, PROJECTION, VOCABULARY, CaptionModel, Vocabulary
from attention_core.tasks.decoder import END
from attention_core.tasks.encoding import Head
from attention_core.training.caption_features import Encoded, Encoder, encode_scenes, fit_projection
from attention_core.training.caption_measure import MEANINGS, Photos, measure, photos_to_measure
from attention_core.training.caption_scenes import NUMBERS
from attention_core.training.caption_things import STAMPS, find_stamps, plural, read_things, CUT_OUT, PAIRS
from attention_core.training.find import sources
from attention_core.training.run import Run, sha256
from attention_core.training.writing import fit_in_epochs, like_lengths, padded, words_loss

SCENES = {"train": 20_000, "calibrate": 500, "test": 1_000}
SEEDS = {"train": 1, "calibrate": 2, "test": 3}
EPOCHS = 10
RECIPE = Recipe(steps=EPOCHS * -(-SCENES["train"] // 128), batch=128, learning_rate=2e-3, weight_decay=0.05, seed=0)
GRAMMAR = ("a", "an", *NUMBERS[2:], "left", "right", "of", "above", "below", "and", ",", "pair", "pairs")


def train(run: Run) -> None:
    """Trains, measures and writes everything for the task."""
    images = run.data / "images"
    things = {split: read_things(images, split) for split in SCENES}
    projection = fit_projection(run, things["train"], SEEDS["train"])
    vocabulary = words_to_write(things["train"].nouns)
    vocabulary.save(run.models / VOCABULARY)
    encoded = {
        split: encode_scenes(run, split, things[split], SEEDS[split], count, Encoder(run, split == "train", projection))
        for split, count in SCENES.items()
    }
    photos = photos_to_measure(run, things["test"], Encoder(run, False, projection))
    model = CaptionModel(run.device, projection, vocabulary)
    ...


def words_to_write(nouns: tuple[str, ...]) -> Vocabulary:
    """The words of the grammar, and every noun in its singular and its plural."""
    things = sorted({form for noun in nouns for form in (noun, plural(noun))})
    return Vocabulary((*GRAMMAR, *things), things)


class Lesson:
    """Batches of scenes, each with one of its right captions, and the loss of a batch.

    Args:
        encoded: The scenes to learn from.
        vocabulary: The words.
        recipe: Batch and seed.
        device: Where to compute.
    """

    def __init__(self, encoded: Encoded, vocabulary: Vocabulary, recipe: Recipe, device: torch.device) -> None:
        self.keys, self.recipe, self.device = encoded.keys, recipe, device
        self.captions = [
            [torch.tensor([*(vocabulary.index[word] for word in words), END]) for words in own] for own in encoded.captions
        ]

    def batches(self, epoch: int) -> list[tuple[Tensor, list[Tensor]]]:
        """All scenes in batches of captions of like length: the indices, and for each scene the caption that is learned this time."""
        drawn = random.Random(self.recipe.seed + epoch)
        chosen = [drawn.choice(own) for own in self.captions]
        lengths = torch.tensor([len(own) for own in chosen])
        order = like_lengths(torch.zeros_like(lengths), lengths, self.recipe.batch, self.recipe.seed + epoch)
        return [(indices, [chosen[n] for n in indices]) for indices in order]

    def loss(self, head: Head, batch: tuple[Tensor, list[Tensor]]) -> tuple[Tensor, float]:
        """The mean loss of all words, and the share that was the likeliest."""
        indices, captions = batch
        words, real = padded(captions, self.device)  # (B, T) each
        half = torch.is_autocast_enabled(self.device.type)
        features = self.keys[indices].to(self.device, torch.bfloat16 if half else torch.float32)  # (B, S, R)
        key = head.readout.states(features)  # (B, S, D)
        return words_loss(head, head.readout.decoder, key, key, words, real)
