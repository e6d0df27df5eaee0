"""The load client is a visitor like any other: what it changes arrives, and nothing goes wrong."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from app import state
from tests.benchmarks.load.__main__ import load, options
from tests.benchmarks.load.session import Session
from tests.benchmarks.load.tally import UNKNOWN, Tally
from tests.benchmarks.load.watch import Watch
from tests.e2e.playing import SECONDS, TEXT_TASK


def awaited(coroutine):
    """What it returns, from a thread of its own: Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def test_another_score_function_gives_another_heatmap(app_url):
    async def visit():
        session = Session(app_url.replace("http", "ws", 1), SECONDS / 1000)
        answers = [await session.open(f"v=1&task={TEXT_TASK}")]
        present = session.chosen(state.SCORE)
        title = next(own for own in session.options(state.SCORE) if own not in present)
        answers.append(await session.choose(state.SCORE, title))
        back = await session.choose(state.SCORE, *present)
        await session.close()
        return [*answers, back]

    first, second, third = awaited(visit())
    assert not first.problems + second.problems + third.problems
    assert first.figure[0]["score"] != second.figure[0]["score"]
    assert first.figure[1] != second.figure[1]
    assert third.figure[0]["score"] == first.figure[0]["score"]
    assert third.figure[1] == first.figure[1]
    assert second.heatmaps[0] not in first.heatmaps
    assert third.heatmaps[0] in first.heatmaps


def test_two_visitors_meet_no_error(app_url):
    brisk = ["--think", "0.2", "--sentence", "1.5", "--photo", "3", "--arriving", "0", "--seconds", "5"]
    plan, tally = options(["--visitors", "2", "--uploading", "1", *brisk, "--address", app_url.replace("http", "ws", 1)]), Tally()
    awaited(load(plan, tally, Watch(None)))
    assert not tally.errors, tally.told()
    assert tally.seconds.keys() == {"open", "score function", "temperature", "new sentence", "new photo"}
    assert tally.device != UNKNOWN
