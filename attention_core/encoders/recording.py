"""Any recording of a motion sensor that a person may hand in, checked: a CSV file with a line for each sample."""

import csv
import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from attention_core.encoders.handed_in import SHORTER, content_of
from attention_core.errors import InputError

SIGNALS = ("x_acc", "y_acc", "z_acc", "x_gyro", "y_gyro", "z_gyro")
TIME, LABEL = "timestamp", "label"
LARGEST_FILE = 5_000_000  # bytes
MOST_SAMPLES, FEWEST_SAMPLES = 60_000, 20
SHORTEST, LONGEST = 1.0, 60.0  # seconds
SLOWEST, LONGEST_GAP = 20, 0.5  # samples a second, seconds
LONGEST_LABEL = 40  # characters
LARGEST_SIGNAL = 1e9  # far past any unit of any sensor, and float32 still holds the sum of many such squares
GRAVITY = 9.81
STILL_TO_STRONG = (6.0, 15.0)  # m/s², the median length of an acceleration with gravity in it
FASTEST_TURN = 20.0  # rad/s, three turns a second: nine samples in ten of a body are far below

_OTHER = (
    f"The recording must be a CSV file with the columns {', '.join((*SIGNALS, TIME))}, got something else. Choose another file."
)


@dataclass(frozen=True)
class Recording:
    """A checked recording.

    Args:
        times: (N,) float64, seconds from the first sample, never falling.
        signals: (N, 6) float64, x, y, z of the accelerometer in m/s² with gravity, of the gyroscope in rad/s.
        labels: A label a sample, empty where the file has none.
    """

    times: np.ndarray
    signals: np.ndarray
    labels: tuple[str, ...]


def open_recording(source: str | os.PathLike | bytes) -> Recording:
    """The recording, if it can be used; its size is checked before anything is read.

    The columns may stand in any order and under names in capitals; others are left out. `timestamp` counts milliseconds, from
    any moment; `label` need not be there.

    Args:
        source: The path of a file, its bytes, or its text (more than one line).

    Raises:
        InputError: the file is missing, empty, over 5 MB or no such CSV; a number is missing, no number, not finite or past all
            measure; time goes back or stands for over half a second without a sample; there are under 20 samples or 20 a second,
            or over 60,000; it is shorter than 1 s or longer than 60; the units are others. The sentence never holds a folder's
            name.

    Example:
        >>> lines = [f"0,0,9.81,0,0,0,{20 * n}" for n in range(100)]
        >>> open_recording("\\n".join(["x_acc,y_acc,z_acc,x_gyro,y_gyro,z_gyro,timestamp", *lines])).signals.shape
        (100, 6)
    """
    lines, times, signals, labels = _columns(_text(source))
    _check_times(times, lines)
    _check_units(signals)
    return Recording((times - times[0]) / 1000, signals, labels)


def _text(source: str | os.PathLike | bytes) -> str:
    if isinstance(source, str) and "\n" in source:
        source = source.encode("utf-8", "surrogatepass")
    content = content_of(source, "recording", "a path, bytes or text", LARGEST_FILE, SHORTER)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError(_OTHER) from None
    if "\0" in text:
        raise InputError(_OTHER)
    return text


def _columns(text: str) -> tuple[list[int], np.ndarray, np.ndarray, tuple[str, ...]]:
    """Of each sample its line in the file, its time (N,) as it stands there, its signals (N, 6) and its label."""
    rows = _rows(text)
    names = [name.strip().lower() for name in next(rows, (1, ()))[1]]
    wanted = (*SIGNALS, TIME)
    if missing := [name for name in wanted if name not in names]:
        if len(missing) == len(wanted):
            raise InputError(_OTHER)
        raise InputError(
            f"The recording must have the columns {', '.join(wanted)}, got none named {' or '.join(missing)}. "
            "Add what is missing, or choose another file."
        )
    places = [names.index(name) for name in wanted]
    label, lines, numbers, labels = names.index(LABEL) if LABEL in names else None, [], [], []
    for line, cells in rows:
        if len(lines) == MOST_SAMPLES:
            raise InputError(f"The recording must have at most {MOST_SAMPLES:,} samples, got more. Cut out a part and try again.")
        lines.append(line)
        numbers.append([_number(cells, place, name, line) for place, name in zip(places, wanted, strict=True)])
        if label is not None:
            labels.append(cells[label].strip()[:LONGEST_LABEL] if label < len(cells) else "")
    if len(lines) < FEWEST_SAMPLES:
        raise InputError(
            f"The recording must have at least {FEWEST_SAMPLES} samples, got {len(lines)}. "
            "Choose a file with a line for each sample."
        )
    table = np.array(numbers)  # (N, 7)
    return lines, table[:, -1], table[:, :-1], tuple(labels) if any(labels) else ()


