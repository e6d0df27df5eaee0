"""Training `vit`: a small vision transformer that learns, layer by layer, to see what a convolutional network sees."""

import copy
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import ViTConfig, ViTForImageClassification

from attention_core.encoders import efficientnet_lite
from attention_core.learning import Recipe, draw
from attention_core.training.class_names import class_names
from attention_core.training.run import Run, identity, sha256, show, write_json
from attention_core.training.scenes import class_photos
from attention_core.training.steps import Steps
from attention_core.training.vit_measure import agreement, main_objects, pointing
from attention_core.training.vit_views import PATCH, PATCHES, SIDE, STAGES, TEACHER_SIDE, VIEWS, Seen, batch, scale, views
from attention_core.transformers import Transformer, read_checkpoint

RECIPE = Recipe(steps=9000, batch=64, learning_rate=2.5e-3, weight_decay=0.1, seed=0)
MATRIX_SHARE = 2  # of the rate: that of the matrices in the layers, which Muon moves; AdamW moves the rest
WIDTH, LAYERS, HEADS = 256, 6, 8
AFTER = (2, 4)  # the student's layers, counted from 1, that learn from those
KEPT, KEPT_FOR = 0.6, 0.85  # of the patches the student sees so many, drawn anew for each picture, in this share of the steps
SHARES = {"classes": 1.0, "pooled": 1.0, "last": 2.0, "stages": 2.0, "looking": 1.0}  # of the loss
SPLITS = {"train": 0.8, "test": 0.2}
MOST_PHOTOS = 200


class Student(nn.Module):
    """The transformer, and maps to the teacher's features that are needed for learning alone."""

    def __init__(self) -> None:
        super().__init__()
        self.model = ViTForImageClassification(
            ViTConfig(
                image_size=SIDE, patch_size=PATCH, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
                intermediate_size=4 * WIDTH, num_labels=efficientnet_lite.CLASSES, hidden_act="gelu_pytorch_tanh",
                attn_implementation="eager",  # gives weights, which are learned, too
            )
        )  # fmt: skip
        self.pooled = nn.Linear(WIDTH, efficientnet_lite.FEATURES)
        self.last = nn.Linear(WIDTH, efficientnet_lite.FEATURES)
        self.stages = nn.ModuleList(nn.Linear(WIDTH, 4 * channels) for channels in STAGES.values())
        self._weights: list[Tensor] = []  # (B, H, 1 + P', 1 + P') of each layer, of the pictures seen last
        for layer in self.model.vit.layers:
            layer.attention.register_forward_hook(lambda module, given, returned: self._weights.append(returned[1]))

    def forward(self, pixels: Tensor, kept: Tensor) -> tuple[Tensor, Tensor, Tensor, list[Tensor], Tensor]:
        """Classes (B, 1000), pooled features (B, 1280), the patches' (B, P', 1280), those of the stages, and looks (B, P').

        Where it looks is the class token's row of the attention rollout, its weights on patches divided by their sum.

        Args:
            pixels: (B, 3, SIDE, SIDE) in −1..1.
            kept: (B, P'), which patches it sees, in any order; of the others it sees nothing.

        Source: He et al. 2022, Masked autoencoders are scalable vision learners, https://arxiv.org/abs/2111.06377
        (patches left out are not computed).
        """
        self._weights.clear()
        states, after = self.model.vit.embeddings(pixels), []  # (B, 1 + P, D)
        states = torch.cat([states[:, :1], pick(states[:, 1:], kept)], 1)  # (B, 1 + P', D)
        for n, layer in enumerate(self.model.vit.layers, 1):
            states = layer(states)
            if n in AFTER:
                after.append(states[:, 1:])
        states = self.model.vit.layernorm(states)
        stages = [own(there) for own, there in zip(self.stages, after, strict=False)]
        return (
            self.model.classifier(states[:, 0]),
            self.pooled(states[:, 0]),
            self.last(states[:, 1:]),
            stages,
            self._looks(),
        )

    def _looks(self) -> Tensor:
        """(B, P')."""
        mixed = torch.eye(self._weights[0].shape[-1], device=self._weights[0].device)[:1]  # (1, 1 + P'), the class token's row
        for own in reversed(self._weights):
            mixed = (mixed[..., None, :] @ own.float().mean(1)).squeeze(-2) / 2 + mixed / 2  # (B, 1 + P')
        return mixed[:, 1:] / mixed[:, 1:].sum(-1, keepdim=True)


def pick(values: Tensor, kept: Tensor) -> Tensor:
    """Those patches (B, P', …) of values (B, P, …) whose numbers stand in `kept` (B, P')."""
    return values[torch.arange(len(kept), device=kept.device)[:, None], kept]


def train(run: Run) -> None:
    """Writes the checkpoint in the transformers library's ViT layout, and card.json."""
    finished = run.work / "finished.pt"
    if not finished.exists():
        photos = [path for paths in class_photos(run.data / "images", "train", MOST_PHOTOS, SPLITS).values() for path in paths]
        kept = run.kept("views", lambda: vars(views(photos, efficientnet_lite.load().to(run.device), RECIPE.seed)))
        seen = Seen(kept["pixels"], kept["last"], tuple(kept["stages"]))
        for step, loss, own, so_far in fit(run, seen, RECIPE):
            show("vit", step, RECIPE.steps, f"loss {loss:.4f}")
            fitted, seconds = own, so_far
        torch.save({"student": fitted.state_dict(), "seconds": seconds}, finished)
    state = torch.load(finished, weights_only=True)
    student = fresh_student(RECIPE.seed)
    student.load_state_dict(state["student"])
    save(student.model, run.models)
    write_json(run.models / "card.json", card(run, state["seconds"]))


