"""Lessons: what every score function learns from the examples that ship with the app."""

import json
import time

from attention_core import lessons
from attention_core.library import load_task
from attention_core.registry import score_names
from attention_core.training.run import show


def teach(name: str, scores: list[str], device: str | None = None) -> dict[str, dict[str, float]]:
    """Fits each score function on the examples that ship and prints what each reaches on those it never saw.

    Returns:
        For each score function the share that is right, and the seconds that fitting took.
    """
    task = load_task(name, device)
    start = time.monotonic()
    for part in lessons.prepare(task, *task.spec.lesson.shipped()):
        show("encoding examples", part.done, part.of)
    training, held_out = part.data
    print(f"encoded {len(training)} + {len(held_out)} examples in {time.monotonic() - start:.1f} s", flush=True)
    reached = {}
    for score in scores or score_names():
        head, start = lessons.fresh_head(task, score), time.monotonic()
        before = lessons.measure(task, head, held_out)
        for step in lessons.learn(task, head, training):
            show(f"{name} {score}", step.done, step.of, f"loss {step.loss:.4f}  right {step.metric:.3f}")
        seconds = time.monotonic() - start
        after = lessons.measure(task, head, held_out)
        shipped = lessons.measure(task, task.head(score), held_out) if task.is_trained(score) else None
        told = {"right": after, "untrained": before, "shipped": shipped}
        reached[score] = {name: value and round(value, 4) for name, value in told.items()} | {"seconds": round(seconds, 1)}
        print(score, json.dumps(reached[score]), flush=True)
    return reached
