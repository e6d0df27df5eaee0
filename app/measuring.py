"""The measured result of every score function in every task, and what the numbers teach, in sentences."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.figures.numbers import figure as number

LITTLE, MOST = 0.25, 0.75  # of the way from equal weights to the best
AS_GOOD = 0.01  # of the best: no more than that above equal weights, and nothing is learned from it


@dataclass(frozen=True)
class Measured:
    """What the card of one task says, in its own metric.

    Args:
        task, title: The task's name, and what it is called.
        metric: What its metric declares.
        trained, untrained: The results by score function; a name is missing where there is none.
        seeds: The seeds that the untrained results are the mean of.
    """

    task: str
    title: str
    metric: Any
    trained: Mapping[str, float]
    untrained: Mapping[str, float]
    seeds: Sequence[int]


def what_it_teaches(own: Measured, scores: Sequence[Any]) -> str:
    """A few sentences on the results of a task: the best beside equal weights, what place alone gives, what was learned.

    Args:
        own: The results.
        scores: What the score functions declare.
    """
    titles, floors = {score.name: score.title for score in scores}, [score.name for score in scores if score.is_floor]
    top = max(own.trained.values())
    best = [name for name, value in own.trained.items() if value == top]
    floor = next((own.trained[name] for name in floors if name in own.trained), None)
    if floor is None:
        return ""
    if floor == top:
        return f"No score function does better than equal weights: {number(floor)}."
    names = " and ".join(titles[name] for name in best)
    said = [f"{names} {'does' if len(best) == 1 else 'do'} best: {number(top)}, where equal weights reach {number(floor)}."]
    if top - floor < AS_GOOD * top:
        said.append("Equal weights do as well: where it looks hardly changes this figure.")
    else:
        said += [
            _place_alone(score.title, own.trained[score.name], floor, top)
            for score in scores
            if "key" not in score.reads and not score.is_floor and score.name in own.trained
        ]
    if own.untrained:
        first = max(own.untrained, key=own.untrained.get)
        if (own.untrained[first] - floor) / (top - floor) >= MOST:
            said.append(
                f"Untrained, {titles[first]} reaches {number(own.untrained[first])}: nearly all of it was there before training."
            )
        else:
            said.append(f"Untrained, none gets past {number(own.untrained[first])}: it was learned.")
    return " ".join(said)


def draws(seeds: Iterable[Sequence[int]]) -> str:
    """How many draws of the parameters untrained results are the mean of, given the seeds of each."""
    counts = sorted({len(own) for own in seeds})
    return "one draw" if counts == [1] else f"the mean of {' or '.join(map(str, counts))} draws"


def _place_alone(title: str, reached: float, floor: float, top: float) -> str:
    share = (reached - floor) / (top - floor)
    told = f"{title}, which never sees the keys, reaches {number(reached)}:"
    if share < 0:
        return f"{told} less than equal weights. What the keys hold decides where to look."
    if share < LITTLE:
        return f"{told} hardly more than equal weights. What the keys hold decides where to look."
    if share < MOST:
        return f"{told} the place alone tells part of where to look."
    return f"{told} here the place alone tells most of where to look."