def fresh_student(seed: int) -> Student:
    return draw(Student, seed)


def fit(run: Run, seen: Seen, recipe: Recipe) -> Iterator[tuple[int, float, Student, float]]:
    """Fits a fresh student, or goes on from the state that an earlier run kept: step, loss, student, seconds so far.

    Source: Romero et al. 2015, FitNets, https://arxiv.org/abs/1412.6550 (features on the way are learned, too);
    Zagoruyko & Komodakis 2017, Paying more attention to attention, https://arxiv.org/abs/1612.03928 (where to look is);
    Beyer et al. 2022, Knowledge distillation: a good teacher is patient and consistent, https://arxiv.org/abs/2106.05237
    (student and teacher see the very same crop; of a blend the teacher's answers are blended here).
    """
    student, teacher = fresh_student(recipe.seed).to(run.device), efficientnet_lite.load().to(run.device)
    steps = Steps(run, student, ".layers.", recipe, MATRIX_SHARE)
    progress, scales = steps.progress, [scale(own) for own in seen.stages]
    while progress.done < recipe.steps:
        rng = np.random.default_rng([recipe.seed, progress.done])  # a step's pictures depend on its number alone
        pixels, wanted = batch(seen, scales, teacher.classifier, recipe.batch, rng, run.device)
        share = KEPT if progress.done < KEPT_FOR * recipe.steps else 1
        kept = torch.from_numpy(rng.random((recipe.batch, PATCHES)).argsort(1)[:, : round(share * PATCHES)]).to(run.device)
        with torch.autocast(run.device.type, torch.bfloat16):
            told = student(pixels, kept)
        loss = distance(told, seen_through(wanted, kept))
        steps.take(loss)
        yield progress.done, loss.item(), student, progress.seconds


def seen_through(wanted: tuple, kept: Tensor) -> tuple:
    """What the teacher says, of the patches `kept` (B, P') alone; where to look is divided by its sum over them."""
    classes, pooled, last, stages, looks = wanted
    looks = pick(looks, kept)
    return classes, pooled, pick(last, kept), [pick(own, kept) for own in stages], looks / looks.sum(-1, keepdim=True)


def distance(told: tuple, wanted: tuple) -> Tensor:
    """How far the student is from the teacher on the same patches of the same pictures, by SHARES.

    KL(teacher's classes ‖ student's), 1 − cosine of pooled features, of the patches' and of the stages' (the mean over patches),
    and KL(where to look ‖ where the student looks).
    """
    classes, pooled, last, stages, looks = told
    parts = {
        "classes": F.kl_div(classes.float().log_softmax(-1), wanted[0], reduction="batchmean"),
        "pooled": _apart(pooled, wanted[1]),
        "last": _apart(last, wanted[2]),
        "stages": sum(_apart(own, other) for own, other in zip(stages, wanted[3], strict=False)),
        "looking": F.kl_div(looks.clamp(min=1e-8).log(), wanted[4], reduction="batchmean"),
    }
    return sum(SHARES[name] * own for name, own in parts.items())


def _apart(own: Tensor, other: Tensor) -> Tensor:
    return 1 - F.cosine_similarity(own.float(), other, dim=-1).mean()


def save(model: ViTForImageClassification, folder: Path) -> None:
    """The checkpoint in float16, its config with the names of the classes, and how it takes pictures."""
    half = copy.deepcopy(model).half()
    half.config.id2label = dict(enumerate(class_names()[0]))
    half.save_pretrained(folder)
    (folder / "model.safetensors").chmod(0o644)
    write_json(
        folder / "preprocessor_config.json",
        {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "size": {"height": SIDE, "width": SIDE}},
    )


def card(run: Run, seconds: float) -> dict:
    """What was trained on what, and what the checkpoint as it ships says of photos that it has not seen."""
    images = run.data / "images"
    model, teacher = Transformer(read_checkpoint(run.models), run.device), efficientnet_lite.load()
    split = {name: class_photos(images, name, MOST_PHOTOS, SPLITS) for name in SPLITS}
    training, test = ([path for paths in own.values() for path in paths] for own in split.values())
    unseen = [path for name, paths in split["test"].items() if name for path in paths]
    save(fresh_student(RECIPE.seed).model, run.work / "untrained")
    untrained = Transformer(read_checkpoint(run.work / "untrained"), run.device)
    objects = main_objects(run.data / "pointing")
    return {
        "model": "vit",
        "teacher": {"name": "EfficientNet-Lite0", "sha256": efficientnet_lite.SHA256, "side": TEACHER_SIDE},
        "data": [{"folder": "images", "photos": {"training": len(training), "held_out": len(test)}, "sha256": sha256(*training)}],
        "recipe": {
            **asdict(RECIPE), "matrix_share": MATRIX_SHARE, "side": SIDE, "patch": PATCH, "width": WIDTH, "layers": LAYERS,
            "heads": HEADS, "views": VIEWS, "shares": SHARES, "kept": KEPT, "kept_for": KEPT_FOR,
            "parameters": model.model.num_parameters(),
        },
        **run.circumstances(seconds),
        **identity(run.models / "model.safetensors"),
        "agreement": agreement(model, teacher, unseen, TEACHER_SIDE),
        "agreement, untrained": agreement(untrained, teacher, unseen, TEACHER_SIDE),
        "pointing": pointing(model, objects),
        "pointing, untrained": pointing(untrained, objects),
    }  # fmt: skip
