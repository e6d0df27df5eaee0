"""Any picture a person may hand in, checked and brought to one form: RGB, upright, its first frame, on white."""

import hashlib
import io
import os
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from attention_core.encoders.handed_in import SMALLER, content_of
from attention_core.errors import InputError

LARGEST_FILE = 20_000_000  # bytes
MOST_PIXELS = 50_000_000
SHORTEST_SIDE = 16  # pixels
Image.init()  # Image.open fails on a format named before its reader is known
FORMATS = tuple(name for name in ("JPEG", "MPO", "PNG", "GIF", "WEBP", "BMP", "TIFF", "PPM") if name in Image.OPEN)

_ANOTHER = "Choose another file"
_UNREADABLE = "The picture must be a JPEG, PNG, GIF, WebP, BMP or TIFF file, got something else. Choose another file."
_DAMAGED = "The picture must be a whole file, got one that is cut short or damaged. Save it again, or choose another file."


def open_picture(source: Image.Image | str | os.PathLike | bytes) -> Image.Image:
    """The picture as people see it: RGB, turned upright by its EXIF tag, the first frame, transparency on white.

    Size is checked before anything is decoded: the file's on its length, the picture's on its header.

    Args:
        source: A PIL image, the path of a file, or the bytes of one.

    Returns:
        A new PIL image of mode RGB with sides of 16 pixels or more.

    Raises:
        InputError: the file is over 20 MB, empty, missing, no image of the formats above or damaged; the picture has
            over 50 million pixels or a side under 16. The sentence never holds a folder's name.

    Example:
        >>> open_picture(Image.new("LA", (40, 20))).mode
        'RGB'
    """
    try:
        picture = source if isinstance(source, Image.Image) else Image.open(io.BytesIO(_content(source)), formats=FORMATS)
    except InputError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(
            f"The picture must have at most {MOST_PIXELS // 10**6} million pixels, got far more. Make it smaller and try again."
        ) from None
    except Exception:  # a decoder may raise anything on bytes made to confuse it
        raise InputError(_UNREADABLE) from None
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise InputError(
            f"The picture must have at most {MOST_PIXELS // 10**6} million pixels, "
            f"got {width} × {height} = {width * height / 1e6:.0f} million. Make it smaller and try again."
        )
    if min(width, height) < SHORTEST_SIDE:
        raise InputError(
            f"The picture must be at least {SHORTEST_SIDE} pixels wide and high, got {width} × {height}. {_ANOTHER}."
        )
    try:
        return _to_rgb(ImageOps.exif_transpose(picture))
    except Exception:  # as above: decoding happens only here
        raise InputError(_DAMAGED) from None


def picture_digest(source: Image.Image | str | os.PathLike | bytes) -> bytes:
    """What tells pictures apart: of one that `open_picture` made its pixels, of a file its content, not decoded for it."""
    if isinstance(source, Image.Image):
        return hashlib.sha256(source.tobytes()).digest() + repr(source.size).encode()
    return hashlib.sha256(_content(source)).digest()


def _content(source: Any) -> bytes:
    return content_of(source, "picture", "an image, a path or bytes", LARGEST_FILE, SMALLER)


def _to_rgb(picture: Image.Image) -> Image.Image:
    picture.load()
    if picture.mode.startswith("I") or picture.mode == "F":
        picture = Image.fromarray(_eight_bits(picture))
    if "transparency" in picture.info or picture.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        picture = picture.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    return picture.convert("RGB")


def _eight_bits(picture: Image.Image) -> np.ndarray:
    """Grey levels of 16 or 32 bits or real numbers as 0..255; PIL's own conversion cuts off everything past 255."""
    grey = np.asarray(picture, dtype=np.float32)  # (Y, X)
    if picture.mode.startswith("I;16"):
        lowest, highest = 0.0, 65535.0
    elif picture.mode == "I" and grey.min() >= 0 and grey.max() <= 65535:
        lowest, highest = 0.0, 65535.0 if grey.max() > 255 else 255.0
    else:
        grey = np.nan_to_num(grey)
        lowest, highest = float(grey.min()), float(grey.max())
    return np.round((grey - lowest) / max(highest - lowest, 1e-12) * 255).astype(np.uint8)  # (Y, X)
