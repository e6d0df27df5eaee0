"""Every figure of the card of `caption`: on held-out scenes, on held-out class photos, and on photographs of COCO."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sacrebleu
import torch
from PIL import Image
from torch import Tensor

from attention_core.encoders.image import cell_boxes
from attention_core.tasks.caption import GRID, MOST, UNSURE, CaptionModel, Vocabulary
from attention_core.tasks.encoding import Head
from attention_core.training.caption_features import Encoded, Encoder, encode_photos
from attention_core.training.caption_scenes import Placed, read_caption
from attention_core.training.caption_things import Things, plural
from attention_core.training.run import Run
from attention_core.training.together import write_together

TOGETHER = 40  # pictures
# Nouns that COCO calls otherwise; the rest are categories by their own names, or none.
CATEGORIES = {
    "motorbike": "motorcycle", "stoplight": "traffic light", "sign": "stop sign", "pigeon": "bird", "duck": "bird", "owl": "bird",
    "chicken": "bird", "rooster": "bird", "penguin": "bird", "flamingo": "bird", "ibis": "bird", "emu": "bird", "peacock": "bird",
    "ball": "sports ball", "monitor": "tv", "phone": "cell phone", "fridge": "refrigerator", "ferry": "boat",
    "wheelchair": "chair", "bonsai": "potted plant",
}  # fmt: skip

MEANINGS = {
    "precision": "share of the words for things in the captions of held-out scenes that are right to the letter: the thing is "
    "there, once if the word is singular, more than once if it is plural",
    "recall": "share of the words for things that held-out scenes call for that their captions have, to the letter",
    "recall_unseen": "recall over things shown only by pictures that no training scene has",
    "numbers": "share of the right words for things that stand with the very number",
    "bleu": "BLEU-4 of the captions (sacrebleu, 0 to 100) against every right caption of the scene",
    "peak_in_box": "share of rightly named things whose word has its largest weight on a cell whose centre is in a box of that "
    "thing; only scenes of pasted things, whose boxes cover a part of the picture",
    "box_share": "share of the cells whose centre is in that box: what a place drawn at random would reach",
    "class_photos": "share of held-out class photos, each whole, whose thing is named",
    "coco_named": "share of COCO photos showing a category it has a noun for, of which it names at least one such category",
    "coco_precision": "share of the named things that have a COCO category which is in the photo",
    "coco_things": "how many such things it named",
    "threshold": "the probability that best parts wrong thing-words from right ones, on scenes to make choices with",
    "doubted_wrong": "share of the wrong thing-words (held-out scenes) that it calls unsure",
    "doubted_right": "share of the right thing-words (held-out scenes) that it calls unsure",
}


@dataclass(frozen=True)
class Caption:
    """A caption that was written: its words, the probability of each, and where each looked, (words, S)."""

    words: list[str]
    probabilities: list[float]
    weights: Tensor


@dataclass(frozen=True)
class Exam:
    """What a trained head is measured on.

    Args:
        model: Its vocabulary names the words; its device computes.
        nouns: The things it may name.
        scenes: The held-out scenes.
        choosing: Scenes that a choice may be made with.
        unseen: The stamps and photos that no training scene shows.
        classes, coco: Whole photographs, their keys (N, S, R) and what is in each: a noun, or COCO's categories.
    """

    model: CaptionModel
    nouns: Sequence[str]
    scenes: Encoded
    choosing: Encoded
    unseen: frozenset[Path]
    classes: tuple[Tensor, list[set[str]]]
    coco: tuple[Tensor, list[set[str]]]

    @classmethod
    def of(cls, run: Run, model: CaptionModel, things: Things, scenes: Encoded, choosing: Encoded) -> "Exam":
        """The held-out scenes, the held-out class photos and the photographs of COCO in the data folder."""
        encoder = Encoder(run, False, model.projection)

        def encode(picture: Image.Image) -> Tensor:
            return model.recognizer(encoder(picture)[None])[0]

        paths = [(path, noun) for noun in sorted(things.photos) for path in things.photos[noun]]
        classes = encode_photos(run, "class-photos", [path for path, _ in paths], encode), [{noun} for _, noun in paths]
        data = json.loads((run.data / "pointing" / "instances.json").read_text("utf-8"))
        names = {category["id"]: category["name"] for category in data["categories"]}
        shown: dict[int, set[str]] = {}
        for annotation in data["annotations"]:
            shown.setdefault(annotation["image_id"], set()).add(names[annotation["category_id"]])
        images = sorted((image for image in data["images"] if image["id"] in shown), key=lambda image: image["id"])
        files = [run.data / "pointing" / "images" / image["file_name"] for image in images]
        coco = encode_photos(run, "coco-photos", files, encode), [shown[image["id"]] for image in images]
        return cls(model, things.nouns, scenes, choosing, things.unseen, classes, coco)

    def figures(self, head: Head) -> dict[str, float]:
        """Every figure of the card; what each means stands in the card."""
        figures = scene_figures(self._written(head, self.scenes.keys), self.scenes, self.nouns, self.unseen)
        figures["threshold"] = threshold(self._written(head, self.choosing.keys), self.choosing, self.nouns)
        keys, shown = self.classes
        said = [set(read_caption(own.words, self.nouns)) for own in self._written(head, keys)]
        figures["class_photos"] = _mean([bool(own & there) for own, there in zip(said, shown, strict=True)])
        figures |= coco_figures(self._written(head, self.coco[0]), self.coco[1], self.nouns)
        return {name: round(value, 4) for name, value in figures.items()}

    def _written(self, head: Head, keys: Tensor) -> list[Caption]:
        return write_captions(head, self.model.vocabulary, keys, self.model.device)


@torch.inference_mode()
def write_captions(head: Head, vocabulary: Vocabulary, keys: Tensor, device: torch.device) -> list[Caption]:
    """What is written for pictures with these keys (N, S, R), many together."""
    written = []
    for part in keys.split(TOGETHER):
        states = head.readout.states(part.float().to(device))  # (B, S, D)
        for own in write_together(head, states, states, MOST + 1):
            written.append(Caption([vocabulary.words[word] for word in own.words], own.probabilities, own.weights))
    return written


def scene_figures(
    captions: Sequence[Caption], scenes: Encoded, nouns: Sequence[str], unseen: frozenset[Path]
) -> dict[str, float]:
    """What the captions of scenes got right: names, numbers, words, and places."""
    right, said_all, there_all, numbers, fresh, peaks, shares = 0, 0, 0, [], [], [], []
    doubted: dict[bool, list[bool]] = {True: [], False: []}
    forms = {form: noun for noun in nouns for form in (noun, plural(noun))}
    for caption, placed in zip(captions, scenes.things, strict=True):
        there, said = _counted(placed), read_caption(caption.words, nouns)
        wanted = {noun: noun if count == 1 else plural(noun) for noun, count in there.items()}
        words = forms.keys() & set(caption.words)
        matched = {noun for noun, word in wanted.items() if word in words}
        right, said_all, there_all = right + len(matched), said_all + len(words), there_all + len(wanted)
        numbers += [said[noun] == there[noun] for noun in matched]
        fresh += [noun in matched for noun in there if all(own.source in unseen for own in placed if own.noun == noun)]
        for row, word in enumerate(caption.words):
            noun = forms.get(word)
            if noun is None:
                continue
            doubted[noun in there].append(caption.probabilities[row] < UNSURE)
            boxes = [own.box for own in placed if own.noun == noun]
            if boxes and placed[0].box != (0.0, 0.0, 1.0, 1.0):
                inside = cells_inside(boxes)
                peaks.append(bool(inside[int(caption.weights[row].argmax())]))
                shares.append(float(inside.mean()))
    most = max(map(len, scenes.captions))
    references = [[" ".join(own[n]) if n < len(own) else None for own in scenes.captions] for n in range(most)]
    bleu = sacrebleu.corpus_bleu([" ".join(own.words) for own in captions], references, tokenize="none", force=True)
    return {
        "precision": right / max(said_all, 1),
        "recall": right / there_all,
        "recall_unseen": _mean(fresh),
        "numbers": _mean(numbers),
        "bleu": bleu.score,
        "peak_in_box": _mean(peaks),
        "box_share": _mean(shares),
        "doubted_wrong": _mean(doubted[False]),
        "doubted_right": _mean(doubted[True]),
    }


def threshold(captions: Sequence[Caption], scenes: Encoded, nouns: Sequence[str]) -> float:
    """The probability that best parts wrong thing-words from right ones: most of the former below it, fewest of the latter."""
    forms = {form: noun for noun in nouns for form in (noun, plural(noun))}
    told: dict[bool, list[float]] = {True: [], False: []}
    for caption, placed in zip(captions, scenes.things, strict=True):
        there = _counted(placed)
        for word, p in zip(caption.words, caption.probabilities, strict=True):
            if word in forms:
                told[forms[word] in there].append(p)
    right, wrong = np.array(told[True]), np.array(told[False])
    steps = np.arange(0.05, 1, 0.05)
    return float(max(steps, key=lambda step: (wrong < step).mean() - (right < step).mean())) if len(right) and len(wrong) else 0.0


def coco_figures(captions: Sequence[Caption], shown: Sequence[set[str]], nouns: Sequence[str]) -> dict[str, float]:
    """How well the named things agree with the categories that COCO gives each photo."""
    known = {category_of(noun) for noun in nouns}
    hits, named = [], []
    for caption, categories in zip(captions, shown, strict=True):
        every = set().union(*shown)
        said = {category_of(noun) for noun in read_caption(caption.words, nouns)} & every
        hits += [category in categories for category in said]
        if categories & known:
            named.append(bool(said & categories))
    return {"coco_named": _mean(named), "coco_precision": _mean(hits), "coco_things": len(hits)}


def category_of(noun: str) -> str:
    """What COCO calls a noun, if it has such a category."""
    return CATEGORIES.get(noun, noun)


def cells_inside(boxes: Sequence[Sequence[float]]) -> np.ndarray:
    """(S,) True for the cells whose centre is in one of the boxes (x0, y0, x1, y1 in 0..1)."""
    cells = cell_boxes(GRID)
    x, y = (cells[:, 0] + cells[:, 2]) / 2, (cells[:, 1] + cells[:, 3]) / 2  # (S,) each
    return np.any([(x >= x0) & (x <= x1) & (y >= y0) & (y <= y1) for x0, y0, x1, y1 in boxes], axis=0)


def _counted(placed: Sequence[Placed]) -> dict[str, int]:
    nouns = [own.noun for own in placed]
    return {noun: nouns.count(noun) for noun in nouns}


def _mean(values: Sequence[bool | float]) -> float:
    return float(np.mean(values)) if values else 0.0
