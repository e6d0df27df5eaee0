"""Every figure of the card of `caption`: on held-out scenes, on held-out class photos, and on photographs of COCO."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import sacrebleu
import torch
from torch import Tensor

from attention_core.encoders.image import cell_boxes
from attention_core.tasks.beam import BEAM, search
from attention_core.tasks.caption import GRID, MOST, Vocabulary
from attention_core.tasks.decoder import END
from attention_core.tasks.encoding import Head
from attention_core.training.caption_features import Encoded, Encoder, encode_photos
from attention_core.training.caption_scenes import Placed, read_caption
from attention_core.training.caption_things import Things, plural
from attention_core.training.run import Run

TOGETHER = 40  # pictures
# Nouns that COCO calls otherwise; the rest are categories by their own names, or none.
CATEGORIES = {
    "motorbike": "motorcycle", "stoplight": "traffic light", "sign": "stop sign", "pigeon": "bird", "duck": "bird", "owl": "bird",
    "chicken": "bird", "rooster": "bird", "penguin": "bird", "flamingo": "bird", "ibis": "bird", "emu": "bird", "peacock": "bird",
    "ball": "sports ball", "monitor": "tv", "phone": "cell phone", "fridge": "refrigerator", "ferry": "boat",
    "wheelchair": "chair", "bonsai": "potted plant",
}  # fmt: skip

MEANINGS = {
    "precision": "share of the things named in held-out scenes that are there in the very number said",
    "recall": "share of the things in held-out scenes that are named in their very number",
    "precision_names": "precision with the number left out of account",
    "recall_names": "recall with the number left out of account",
    "recall_unseen": "recall over things shown only by pictures that no training scene has",
    "bleu": "BLEU-4 of the captions (sacrebleu, 0 to 100) against every right caption of the scene",
    "peak_in_box": "share of rightly named things whose word has its largest weight on a cell whose centre is in a box of that "
    "thing; only scenes of pasted things, whose boxes cover a part of the picture",
    "box_share": "share of the cells whose centre is in that box: what a place drawn at random would reach",
    "class_photos": "share of held-out class photos, each whole, whose thing is named",
    "coco_named": "share of COCO photos showing a category it has a noun for, of which it names at least one such category",
    "coco_precision": "share of the named things that have a COCO category which is in the photo",
    "coco_things": "how many such things it named",
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
class Photos:
    """Whole photographs: their keys (N, S, R), and for each what is in it."""

    keys: Tensor
    shown: list[set[str]]


@torch.inference_mode()
def write_captions(head: Head, vocabulary: Vocabulary, keys: Tensor, device: torch.device) -> list[Caption]:
    """What is written for pictures with these keys (N, S, R), as `Task.run` does it by default, many together."""
    written = []
    for part in keys.split(TOGETHER):
        states = head.readout.states(part.float().to(device))  # (B, S, D)
        beams = states.repeat_interleave(BEAM.default, 0)  # (B · K, S, D)
        found = search(head.readout.decoder, lambda query, step: _look(head, query, beams)[0], len(part), BEAM.default, MOST + 1)
        words = torch.nn.utils.rnn.pad_sequence([torch.tensor(own.words) for own in found], batch_first=True).to(device)  # (B, T)
        weights: list[Tensor] = []

        def look(query: Tensor, step: int, states: Tensor = states, weights: list[Tensor] = weights) -> Tensor:
            context, own = _look(head, query, states)
            weights.append(own)
            return context

        _, read = head.readout.decoder.unroll(words, look)  # (B, T, E)
        chances = head.readout.decoder.log_probabilities(read).gather(-1, words[..., None])[..., 0].exp()  # (B, T)
        looked = torch.stack(weights, 1)  # (B, T, S)
        for n, own in enumerate(found):
            count = sum(word != END for word in own.words)
            named = [vocabulary.words[word] for word in own.words[:count]]
            written.append(Caption(named, chances[n, :count].tolist(), looked[n, :count].cpu()))
    return written


def _look(head: Head, query: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
    weights = head.score(query[:, None], states).softmax(-1)  # (B, 1, S)
    return (weights @ states)[:, 0], weights[:, 0]  # (B, D), (B, S)


def measure(
    head: Head, vocabulary: Vocabulary, nouns: Sequence[str], test: Encoded, photos: dict[str, Photos], unseen: frozenset[Path],
    unsure: float, device: torch.device,
) -> dict[str, float]:  # fmt: skip
    """Every figure of the card for one trained head; what each means stands in the card."""
    captions = write_captions(head, vocabulary, test.keys, device)
    figures = scene_figures(captions, test, nouns, unseen, unsure)
    for_class = write_captions(head, vocabulary, photos["class"].keys, device)
    named = [bool(shown & set(read_caption(own.words, nouns))) for own, shown in zip(for_class, photos["class"].shown, strict=True)]
    figures["class_photos"] = float(np.mean(named))
    figures |= coco_figures(write_captions(head, vocabulary, photos["coco"].keys, device), photos["coco"].shown, nouns)
    return {name: round(value, 4) for name, value in figures.items()}


def scene_figures(
    captions: Sequence[Caption], scenes: Encoded, nouns: Sequence[str], unseen: frozenset[Path], unsure: float
) -> dict[str, float]:
    """What the captions of scenes got right: names, numbers, words, and places."""
    right, names, said_all, there_all, fresh, peaks, shares = 0, 0, 0, 0, [], [], []
    doubted: dict[bool, list[bool]] = {True: [], False: []}
    forms = {form: noun for noun in nouns for form in (noun, plural(noun))}
    for caption, placed in zip(captions, scenes.things, strict=True):
        there, said = _counted(placed), read_caption(caption.words, nouns)
        matched = {noun for noun, count in said.items() if there.get(noun) == count}
        right, names = right + len(matched), names + len(said.keys() & there.keys())
        said_all, there_all = said_all + len(said), there_all + len(there)
        fresh += [noun in matched for noun in there if all(own.source in unseen for own in placed if own.noun == noun)]
        for row, word in enumerate(caption.words):
            noun = forms.get(word)
            if noun is None:
                continue
            doubted[noun in there].append(caption.probabilities[row] < unsure)
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
        "precision_names": names / max(said_all, 1),
        "recall_names": names / there_all,
        "recall_unseen": _mean(fresh),
        "bleu": bleu.score,
        "peak_in_box": _mean(peaks),
        "box_share": _mean(shares),
        "doubted_wrong": _mean(doubted[False]),
        "doubted_right": _mean(doubted[True]),
    }


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


def photos_to_measure(run: Run, things: Things, encoder: Encoder) -> dict[str, Photos]:
    """The held-out class photos with their noun, and the COCO photos with their categories."""
    paths = [(path, noun) for noun in sorted(things.photos) for path in things.photos[noun]]
    data = json.loads((run.data / "pointing" / "instances.json").read_text("utf-8"))
    names = {category["id"]: category["name"] for category in data["categories"]}
    in_photo: dict[int, set[str]] = {}
    for annotation in data["annotations"]:
        in_photo.setdefault(annotation["image_id"], set()).add(names[annotation["category_id"]])
    images = sorted((image for image in data["images"] if image["id"] in in_photo), key=lambda image: image["id"])
    files = [run.data / "pointing" / "images" / image["file_name"] for image in images]
    return {
        "class": Photos(encode_photos(run, "class-photos", [path for path, _ in paths], encoder), [{noun} for _, noun in paths]),
        "coco": Photos(encode_photos(run, "coco-photos", files, encoder), [in_photo[image["id"]] for image in images]),
    }


def _counted(placed: Sequence[Placed]) -> dict[str, int]:
    nouns = [own.noun for own in placed]
    return {noun: nouns.count(noun) for noun in nouns}


def _mean(values: Sequence[bool | float]) -> float:
    return float(np.mean(values)) if values else 0.0
