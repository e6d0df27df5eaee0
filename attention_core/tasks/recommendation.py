"""Recommendation: which films a person may like, and because of which of those that they liked before."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from attention_core.attention import attend
from attention_core.errors import InputError
from attention_core.inputs import ChoicesInput
from attention_core.precision import with_parameters
from attention_core.specs import Example, Metric, TaskSpec
from attention_core.tasks.checkpoints import MODELS
from attention_core.tasks.encoding import Encoding, Head, sized_score
from attention_core.tasks.settings import Settings

FILMS = "films.json"
WIDTH, MOST, SUGGESTED = 32, 30, 10  # of a film's vectors; films that may be picked; films that are suggested
DROPPED, SPREAD = 0.3, 0.1
SIZES = {"width": WIDTH, "max_positions": MOST}
LONGEST_TOLD = 60  # letters of a title that is not there


class Catalogue:
    """The films that there are, by a title that ends in the year.

    Args:
        titles: All of them; a film's number is its place.
    """

    def __init__(self, titles: Sequence[str]) -> None:
        self.titles = tuple(titles)
        self.place = {title.casefold(): n for n, title in enumerate(titles)}

    @classmethod
    def load(cls, path: Path) -> "Catalogue":
        """The films of a file that `save` wrote."""
        return cls(json.loads(path.read_text("utf-8")))

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.titles, ensure_ascii=False, indent=0) + "\n", "utf-8")

    def __len__(self) -> int:
        return len(self.titles)

    def picked(self, films: str | Sequence[str]) -> list[int]:
        """The numbers of films given by title: a list, or a text with one a line. Capitals do not matter. Raises InputError."""
        titles = [title.strip() for title in (films.split("\n") if isinstance(films, str) else films)]
        titles = [title for title in titles if title]
        if not titles:
            raise InputError("The films must be at least one, got none. Pick a film that you liked, or an example.")
        if len(titles) > MOST:
            raise InputError(f"The films must be at most {MOST}, got {len(titles):,}. Take some of them out.")
        numbers = [self.place.get(title.casefold()) for title in titles]
        for n, (title, number) in enumerate(zip(titles, numbers, strict=True)):
            if number is None:
                told = title if len(title) <= LONGEST_TOLD else f"{title[:LONGEST_TOLD]}…"
                raise InputError(
                    f"Each film must be one of the {len(self):,} in the catalogue, got “{told}”. Pick it from the list."
                )
            if number in numbers[:n]:
                raise InputError(f"Each film must be there once, got “{self.titles[number]}” twice. Take one of the two out.")
        return numbers


@cache
def catalogue() -> Catalogue:
    """The films that shipped with the parameters."""
    return Catalogue.load(MODELS / "recommendation" / FILMS)


class Films(nn.Module):
    """All that is trained besides the score function: for each film two vectors, and a bias that tells how popular it is.

    One vector stands for the film where it was liked, as key and value, the other where it is considered: as the query q, and
    in its score q·c + b, with c the context of the films that were liked and b its bias.
    """

    def __init__(self, films: int) -> None:
        super().__init__()
        self.liked = nn.Parameter(torch.randn(films, WIDTH) * SPREAD)  # (F, D)
        self.considered = nn.Parameter(torch.randn(films, WIDTH) * SPREAD)  # (F, D)
        self.bias = nn.Parameter(torch.zeros(films))  # (F,)
        self.drop = nn.Dropout(DROPPED)

    def scores(self, films: Tensor, context: Tensor) -> Tensor:
        """The score (..., T) of films (..., T), each with its own context (..., T, D)."""
        return (self.considered[films] * context).sum(-1) + self.bias[films]


class RecommendationModel:
    """Keys and values: a vector for every film that was liked. Query: another vector, of the film under consideration.

    Vectors and score function are trained together, once for each score function.

    Args:
        device: Where to compute.
        folder: Where the list of films is.
    """

    def __init__(self, device: torch.device, folder: Path = MODELS / "recommendation") -> None:
        self.device, self.folder = device, folder

    @cached_property
    def catalogue(self) -> Catalogue:
        """Every film that it knows."""
        return Catalogue.load(self.folder / FILMS)

    def encode(self, inputs: Sequence[Mapping[str, Any]]) -> list[Encoding]:
        """One Encoding an input, the film that was picked last first. Raises InputError for films that cannot be used."""
        return [self._encoding(self.catalogue.picked(given["films"])[::-1]) for given in inputs]

    def _encoding(self, liked: list[int]) -> Encoding:
        nothing = torch.zeros(len(liked), 0, device=self.device)  # (S, 0)
        return Encoding(
            query=nothing[:0],  # (0, 0)
            key=nothing,  # (S, 0)
            value=nothing,  # (S, 0)
            key_mask=torch.ones(len(liked), dtype=torch.bool, device=self.device),  # (S,)
            query_labels=(),
            key_labels=tuple(self.catalogue.titles[n] for n in liked),
            read=torch.tensor(liked, device=self.device),  # (S,)
        )

    def build_head(self, score: str) -> Head:
        """A head with parameters from torch's generator."""
        return Head(sized_score(score, WIDTH, SIZES), Films(len(self.catalogue)))

    def write(self, head: Head, encoding: Encoding, settings: Settings) -> Encoding:
        """The encoding with keys, values, and the films that are suggested, the best first, with their queries."""
        own = head.readout
        seen = replace(encoding, key=own.liked[encoding.read], value=own.liked[encoding.read])
        films = encoding.written
        if films is None:
            others = torch.ones(len(self.catalogue), dtype=torch.bool, device=self.device).index_fill(0, encoding.read, False)
            films = others.nonzero()[:, 0]  # (F,)
            context = _context(head.score, own.considered[films], seen, settings)  # (F, D)
            films = films[own.scores(films, context).topk(SUGGESTED).indices]  # (T,)
        labels = tuple(self.catalogue.titles[n] for n in films.tolist())
        return replace(seen, query=own.considered[films], query_labels=labels, written=films)

    def output(
        self, head: Head, query: Tensor, key: Tensor, context: Tensor, energies: Tensor, weights: Tensor, encoding: Encoding
    ) -> dict[str, Any]:
        """The best of the suggested films, and the score of each."""
        return {"label": encoding.query_labels[0], "row_scores": head.readout.scores(encoding.written, context).tolist()}


