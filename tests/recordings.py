"""Recordings of a motion sensor for tests, as text: gravity, steps, a turn."""

import numpy as np

NAMES = ("x_acc", "y_acc", "z_acc", "x_gyro", "y_gyro", "z_gyro", "timestamp")


def table(seconds=4.0, rate=100, seed=0):
    """(N, 7) a made-up recording: at rest, then steps, then a turn."""
    times = np.arange(0, seconds, 1 / rate)
    noise = np.random.default_rng(seed).normal(0, 0.05, (len(times), 6))
    walks, turns = times > seconds / 3, times > 2 * seconds / 3
    noise[:, 0] += 9.81 + 3 * walks * np.sin(2 * np.pi * 2 * times)
    noise[:, 3] += 2 * turns
    return np.column_stack([noise, 1000 * times])


def written(numbers, names=NAMES, labels=None):
    """Rows of numbers as the text of a CSV file."""
    lines = [",".join(f"{value:.6g}" for value in row) for row in numbers]
    if labels is not None:
        names, lines = (*names, "label"), [f"{line},{label}" for line, label in zip(lines, labels, strict=True)]
    return "\n".join([",".join(names), *lines]) + "\n"


def text(seconds=4.0, rate=100, seed=0, labels=None):
    """The text of a made-up recording."""
    return written(table(seconds, rate, seed), labels=labels)


def _changed(change):
    numbers = table()
    change(numbers)
    return written(numbers)


def _put(numbers, row, column, value):
    numbers[row, column] = value


COLUMNS = "x_acc, y_acc, z_acc, x_gyro, y_gyro, z_gyro, timestamp"
OTHER = f"The recording must be a CSV file with the columns {COLUMNS}, got something else. Choose another file."
REFUSED = {
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), OTHER),
    "a text": (b"This is no recording.\n" * 20, OTHER),
    "zero bytes": (b"", "The recording must not be empty, got a file of 0 bytes. Choose another file."),
    "too large": (
        b"0," * 2_600_000,
        "The recording must be at most 5 MB, got 5.2 MB. Cut out a part and try again.",
    ),
    "missing columns": (
        written(table()[:, [0, 1, 2, 5, 6]], ("x_acc", "y_acc", "z_acc", "z_gyro", "timestamp")).encode(),
        f"The recording must have the columns {COLUMNS}, got none named x_gyro or y_gyro. "
        "Add what is missing, or choose another file.",
    ),
    "text in a number": (
        text().replace("\n", "\nfast,", 1).encode(),
        "The recording must have a number in x_acc everywhere, got 'fast' in line 2. Correct or leave out that line.",
    ),
    "a line cut short": (
        text().rstrip().rsplit(",", 3)[0].encode(),
        "The recording must have a number in y_gyro everywhere, got nothing in line 401. Correct or leave out that line.",
    ),
    "not a number": (
        _changed(lambda own: _put(own, 10, 5, np.nan)).encode(),
        "The recording must have finite numbers only, got nan in z_gyro, line 12. Leave that line out.",
    ),
    "infinite": (
        _changed(lambda own: _put(own, 10, 1, np.inf)).encode(),
        "The recording must have finite numbers only, got inf in y_acc, line 12. Leave that line out.",
    ),
    "past all measure": (
        _changed(lambda own: _put(own, 10, 1, -1e29)).encode(),
        "The recording must have numbers that a sensor can measure, got -1e+29 in y_acc, line 12. Leave that line out.",
    ),
    "a single sample": (
        written(table()[:1]).encode(),
        "The recording must have at least 20 samples, got 1. Choose a file with a line for each sample.",
    ),
    "too many samples": (
        ",".join(NAMES).encode() + b"\n9.81,0,0,0,0,0,0" * 60_001,
        "The recording must have at most 60,000 samples, got more. Cut out a part and try again.",
    ),
    "too short": (
        text(seconds=0.5).encode(),
        "The recording must be at least 1 s long, got 0.49 s. Choose a longer one.",
    ),
    "too long": (
        text(seconds=100, rate=50).encode(),
        "The recording must be at most 60 s long, got 100 s. Cut out a part and try again.",
    ),
    "time goes back": (
        _changed(lambda own: _put(own, 10, 6, 50)).encode(),
        "The recording must have times that rise, got an earlier one in line 12. Sort the lines by timestamp.",
    ),
    "time in seconds": (
        written(table() / np.array([1, 1, 1, 1, 1, 1, 1000])).encode(),
        "The recording must have timestamps in milliseconds, got steps of 0.01: they seem to be seconds. "
        "Multiply by 1,000 and try again.",
    ),
    "time in nanoseconds": (
        written(table() * np.array([1, 1, 1, 1, 1, 1, 1e6])).encode(),
        "The recording must have timestamps in milliseconds, got steps of 1e+07: they seem to be microseconds or finer. "
        "Divide until a second is 1,000 and try again.",
    ),
    "ten samples a second": (
        text(rate=10).encode(),
        "The recording must have at least 20 samples a second, got 10.3. Choose one that was taken faster.",
    ),
    "a gap": (
        written(np.delete(table(), range(100, 200), axis=0)).encode(),
        "The recording must have no gap over 0.5 s, got one of 1.01 s before line 102. Cut out a part without it and try again.",
    ),
    "accelerations in g": (
        written(table() / np.array([9.81, 9.81, 9.81, 1, 1, 1, 1])).encode(),
        "The recording must have accelerations in m/s² with gravity in them, about 9.81 at rest, got 1 at the median: they seem "
        "to be in g. Multiply them by 9.81 and try again.",
    ),
    "no gravity": (
        written(table() - np.array([9.81, 0, 0, 0, 0, 0, 0])).encode(),
        "The recording must have accelerations in m/s² with gravity in them, about 9.81 at rest, got 1.1 at the median: gravity "
        "seems to be left out, and is needed. Choose a recording of the accelerometer itself.",
    ),
    "turns in degrees": (
        written(table() * np.array([1, 1, 1, 57.3, 57.3, 57.3, 1])).encode(),
        "The recording must have turns of the gyroscope in rad/s, got 116 and more in a tenth of the samples: they seem to be in "
        "degrees. Multiply them by 0.01745 and try again.",
    ),
}
