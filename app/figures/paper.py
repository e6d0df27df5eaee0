"""A sheet for print, in pixels from its top left: text, boxes and images put on it, saved as SVG, PNG or PDF.

Matplotlib is imported at the first use, since the app would start a second later with it, and only its objects are used, never
pyplot, which keeps figures for a whole process. Its settings belong to the process too: a lock lets one thread draw at a time.
"""

import io
import logging
import math
import threading
import unicodedata
from typing import Any

import numpy as np

from app.figures.theme import theme

FORMS = {"svg": 1, "png": 1, "png2": 2, "pdf": 1}  # how many pixels of the file a pixel of the sheet takes
WIDTH, MARGIN = 760, 28
PER_INCH = 96
COLOURS = theme("light")  # paper is light

# The first ones there are; one family a script is enough. Where no font has a character, the last one draws a box that names
# its script. In an SVG the text stays text, and whoever opens it brings their own fonts.
FAMILIES = (
    "Liberation Sans", "Noto Sans", "DejaVu Sans", "Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans Arabic", "Noto Sans Hebrew",
    "Noto Sans Devanagari", "Noto Sans Thai", "Noto Sans Symbols", "Noto Sans Symbols 2", "Noto Emoji", "Droid Sans Fallback",
    "WenQuanYi Zen Hei", "Arial Unicode MS", "Hiragino Sans", "PingFang SC", "Microsoft YaHei", "Yu Gothic", "Malgun Gothic",
    "Segoe UI Symbol",
)  # fmt: skip
LAST = "Last Resort High-Efficiency"
_LOCK = threading.RLock()


class Paper:
    """An empty sheet, WIDTH pixels wide and as high as what is put on it. Use it in a `with` block, which holds the lock.

    Attributes:
        y: Where the next thing goes, from the top; whoever puts one moves it.
    """

    def __enter__(self) -> "Paper":
        import matplotlib
        from matplotlib.backends.backend_agg import RendererAgg
        from matplotlib.figure import Figure
        from matplotlib.font_manager import FontProperties, fontManager

        _LOCK.acquire()
        logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # it tells of every font that is not bold
        installed = set(fontManager.get_font_names())
        families = [name for name in FAMILIES if name in installed]
        self._settings = matplotlib.rc_context(
            {
                "font.sans-serif": families,
                "font.family": [*families, "sans-serif", LAST],
                "svg.fonttype": "none",
                "svg.hashsalt": "attention",
                "pdf.fonttype": 42,
                "image.composite_image": False,
            }
        )
        self._settings.__enter__()
        self.y = float(MARGIN)
        self._figure = Figure(dpi=PER_INCH, facecolor=COLOURS.background)
        self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._renderer, self._font = RendererAgg(1, 1, PER_INCH), FontProperties
        return self

    def __exit__(self, *error: Any) -> None:
        self._settings.__exit__(*error)
        _LOCK.release()

    def width_of(self, text: str, size: float, weight: str = "normal") -> float:
        """Pixels the text takes."""
        font = self._font(size=size * 72 / PER_INCH, weight=weight)
        return self._renderer.get_text_width_height_descent(printable(text), font, False)[0]

    def text(self, x: float, y: float, text: str, size: float, **look: Any) -> None:
        """Put one line of text; `look` as Matplotlib's Text takes it, by default dark, from the left, y its middle."""
        look = {"color": COLOURS.ink, "ha": "left", "va": "center_baseline", "rotation_mode": "anchor", **look}
        self._axes.text(x, y, printable(text), fontsize=size * 72 / PER_INCH, parse_math=False, **look)

    def formula(self, latex: str, size: float) -> None:
        """Put one line of LaTeX, as much of it as Matplotlib reads; what is too wide is set smaller."""
        math, font = f"${latex}$", self._font(size=size * 72 / PER_INCH)
        width, height, _ = self._renderer.get_text_width_height_descent(math, font, True)
        shrink = min(1.0, (WIDTH - 2 * MARGIN) / width)
        look = {"fontsize": shrink * size * 72 / PER_INCH, "color": COLOURS.ink, "ha": "left", "va": "top"}
        self._axes.text(MARGIN, self.y, math, parse_math=True, **look)
        self.y += shrink * height + 0.5 * size

    def paragraph(self, text: str, size: float, **look: Any) -> None:
        """Put text over the whole width, in as many lines as it needs."""
        for line in self.lines(text, WIDTH - 2 * MARGIN, size, look.get("weight", "normal")):
            self.text(MARGIN, self.y + 0.7 * size, line, size, **look)
            self.y += 1.35 * size

    def box(self, x: float, y: float, width: float, height: float, ground: str, edge: str, line: float = 1) -> None:
        """Put a rectangle."""
        from matplotlib.patches import Rectangle

        self._axes.add_patch(Rectangle((x, y), width, height, facecolor=ground, edgecolor=edge, linewidth=line * 72 / PER_INCH))

    def line(self, xs: np.ndarray, ys: np.ndarray, colour: str, width: float) -> None:
        """Put a line through points; NaN leaves a gap."""
        self._axes.plot(xs, ys, color=colour, linewidth=width * 72 / PER_INCH, scalex=False, scaley=False)

    def image(self, pixels: np.ndarray, x: float, y: float, width: float, height: float) -> None:
        """Put an image (Y, X, 3) uint8, stretched to that size, its pixels not blended."""
        self._axes.imshow(pixels, extent=(x, x + width, y + height, y), aspect="auto", interpolation="none")

    def save(self, form: str) -> bytes:
        """The sheet as a file: one of FORMS. The same sheet gives the same bytes."""
        height = math.ceil(self.y + MARGIN)  # whole pixels, so that twice the pixels are exactly twice
        self._figure.set_size_inches(WIDTH / PER_INCH, height / PER_INCH)
        self._axes.set(xlim=(0, WIDTH), ylim=(height, 0))
        kind = form.rstrip("2")
        undated = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}, "pdf": {"CreationDate": None}}[kind]
        file = io.BytesIO()
        self._figure.savefig(file, format=kind, dpi=PER_INCH * FORMS[form], metadata=undated)
        return file.getvalue()

    def lines(self, text: str, width: float, size: float, weight: str = "normal") -> list[str]:
        """The text in as many lines as it needs where none is wider than that; a longer word is cut."""
        lines = [""]
        for word in printable(text).split():
            longer = f"{lines[-1]} {word}".lstrip()
            if self.width_of(longer, size, weight) <= width:
                lines[-1] = longer
            else:
                lines.append(self.fitting(word, width, size, weight))
        return [line for line in lines if line]

    def fitting(self, text: str, width: float, size: float, weight: str = "normal") -> str:
        """The text, cut at its end if it is wider than that."""
        text = printable(text)
        if self.width_of(text, size, weight) <= width:
            return text
        count = len(text)
        while count > 1 and self.width_of(text[:count] + "…", size, weight) > width:
            count = min(count - 1, int(count * 0.9))
        return text[:count] + "…"


def printable(text: Any) -> str:
    """The text on one line, without what no file can hold: control characters, half surrogates, what is no character."""
    shown = (" " if unicodedata.category(own) in ("Cc", "Zl", "Zp") else own for own in str(text))
    return "".join("\ufffd" if unicodedata.category(own) == "Cs" or ord(own) & 0xFFFE == 0xFFFE else own for own in shown)