def _context(score: nn.Module, query: Tensor, seen: Encoding, settings: Settings) -> Tensor:
    """What each of many films is judged by, (F, D), in the precision of `Task.run`, so that the order is that of its scores."""
    dtype = torch.float32 if query.device.type == "mps" else torch.float64
    found = attend(
        with_parameters(score, lambda own: own.to(dtype)),
        query[None].to(dtype),  # (1, F, D)
        seen.key[None].to(dtype),  # (1, S, D)
        seen.value[None].to(dtype),  # (1, S, D)
        key_mask=settings.key_mask[None],  # (1, S)
        distribution=settings.distribution,
        distribution_options=settings.distribution_options,
        temperature=settings.temperature,
    )
    return found.context[0].float()


def _example(title: str, *films: str) -> Example:
    return Example(title, {"films": "\n".join(films)})


SPEC = TaskSpec(
    name="recommendation",
    title="Suggest films",
    question="Because you liked which films?",
    inputs=(ChoicesInput("films", "Films you liked", "Type a title, pick a film", lambda: catalogue().titles),),
    examples=(
        _example(
            "Science fiction",
            "Jurassic Park (1993)",
            "Alien (1979)",
            "Terminator 2: Judgment Day (1991)",
            "District 9 (2009)",
            "Inception (2010)",
        ),
        _example(
            "Animation",
            "The Lion King (1994)",
            "Finding Nemo (2003)",
            "Ratatouille (2007)",
            "WALL·E (2008)",
            "Up (2009)",
        ),
        _example("Crime", "Pulp Fiction (1994)", "Se7en (1995)", "The Departed (2006)", "Drive (2011)", "End of Watch (2012)"),
        _example(
            "Love and horror",
            "Before Sunrise (1995)",
            "The Notebook (2004)",
            "Titanic (1997)",
            "Psycho (1960)",
            "The Shining (1980)",
            "The Evil Dead (1981)",
        ),
    ),
    metric=Metric(
        "hit_rate",
        "Hit rate at 10",
        "the share of people whose held-out film is among the ten best of it and 100 films that they never rated",
    ),
    query_meaning=(
        "the film under consideration: a vector of its own, learned from who liked it. The ten best of the catalogue stand "
        "below each other, each with its score: the larger, the better it goes with the films you picked. Scores only compare "
        "films, they are no probabilities"
    ),
    key_meaning="the films you picked, the latest pick first: a vector each, learned from who liked them",
    context_meaning="the films you picked, mixed by their weights: all that a film's score knows of your taste",
    model=RecommendationModel,
    query_name="suggestion",
    key_name="liked film",
    score_name="score",
    why_no_lesson="It learns from what 2,500 people liked, more than a page can in a minute.",
    order=6,
)
