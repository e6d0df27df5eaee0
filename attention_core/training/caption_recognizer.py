"""Teaching what `caption` recognizes: on training scenes it is known which thing lies on which cells."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from attention_core.encoders.recognizer import Recognizer
from attention_core.learning import Recipe, draw, one_cycle
from attention_core.tasks.caption import GRID, INPUT_DIM, POSITIONS, RECOGNIZER
from attention_core.training.caption_features import Encoded
from attention_core.training.caption_measure import cells_inside
from attention_core.training.run import Run, show

RECIPE = Recipe(steps=1250, batch=64, learning_rate=3e-3, weight_decay=0.05, seed=0)  # four times all scenes
BETAS = (0.9, 0.98)
LARGEST_GRADIENT = 1.0
FEATURES_DROPPED = 0.2  # in all cells of a picture
NONE_SHARE = 0.5  # of the loss of cells with no thing, beside that of things
MOST_THINGS = 3
FAINTEST = 1e-6


class Places:
    """Which cells the things of scenes lie on.

    Args:
        encoded: The scenes.
        nouns: N names.

    Attributes:
        cells: (N, 3, S) True where the centre of a cell is in a thing's box.
        noun: (N, 3) its name, −1 for no thing and for one too thin to hold the centre of a cell.
    """

    def __init__(self, encoded: Encoded, nouns: tuple[str, ...]) -> None:
        count = len(encoded.things)
        self.cells = torch.zeros(count, MOST_THINGS, POSITIONS, dtype=torch.bool)
        self.noun = torch.full((count, MOST_THINGS), -1)
        for n, placed in enumerate(encoded.things):
            for place, thing in enumerate(placed):
                inside = cells_inside([thing.box])
                if inside.any():
                    self.cells[n, place] = torch.from_numpy(inside)
                    self.noun[n, place] = nouns.index(thing.noun)


def recognition_loss(told: Tensor, part: Tensor, cells: Tensor, noun: Tensor) -> Tensor:
    """How badly cells are recognized.

    The mean over things of −log of the mean probability that the cells in a thing's box give to it (some of them show ground),
    half the mean over cells in no box of −log of the probability of none, and the mean squares of how far the parts in a box are
    from 1 and those of a picture in no box from 0.

    Args:
        told, part: (B, S, N + 1) and (B, S), what `Recognizer.judge` gives.
        cells, noun: (B, 3, S) and (B, 3), as in `Places`.
    """
    told, ground, there = told.float().log_softmax(-1), ~cells.any(1), noun >= 0  # (B, S, N + 1), (B, S), (B, 3)
    own = told.exp().gather(2, noun.clamp(min=0)[:, None].expand(-1, told.shape[1], -1)).transpose(1, 2)  # (B, 3, S)
    mean = (own * cells).sum(-1) / cells.sum(-1).clamp(min=1)  # (B, 3)
    count = (part[:, None] * cells).sum(-1)  # (B, 3)
    names = -mean[there].clamp(min=FAINTEST).log().mean() - NONE_SHARE * told[..., -1][ground].mean()
    return names + (count[there] - 1).square().mean() + (part * ground).sum(-1).square().mean()


def teach_recognizer(run: Run, encoded: Encoded, nouns: tuple[str, ...]) -> None:
    """Writes the recognizer beside the checkpoints."""

    def taught() -> dict[str, Tensor]:
        own = draw(lambda: Recognizer(INPUT_DIM, len(nouns)), RECIPE.seed)
        for step, loss in enumerate(fit_recognizer(own, encoded, nouns, RECIPE), 1):
            show("teaching the recognizer", step, RECIPE.steps, f"loss {loss:.4f}")
        return own.state_dict()

    own = Recognizer(INPUT_DIM, len(nouns))
    own.load_state_dict(run.kept("recognizer", taught))
    own.save(run.models / RECOGNIZER)


def fit_recognizer(
    own: Recognizer, encoded: Encoded, nouns: tuple[str, ...], recipe: Recipe, half: bool = True
) -> Iterator[float]:
    """Teaches one all scenes, in place, each mirrored half of the time; the loss of each step."""
    places = Places(encoded, nouns)
    generator = torch.Generator().manual_seed(recipe.seed)
    optimizer = torch.optim.AdamW(own.parameters(), recipe.learning_rate, BETAS, weight_decay=recipe.weight_decay)
    schedule = one_cycle(optimizer, recipe.steps)
    order: list[Tensor] = []
    for _ in range(recipe.steps):
        order = order or [*torch.randperm(len(encoded.keys), generator=generator).split(recipe.batch)]
        chosen = order.pop()
        mirrored = torch.rand(len(chosen), 1, 1, generator=generator) < 0.5
        features = encoded.keys[chosen].transpose(1, 2)  # (B, R, S)
        features = torch.where(mirrored, _mirror(features), features).transpose(1, 2)  # (B, S, R)
        cells = torch.where(mirrored, _mirror(places.cells[chosen]), places.cells[chosen])  # (B, 3, S)
        kept = torch.rand(len(chosen), 1, INPUT_DIM, generator=generator) >= FEATURES_DROPPED  # (B, 1, R)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            judged = own.judge(features.float() * kept / (1 - FEATURES_DROPPED))  # (B, S, N + 1), (B, S)
        loss = recognition_loss(*judged, cells, places.noun[chosen])
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(own.parameters(), LARGEST_GRADIENT)
        optimizer.step()
        schedule.step()
        yield loss.item()


def _mirror(cells: Tensor) -> Tensor:
    """(…, S) as a mirror shows them."""
    return cells.unflatten(-1, (GRID, GRID)).flip(-1).flatten(-2)
