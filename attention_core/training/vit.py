"""Training `vit`: a small vision transformer that learns to see what a convolutional network sees in parts of photos."""

import copy
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.nn import functional as F
from transformers import ViTConfig, ViTForImageClassification

from attention_core.encoders import efficientnet_lite
from attention_core.learning import Recipe, draw, one_cycle
from attention_core.training.class_names import class_names
from attention_core.training.progress import Progress
from attention_core.training.run import Run, identity, sha256, show, write_json
from attention_core.training.scenes import class_photos
from attention_core.training.vit_measure import agreement, main_objects, pointing
from attention_core.transformers import Transformer, read_checkpoint

RECIPE = Recipe(steps=2400, batch=64, learning_rate=1e-3, weight_decay=0.05, seed=0)
BETAS = (0.9, 0.98)
LARGEST_GRADIENT = 1.0
SIDE, PATCH, WIDTH, LAYERS, HEADS = 224, 16, 256, 6, 8
PATCHES = (SIDE // PATCH) ** 2
SEEN = 64  # patches of a picture in a step, drawn anew each time; all of them in the last steps
WHOLE = 0.1  # the share of those last steps
SPLITS = {"train": 0.8, "test": 0.2}
MOST_PHOTOS = 200
SMALLEST = 0.15  # of a photo's area that a crop shows
MIXED = 0.5  # of the pictures are blends of two
FEATURES_SHARE = 1.0  # of the loss: pooled features, and those of each patch, beside the classes


class Student(nn.Module):
    """The transformer, and two maps to the teacher's features that are needed for learning alone."""

    def __init__(self) -> None:
        super().__init__()
        self.model = ViTForImageClassification(
            ViTConfig(
                image_size=SIDE, patch_size=PATCH, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS,
                intermediate_size=4 * WIDTH, num_labels=efficientnet_lite.CLASSES, hidden_act="gelu_pytorch_tanh",
                attn_implementation="sdpa",
            )
        )  # fmt: skip
        self.pooled = nn.Linear(WIDTH, efficientnet_lite.FEATURES)
        self.local = nn.Linear(WIDTH, efficientnet_lite.FEATURES)

    def forward(self, pixels: Tensor, places: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Classes (B, 1000), pooled features (B, 1280), features of the patches it saw (B, P, 1280).

        Args:
            pixels: (B, 3, Y, X) in −1..1.
            places: (B, P) which patches it sees.
        """
        states = self.model.vit.embeddings(pixels)  # (B, 1 + PATCHES, D)
        seen = states[:, 1:].gather(1, places[..., None].expand(-1, -1, WIDTH))  # (B, P, D)
        states = torch.cat([states[:, :1], seen], 1)  # (B, 1 + P, D)
        for layer in self.model.vit.layers:
            states = layer(states)
        states = self.model.vit.layernorm(states)
        return self.model.classifier(states[:, 0]), self.pooled(states[:, 0]), self.local(states[:, 1:])


def train(run: Run) -> None:
    """Writes the checkpoint in the transformers library's ViT layout, and card.json."""
    images = run.data / "images"
    finished = run.work / "finished.pt"
    if not finished.exists():
        photos = [path for paths in class_photos(images, "train", MOST_PHOTOS, SPLITS).values() for path in paths]
        for step, loss, own, so_far in fit(run, photos, RECIPE):
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


def fit(run: Run, photos: list[Path], recipe: Recipe) -> Iterator[tuple[int, float, Student, float]]:
    """Fits a fresh student, or goes on from the state that an earlier run kept: step, loss, student, seconds so far."""
    student, teacher = fresh_student(recipe.seed).to(run.device), efficientnet_lite.load().to(run.device)
    groups = [
        {"params": [own for own in student.parameters() if own.dim() == 2]},
        {"params": [own for own in student.parameters() if own.dim() != 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, recipe.learning_rate, BETAS, weight_decay=recipe.weight_decay, fused=True)
    schedule = one_cycle(optimizer, recipe.steps)
    progress = Progress(run.work, student=student, optimizer=optimizer, schedule=schedule)
    opened = [np.asarray(Image.open(path).convert("RGB")) for path in photos]
    while progress.done < recipe.steps:
        rng = np.random.default_rng([recipe.seed, progress.done])  # a step's pictures depend on its number alone
        count = PATCHES if progress.done >= (1 - WHOLE) * recipe.steps else SEEN
        pixels = pictures(opened, recipe.batch, rng).to(run.device)  # (B, 3, Y, X) in 0..255
        places = torch.from_numpy(rng.random((recipe.batch, PATCHES)).argsort(1)[:, :count]).to(run.device)  # (B, P)
        loss = distance(student, teacher, pixels, places)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(student.parameters(), LARGEST_GRADIENT)
        optimizer.step()
        schedule.step()
        progress.step()
        yield progress.done, loss.item(), student, progress.seconds


def pictures(photos: list[np.ndarray], count: int, rng: np.random.Generator) -> Tensor:
    """(B, 3, Y, X) in 0..255: crops of any shape and size, mirrored or not, brighter or darker, or blends.

    Source: Beyer et al. 2022, Knowledge distillation: a good teacher is patient and consistent, https://arxiv.org/abs/2106.05237:
    student and teacher see the very same picture, blends included.
    """
    made = np.stack([_crop(photos[rng.integers(len(photos))], rng) for _ in range(count)])  # (B, Y, X, 3)
    pixels = torch.from_numpy(made).permute(0, 3, 1, 2).float()  # (B, 3, Y, X)
    bright = torch.from_numpy(rng.uniform(0.6, 1.4, (2, count, 1, 1, 1))).float()
    pixels = ((pixels - 127) * bright[0] + 127 * bright[1]).clamp(0, 255)
    share = torch.from_numpy(np.where(rng.random(count) < MIXED, rng.random(count), 1)).float()[:, None, None, None]
    return share * pixels + (1 - share) * pixels.flip(0)


def _crop(photo: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    high, wide = photo.shape[:2]
    area, shape = rng.uniform(SMALLEST, 1) * high * wide, np.exp(rng.uniform(np.log(3 / 4), np.log(4 / 3)))
    across, down = min(wide, round((area * shape) ** 0.5)), min(high, round((area / shape) ** 0.5))
    x, y = rng.integers(wide - across + 1), rng.integers(high - down + 1)
    crop = Image.fromarray(photo[y : y + down, x : x + across]).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    crop = np.asarray(crop)
    return crop[:, ::-1] if rng.random() < 0.5 else crop


def distance(student: Student, teacher: nn.Module, pixels: Tensor, places: Tensor) -> Tensor:
    """How far the student is from the teacher on the same pictures.

    KL(teacher's classes ‖ student's) + FEATURES_SHARE · (1 − cosine of pooled features + 1 − mean cosine of patches' features);
    a patch's are the teacher's last features at its place.

    Args:
        pixels: (B, 3, Y, X) in 0..255.
        places: (B, P).
    """
    with torch.autocast(pixels.device.type, torch.bfloat16):
        with torch.no_grad():
            grid = teacher.features((pixels - 127) / 128)  # (B, 1280, Y/32, X/32)
            mean = grid.mean((2, 3))  # (B, 1280)
            wanted = teacher.classifier(mean).float().softmax(-1)  # (B, 1000)
            across = SIDE // PATCH
            fine = F.interpolate(grid.float(), (across, across), mode="bilinear").flatten(2).transpose(1, 2)  # (B, PATCHES, 1280)
            fine = fine.gather(1, places[..., None].expand(-1, -1, fine.shape[-1]))  # (B, P, 1280)
        told, pooled, local = student(pixels / 127.5 - 1, places)
    classes = F.kl_div(told.float().log_softmax(-1), wanted, reduction="batchmean")
    whole = 1 - F.cosine_similarity(pooled.float(), mean.float(), dim=-1).mean()
    parts = 1 - F.cosine_similarity(local.float(), fine, dim=-1).mean()
    return classes + FEATURES_SHARE * (whole + parts)


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
    model, images = Transformer(read_checkpoint(run.models), run.device), run.data / "images"
    split = {name: class_photos(images, name, MOST_PHOTOS, SPLITS) for name in SPLITS}
    training, test = ([path for paths in own.values() for path in paths] for own in split.values())
    unseen = [path for name, paths in split["test"].items() if name for path in paths]
    return {
        "model": "vit",
        "teacher": {"name": "EfficientNet-Lite0", "sha256": efficientnet_lite.SHA256},
        "data": [{"folder": "images", "photos": {"training": len(training), "held_out": len(test)}, "sha256": sha256(*training)}],
        "recipe": {
            **asdict(RECIPE), "side": SIDE, "patch": PATCH, "width": WIDTH, "layers": LAYERS, "heads": HEADS,
            "patches_seen": SEEN, "parameters": model.model.num_parameters(),
        },
        **run.circumstances(seconds),
        **identity(run.models / "model.safetensors"),
        "agreement": agreement(model, efficientnet_lite.load(), unseen),
        "pointing": pointing(model, main_objects(run.data / "pointing")),
    }  # fmt: skip
