"""Numbers as the app shows them: three significant digits, the same everywhere."""

import math
from functools import lru_cache

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@lru_cache(8192)  # a page shows the same numbers in several places, and again when a visitor comes back to them
def figure(value: float) -> str:
    """The number with three significant digits; 0 and 1 only when it is exactly that; powers of ten where it is far from 1."""
    value = float(value)
    if not math.isfinite(value):
        return "–"
    if value in (0.0, 1.0, -1.0):
        return f"{value:.0f}".replace("-", "−") if value else "0"
    size = abs(value)
    exponent = math.floor(math.log10(size))
    if float(f"{size:.2e}") == 1 and size < 1:
        return "> 0.999" if value > 0 else "< −0.999"
    if exponent < -3 or exponent > 5:
        mantissa, power = f"{size:.2e}".split("e")
        text = f"{mantissa}·10{str(int(power)).translate(_SUPERSCRIPTS)}"
    else:
        rounded = float(f"{size:.2e}")
        digits = 2 - math.floor(math.log10(rounded))
        text = f"{rounded:.{max(digits, 0)}f}"
    return f"−{text}" if value < 0 else text


def percent(share: float) -> str:
    """A probability in percent: "97.3 %", and "100 %" or "0 %" only when it is exactly that."""
    if share in (0.0, 1.0):
        return f"{share * 100:.0f} %"
    if share > 0.9995:
        return "> 99.9 %"
    if share < 0.0005:
        return "< 0.1 %"
    return f"{share * 100:.3g} %"
