"""What the browser draws of an input that runs in time: its signals, what truly happened, and the colours of a drawing."""

from typing import Any

from app.figures.theme import theme

FRAMED = " Framed: where the recording itself says that it is done."
HEARD = " Press the sound or the spectrogram to listen from there."


def time_hint(signals: Any, sound: str) -> str:
    """What can be seen and done in time besides; empty for an input that does not run in time."""
    return "" if signals is None else FRAMED * bool(signals.spans) + HEARD * bool(sound)


def time_header(signals: Any, sound: str, kind: str | None) -> dict[str, Any]:
    """The core's Signals without their values, the name of the sound that `stage.source` sent, the colours of lines and text."""
    own = theme(kind)
    return {
        "signals": {
            "seconds": signals.seconds,
            "panels": [
                {"title": panel.title, "unit": panel.unit, "names": panel.names, "kind": panel.kind, "count": len(panel.values)}
                for panel in signals.panels
            ],
            "spans": [{"label": span.label, "start": span.start, "end": span.end} for span in signals.spans],
            "sound": sound,
        },
        "colours": {
            "ink": own.ink,
            "muted": own.muted,
            "line": own.line,
            "accent": own.accent,
            "background": own.background,
        },
    }
