"""Numbers as the app shows them: three significant digits, the same everywhere; in a chain, decimals that add up."""

import math
from collections.abc import Sequence
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


def fixed(value: float, decimals: int) -> str:
    """The number with so many decimals; 0 and 1 only when it is exactly that."""
    value = float(value)
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value in (0.0, 1.0, -1.0):
        return figure(value)
    return _units(round(value * 10**decimals), decimals)


def adding_up(values: Sequence[float], total: float, decimals: int) -> list[str]:
    """The numbers with so many decimals each, rounded up or down so that what is shown adds up to the total as `fixed` shows it.

    Each is off by less than one of its last digit. The ones nearest to the next number are rounded up (largest remainders).

    Args:
        values: Numbers that add up to the total; an exact 0 stays 0.
    """
    scaled = [float(value) * 10**decimals for value in values]
    units = [math.floor(own) for own in scaled]
    left = round(float(total) * 10**decimals) - sum(units)
    by_remainder = sorted(range(len(units)), key=lambda n: units[n] - scaled[n])
    for n in by_remainder[: max(left, 0)]:
        units[n] += 1
    exact = [value in (0, 1) and own == value * 10**decimals for value, own in zip(values, units, strict=True)]
    return [
        str(int(value)) if is_exact else _units(own, decimals) for value, own, is_exact in zip(values, units, exact, strict=True)
    ]


def _units(units: int, decimals: int) -> str:
    whole, part = divmod(abs(units), 10**decimals)
    return f"{'−' if units < 0 else ''}{whole}" + (f".{part:0{decimals}d}" if decimals else "")
