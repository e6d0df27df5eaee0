"""What was measured: how long each kind of change took, and everything that went wrong."""

import math
from collections import Counter, defaultdict

UNKNOWN = "a device that no page named"


def percentile(values: list[float], percent: float) -> float:
    """The value below which so many percent of the values lie, between neighbours on a straight line."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    low, high = math.floor(place), math.ceil(place)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


class Tally:
    """The seconds of every answer by what was changed, the errors by kind, and the sessions."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.errors: Counter[str] = Counter()
        self.first: dict[str, str] = {}
        self.opened = self.present = self.most_present = 0
        self.device = UNKNOWN

    def error(self, kind: str, where: str, detail: str) -> None:
        """Count an error; the first of a kind is kept in words."""
        self.errors[kind] += 1
        self.first.setdefault(kind, f"{where}: {' '.join(detail.split())}")

    def come(self) -> None:
        self.opened += 1
        self.present += 1
        self.most_present = max(self.most_present, self.present)

    def leave(self) -> None:
        self.present -= 1

    def table(self) -> str:
        """A line for each kind of change, in milliseconds."""
        lines = [f"{'ms':<24}{'count':>8}{'p50':>8}{'p95':>8}{'max':>8}"]
        for what, taken in sorted(self.seconds.items()):
            shown = [percentile(taken, 50), percentile(taken, 95), max(taken)]
            lines.append(f"{what:<24}{len(taken):>8}" + "".join(f"{1000 * each:>8.0f}" for each in shown))
        return "\n".join(lines)

    def told(self) -> str:
        """The errors, a line a kind, and the sessions."""
        lines = [f"errors: {self.errors.total() or 'none'}"]
        lines += [f"  {kind}: {count}, the first by {self.first[kind]}" for kind, count in self.errors.most_common()]
        return "\n".join([*lines, f"sessions: {self.opened} opened, at most {self.most_present} at once"])
