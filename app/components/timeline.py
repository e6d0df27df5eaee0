"""What the browser draws of an input that runs in time: its signals, what truly happened, and the colours of a drawing."""

from typing import Any

from app.figures.theme import theme

FRAMED = " Framed: where the recording itself says that it is done."


def time_header(signals: Any, kind: str | None) -> dict[str, Any]:
    """The core's Signals without their values, and the colours of lines and text."""
    own = theme(kind)
    return {
        "signals": {
            "seconds": signals.seconds,
            "panels": [{"title": panel.title, "unit": panel.unit, "names": panel.names} for panel in signals.panels],
            "spans": [{"label": span.label, "start": span.start, "end": span.end} for span in signals.spans],
        },
        "colours": {
            "ink": own.ink,
            "muted": own.muted,
            "line": own.line,
            "accent": own.accent,
            "background": own.background,
        },
    }
