"""What the tests of lessons share: twenty sentences of a visitor's own, and waiting."""

import time

TEXT_TASK, PICTURE_TASK = "sentiment", "find"
LINES = [f"A fine film, number {n}.\tpositive" for n in range(10)] + [f"A dull film, number {n}.\tnegative" for n in range(10)]
TEXT = "\n".join(LINES)


def wait(true, seconds=120):
    """Waits until that is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
