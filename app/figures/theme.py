"""Every colour of the app, light and dark, and what is made of them: palettes, tints, inks, Plotly layouts.

`.streamlit/config.toml` repeats the few that Streamlit itself draws with; a test keeps the two equal.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
STEPS = 256
PLOTLY_STOPS = 33
LEAST_CONTRAST = 4.5

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_OKLAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


@dataclass(frozen=True)
class Theme:
    """One set of colours, as hex.

    Args:
        kind: "light" or "dark".
        background: The page, and weight 0.
        surface: The column of controls.
        ink, muted: Text, and text of second rank; both read at 4.5 : 1 on either ground.
        line: Rules and frames.
        accent: What can be pressed, and the mark on the peak.
        sequential: Anchors of the palette for weights, from 0 up.
        diverging: Anchors of the palette for signed numbers, from the most negative to the most positive.
    """

    kind: str
    background: str
    surface: str
    ink: str
    muted: str
    line: str
    accent: str
    sequential: tuple[str, ...]
    diverging: tuple[str, ...]


LIGHT = Theme(
    kind="light",
    background="#fdfcfa",
    surface="#f5f3ee",
    ink="#1c1b19",
    muted="#5d5951",
    line="#ddd8cd",
    accent="#0b5f73",
    sequential=("#fdfcfa", "#fcdfae", "#f5a45a", "#dc5a30", "#ab2340", "#5f0f3b"),
    diverging=("#0c3b86", "#6fa5de", "#fdfcfa", "#e79a52", "#863508"),
)
DARK = Theme(
    kind="dark",
    background="#141619",
    surface="#1b1e22",
    ink="#eeece6",
    muted="#aeaaa1",
    line="#363a40",
    accent="#6fc7d9",
    sequential=("#141619", "#41204a", "#872350", "#cd4a3d", "#f2954f", "#fdd796", "#fff8e3"),
    diverging=("#a3d2ff", "#3374bd", "#141619", "#b9651f", "#ffd09a"),
)


def theme(kind: str | None) -> Theme:
    """The theme of that kind; light for anything that is not "dark"."""
    return DARK if kind == "dark" else LIGHT


@cache
def sequential(kind: str | None) -> np.ndarray:
    """(256, 3) uint8: the palette of weights from 0, the page's own background, to the largest; lightness is monotone."""
    return _palette(theme(kind).sequential)


@cache
def diverging(kind: str | None) -> np.ndarray:
    """(257, 3) uint8: the palette of signed numbers; the middle is 0, the page's own background."""
    return _palette(theme(kind).diverging, STEPS + 1)


def hexes(palette: np.ndarray) -> list[str]:
    """The colours (N, 3) as "#rrggbb"."""
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in palette.tolist()]


def plotly_scale(palette: np.ndarray) -> list[list]:
    """The palette as a Plotly colour scale."""
    keep = np.rint(np.linspace(0, len(palette) - 1, PLOTLY_STOPS)).astype(int)
    return [[place / (len(palette) - 1), colour] for place, colour in zip(keep.tolist(), hexes(palette[keep]), strict=True)]


def tints(shares: np.ndarray, kind: str | None) -> list[tuple[str, str]]:
    """For each share (N,) in 0..1 of the scale: the ground, and an ink that reads on it at 4.5 : 1 or more."""
    palette = sequential(kind)
    grounds = palette[np.clip(np.rint(np.asarray(shares) * (STEPS - 1)), 0, STEPS - 1).astype(int)]
    return [(ground, ink_on(ground, kind)) for ground in hexes(grounds)]


@cache
def ink_on(ground: str, kind: str | None) -> str:
    """The theme's own ink where it reads on that ground, else black or white, whichever reads better."""
    own = theme(kind).ink
    if contrast(own, ground) >= LEAST_CONTRAST:
        return own
    return max("#000000", "#ffffff", key=lambda ink: contrast(ink, ground))


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two hex colours, 1 to 21, as WCAG 2 defines it."""
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    return float(_linear(_rgb(colour)) @ np.array([0.2126, 0.7152, 0.0722]))


def _rgb(colour: str) -> np.ndarray:
    return np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255


def _linear(rgb: np.ndarray) -> np.ndarray:
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def _palette(anchors: tuple[str, ...], steps: int = STEPS) -> np.ndarray:
    """Anchors joined by straight lines in OKLab, where equal steps look equal; (steps, 3) uint8."""
    linear = np.stack([_linear(_rgb(anchor)) for anchor in anchors])  # (anchors, 3)
    oklab = np.cbrt(linear @ _TO_LMS.T) @ _TO_OKLAB.T  # (anchors, 3)
    places = np.linspace(0, len(anchors) - 1, steps)
    joined = np.stack([np.interp(places, np.arange(len(anchors)), channel) for channel in oklab.T], axis=1)  # (steps, 3)
    linear = (joined @ np.linalg.inv(_TO_OKLAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T
    linear = linear.clip(0, 1)
    rgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    return np.rint(rgb * 255).astype(np.uint8)