def _rows(text: str) -> Iterator[tuple[int, Sequence[str]]]:
    """The number of each line that holds any cells, with them."""
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells
    except csv.Error:
        raise InputError(_OTHER) from None


def _number(cells: Sequence[str], place: int, name: str, line: int) -> float:
    text = cells[place].strip() if place < len(cells) else ""
    try:
        number = float(text)
    except ValueError:
        got = f"{text[:20]!r}" if text else "nothing"
        raise InputError(
            f"The recording must have a number in {name} everywhere, got {got} in line {line}. Correct or leave out that line."
        ) from None
    if not abs(number) < 1e30:  # whose square still is finite
        raise InputError(
            f"The recording must have finite numbers only, got {text[:20]} in {name}, line {line}. Leave that line out."
        )
    if name != TIME and abs(number) > LARGEST_SIGNAL:
        raise InputError(
            f"The recording must have numbers that a sensor can measure, got {text[:20]} in {name}, line {line}. "
            "Leave that line out."
        )
    return number


def _check_times(times: np.ndarray, lines: Sequence[int]) -> None:
    steps = np.diff(times)  # (N − 1,), milliseconds
    if (steps < 0).any():
        line = lines[int(np.argmax(steps < 0)) + 1]
        raise InputError(
            f"The recording must have times that rise, got an earlier one in line {line}. Sort the lines by timestamp."
        )
    seconds, typical = (times[-1] - times[0]) / 1000, float(steps.mean())
    for other, is_it, remedy in (
        ("seconds", 0 < typical < 0.5, "Multiply by 1,000"),
        ("microseconds or finer", typical > 1000, "Divide until a second is 1,000"),
    ):
        if is_it:
            raise InputError(
                f"The recording must have timestamps in milliseconds, got steps of {typical:.3g}: "
                f"they seem to be {other}. {remedy} and try again."
            )
    if seconds < SHORTEST:
        raise InputError(f"The recording must be at least {SHORTEST:g} s long, got {seconds:.2f} s. Choose a longer one.")
    if seconds > LONGEST:
        raise InputError(f"The recording must be at most {LONGEST:g} s long, got {seconds:,.0f} s. Cut out a part and try again.")
    if len(times) < SLOWEST * seconds:
        raise InputError(
            f"The recording must have at least {SLOWEST} samples a second, got {len(times) / seconds:.1f}. "
            "Choose one that was taken faster."
        )
    if (gap := steps.max() / 1000) > LONGEST_GAP:
        raise InputError(
            f"The recording must have no gap over {LONGEST_GAP} s, got one of {gap:.2f} s before line "
            f"{lines[int(steps.argmax()) + 1]}. Cut out a part without it and try again."
        )


def _check_units(signals: np.ndarray) -> None:
    quiet, pull = np.quantile(np.linalg.norm(signals[:, :3], axis=1), (0.1, 0.5)).tolist()
    lowest, highest = STILL_TO_STRONG
    if not lowest <= pull <= highest:
        seems = "."
        if 0.6 <= pull <= 1.6 and quiet > pull / 2:  # what lacks gravity is near 0 again and again
            seems = f": they seem to be in g. Multiply them by {GRAVITY} and try again."
        elif pull < lowest:
            seems = ": gravity seems to be left out, and is needed. Choose a recording of the accelerometer itself."
        raise InputError(
            f"The recording must have accelerations in m/s² with gravity in them, about {GRAVITY} at rest, got {pull:.2g} at the "
            f"median{seems}" + (" Check the unit and try again." if seems == "." else "")
        )
    turn = float(np.quantile(np.linalg.norm(signals[:, 3:], axis=1), 0.9))
    if turn > FASTEST_TURN:
        raise InputError(
            f"The recording must have turns of the gyroscope in rad/s, got {turn:.3g} and more in a tenth of the samples: "
            "they seem to be in degrees. Multiply them by 0.01745 and try again."
        )
