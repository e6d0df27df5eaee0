"""Trains `caption` on scenes made of cut-out stamps and class photos, and measures it on scenes and photos it never saw."""

import importlib.metadata
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import torch
from torch import Tensor

from attention_core.encoders.projection import Projection
from attention_core.learning import Recipe, Step, draw
from attention_core.tasks.caption import DROPPED, PROJECTION, RECOGNIZER, SPEC, UNSURE, VOCABULARY, CaptionModel, Vocabulary
from attention_core.tasks.decoder import END
from attention_core.tasks.encoding import Head
from attention_core.training.caption_features import Encoded, Encoder, encode_scenes, fit_projection, recognize_scenes
from attention_core.training.caption_measure import MEANINGS, Exam
from attention_core.training.caption_recognizer import FEATURES_DROPPED, NONE_SHARE, RECIPE, teach_recognizer
from attention_core.training.caption_scenes import GRAMMAR
from attention_core.training.caption_things import all_stamps, plural, read_things
from attention_core.training.find import sources
from attention_core.training.run import TWICE, Run, sha256
from attention_core.training.writing import SCORE_RATE, SMOOTHING, fit_in_epochs, like_lengths, padded, words_loss

SCENES = {"train": 20_000, "calibrate": 500, "test": 1_000}
SEEDS = {"train": 1, "calibrate": 2, "test": 3}
EPOCHS, BATCH = 16, 32
LEARNING_RATE, WEIGHT_DECAY, SEED = 2e-3, 0.05, 0
REPEATED = "repeated"  # the same training once more from the start, seed and all
UNTRAINED_SEED = 1
UNTRAINED = ("bleu", "precision", "recall")  # figures with untrained parameters


def train(run: Run) -> None:
    """Trains, measures and writes everything for the task. Started twice at once, the two share the score functions."""
    things = {split: read_things(run.data / "images", split) for split in SCENES}
    nouns, encoded = things["train"].nouns, {}
    for _ in run.claimed(["projection"]):
        fit_projection(run, things["train"], SEEDS["train"])
        words_to_write(nouns).save(run.models / VOCABULARY)
    projection = Projection.load(run.models / PROJECTION, run.device)
    for split in run.claimed(SCENES):
        encoder = Encoder(run, split == "train", projection)
        encoded[split] = encode_scenes(run, split, things[split], SEEDS[split], SCENES[split], encoder)
    for _ in run.claimed(["recognizer"]):
        teach_recognizer(run, encoded["train"], nouns)
    model = CaptionModel(run.device, run.models)
    for split in run.claimed(SCENES):
        encoded[split] = recognize_scenes(run, split, encoded[split], model.recognizer)
    for _ in run.claimed(["photos"]):
        exam = Exam.of(run, model, things["test"], encoded["test"], encoded["calibrate"])
    lesson = Lesson(encoded["train"], model.vocabulary)
    recipe = Recipe(EPOCHS * len(lesson.batches(SEED)), BATCH, LEARNING_RATE, WEIGHT_DECAY, SEED)
    jobs = {**run.jobs(SEED), REPEATED: (run.apart(REPEATED), TWICE, SEED)}
    scores: dict[str, dict] = {}
    for name in run.claimed(jobs):
        own, score, seed = jobs[name]
        kept = own.work / f"{score}.state.pt"
        seconds = own.fitted(
            score,
            lambda score=score, seed=seed: draw(lambda: model.build_head(score), seed),
            lambda head, seed=seed, kept=kept: lesson.fit(head, recipe, seed, kept),
            half=True,
            kept=kept,
        )
        measured = own.kept(f"measured-{score}", lambda own=own, score=score: measure(own, model, score, exam))
        scores[name] = {"seconds": round(seconds, 1), "steps": recipe.steps, **measured}
        print(name, measured["metrics"], flush=True)
    for _ in run.claimed(["card"]):
        write_card(run, recipe, scores, len(nouns))


