"""What may come next, as bars that lie: the most probable first."""

from collections.abc import Sequence

import plotly.graph_objects as go

from app.figures.layout import cut, drawn, labelled, layout
from app.figures.numbers import percent
from app.figures.theme import sequential, theme

BAR = 22  # pixels each


def likely(chances: Sequence[float], labels: Sequence[str], kind: str | None) -> go.Figure:
    """One bar for each of N things, as long as its probability.

    Args:
        chances: N probabilities, the largest first.
        labels: N names.
        kind: "light" or "dark".
    """
    colours, palette = theme(kind), sequential(kind)
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": list(chances),
        "y": list(range(len(labels))),
        "marker": {"color": "#{:02x}{:02x}{:02x}".format(*palette[len(palette) * 3 // 5])},
        "text": [percent(value) for value in chances],
        "textposition": "outside",
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    own = layout(
        colours,
        height=BAR * len(labels) + 16,
        left=110,
        right=8,
        x={"range": [0, 1.25 * max(chances)], "autorange": False, "showline": False},
        y={**labelled(colours, "", [cut(label) for label in labels]), "showline": False},
    )
    return drawn(trace, own)