def measure(run: Run, model: CaptionModel, score: str, exam: Exam) -> dict[str, dict]:
    """What stands in the card for one score function, with the parameters of its file."""
    head = run.load(model.build_head(score), score)
    untrained = draw(lambda: model.build_head(score), UNTRAINED_SEED).to(run.device).eval()
    return {
        "parameters": {
            "all": sum(own.numel() for own in head.parameters()),
            "score": sum(own.numel() for own in head.score.parameters()),
        },
        "metrics": exam.figures(head),
        "untrained": {name: value for name, value in exam.figures(untrained).items() if name in UNTRAINED},
    }


def write_card(run: Run, recipe: Recipe, scores: dict[str, dict], nouns: int) -> None:
    """The card and the golden values."""
    stamps, repeated = all_stamps(), scores[REPEATED]
    run.write_card(
        data=[
            {"name": name, "files": len(files), "sha256": sha256(*files), "source": source, "licence": licence, "use": use}
            for name, files, source, licence, use in (
                *sources(run.data),
                ("Tux Paint stamps", stamps, "https://packages.debian.org/tuxpaint-stamps-default", "GPL 2", "training"),
            )
        ],
        recipe=recipe,
        scores=scores,
        repeated={"score": TWICE, "seed": SEED, "seconds": repeated["seconds"], "metrics": repeated["metrics"]},
        epochs=EPOCHS,
        score_rate=SCORE_RATE,
        left_out=DROPPED,
        smoothing=SMOOTHING,
        unsure_below=UNSURE,
        scenes=SCENES,
        scene_seeds=SEEDS,
        nouns=nouns,
        recognizer={**asdict(RECIPE), "none_share": NONE_SHARE, "left_out": FEATURES_DROPPED},
        frozen={file: sha256(run.models / file) for file in (PROJECTION, RECOGNIZER)},
        vocabulary={"file": VOCABULARY, "sha256": sha256(run.models / VOCABULARY)},
        sacrebleu=importlib.metadata.version("sacrebleu"),
        untrained_seeds=(UNTRAINED_SEED,),
        meanings=MEANINGS,
    )
    run.write_golden(replace(SPEC, model=lambda device: CaptionModel(device, run.models)))


def words_to_write(nouns: tuple[str, ...]) -> Vocabulary:
    """The words of the grammar, and every noun in its singular and its plural."""
    things = sorted({form for noun in nouns for form in (noun, plural(noun))})
    return Vocabulary((*GRAMMAR, *things), things)


class Lesson:
    """Scenes to learn from, each with the first of its right captions: always from the left or from above.

    Args:
        encoded: The scenes.
        vocabulary: The words.
    """

    def __init__(self, encoded: Encoded, vocabulary: Vocabulary) -> None:
        self.keys = encoded.keys
        self.captions = [torch.tensor([*map(vocabulary.index.get, words), END]) for words, *_ in encoded.captions]

    def batches(self, seed: int) -> list[tuple[Tensor, list[Tensor]]]:
        """All scenes, captions of like length together: the indices and the captions."""
        lengths = torch.tensor([len(own) for own in self.captions])
        order = like_lengths(torch.zeros_like(lengths), lengths, BATCH, seed)
        return [(indices, [self.captions[n] for n in indices]) for indices in order]

    def fit(self, head: Head, recipe: Recipe, seed: int, kept: Path | None = None, half: bool = True) -> Iterator[Step]:
        """Fits a head to all scenes; the seed is that of order and dropout."""
        device = next(head.parameters()).device

        def objective(own: Head, batch: tuple[Tensor, list[Tensor]]) -> tuple[Tensor, float]:
            indices, captions = batch
            words, real = padded(captions, device)  # (B, T) each
            recognized = self.keys[indices].to(device, torch.bfloat16 if half else torch.float32)  # (B, S, R)
            key = own.readout.states(recognized)  # (B, S, D)
            return words_loss(own, own.readout.decoder, key, key, words, real)

        return fit_in_epochs(head, lambda epoch: self.batches(1000 * seed + epoch), objective, recipe, kept, half)
