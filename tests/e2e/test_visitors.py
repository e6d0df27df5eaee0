"""Visitors without a browser, such as the load client: what they change arrives, and nobody sees what is another's."""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from app import state
from tests.benchmarks.load.__main__ import load, options
from tests.benchmarks.load.session import Session
from tests.benchmarks.load.tally import UNKNOWN, Tally
from tests.benchmarks.load.watch import Watch
from tests.benchmarks.load.wire import Wire
from tests.e2e.playing import PICTURE_TASK, SECONDS, TEXT_TASK

PATIENCE = SECONDS / 1000
COUNT, SIZE = 20, (48, 36)
UPLOADER, QUESTION = f"upload:{PICTURE_TASK}:image", state.input_key(PICTURE_TASK, "text")
JPEG, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
LINKED = "v=1&input=own1"  # the address of each of them, which says nothing to anybody else


def awaited(coroutine):
    """What it returns, from a thread of its own: Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


def socket_of(address):
    return address.replace("http", "ws", 1)


def test_another_score_function_gives_another_heatmap(app_url):
    async def visit():
        session = Session(socket_of(app_url), PATIENCE)
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


def test_another_temperature_draws_what_follows_from_it_and_nothing_else(app_url):
    async def visit():
        session = Session(socket_of(app_url), PATIENCE)
        answers = [await session.open(f"v=1&task={TEXT_TASK}"), await session.choose(state.TEMPERATURE, "2")]
        address = session.query
        answers.append(await session.type(session.find("input:"), "What a dull film"))
        chosen = session.chosen(state.TEMPERATURE)
        await session.close()
        return answers, chosen, address

    (first, second, third), chosen, address = awaited(visit())
    assert not first.problems + second.problems + third.problems
    assert first.figure[1] != second.figure[1]
    assert len(second.heatmaps) == len(first.heatmaps)
    assert not set(second.heatmaps) & set(first.heatmaps)
    of_the_rest = {"text_area", "button"}  # the input, the button to share the page
    assert of_the_rest <= set(first.kinds)
    assert not of_the_rest & set(second.kinds)
    assert chosen == ["2"]
    assert "temperature=2" in address


def test_two_visitors_meet_no_error(app_url):
    brisk = ["--think", "0.2", "--sentence", "1.5", "--photo", "3", "--arriving", "0", "--seconds", "5"]
    plan, tally = options(["--visitors", "2", "--uploading", "1", *brisk, "--address", socket_of(app_url)]), Tally()
    awaited(load(plan, tally, Watch(None)))
    assert not tally.errors, tally.told()
    assert tally.seconds.keys() == {"open", "score function", "temperature", "new sentence", "new photo"}
    assert tally.device != UNKNOWN


class Listening(Wire):
    """A connection that keeps all that is sent, and the picture that is sent for the figures to draw."""

    def __init__(self, address, patience):
        super().__init__(address, patience)
        self.sent, self.source = b"", None

    async def receive(self, began):
        message = await super().receive(began)
        self.sent += message.SerializeToString()
        own = message.delta.new_element.bidi_component
        if own.component_name == "attention_source":
            self.source = own.bytes
        return message

    def seen(self):
        """The mean colour of the picture that was sent since the last look."""
        content, self.source = self.source, None
        start = content.index(JPEG)
        with Image.open(io.BytesIO(content[start : content.rindex(JPEG_END) + 2])) as own:
            return np.asarray(own.convert("RGB"), dtype=float).mean((0, 1))


def listening(address):
    """A visitor who keeps all that is sent."""
    session = Session(socket_of(address), 200)
    session.wire = Listening(socket_of(address), 200)
    return session


def colour(number):
    """A colour that no other of them has, nor JPEG makes of another's."""
    return (40 + 50 * (number % 5), 40 + 50 * (number // 5), 128)


def picture(number):
    buffer = io.BytesIO()
    Image.new("RGB", SIZE, colour(number)).save(buffer, "PNG")
    return buffer.getvalue()


def question(number):
    return f"secret{chr(ord('a') + number) * 5}"


async def visit(address, number, together):
    """Give a picture when all others do, then, when everybody's is there, a question; what came of each."""
    own = listening(address)
    try:
        await together.wait()
        await own.open(f"v=1&task={PICTURE_TASK}")
        found = [own.wire.seen()]
        await together.wait()
        await own.upload(UPLOADER, f"file-of-{question(number)}.png", picture(number), "image/png")
        found.append(own.wire.seen())
        await together.wait()
        await own.type(QUESTION, question(number))
        return [*found, own.wire.seen()], own.wire.sent
    finally:
        await own.close()


@pytest.fixture(scope="module")
def visits(app_url):
    async def all_of_them():
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(COUNT))  # none waits for another's upload
        together = asyncio.Barrier(COUNT)
        return await asyncio.gather(*(visit(app_url, number, together) for number in range(COUNT)))

    return awaited(all_of_them())


def test_twenty_at_once_see_their_own_picture_each(visits):
    example = visits[0][0][0]
    for number, ((first, *given), _) in enumerate(visits):
        np.testing.assert_array_equal(first, example)
        for seen in given:
            np.testing.assert_allclose(seen, colour(number), atol=4, err_msg=str(number))


def test_nobody_is_sent_the_words_or_the_file_name_of_another(visits):
    for number, (_, sent) in enumerate(visits):
        assert question(number).encode() in sent, number
        for other in range(COUNT):
            assert other == number or question(other).encode() not in sent, (number, other)


def test_the_address_of_one_shows_another_an_example(visits, app_url):
    async def come():
        stranger = listening(app_url)
        await stranger.open(LINKED)
        await stranger.close()
        return stranger.wire

    stranger = awaited(come())
    np.testing.assert_array_equal(stranger.seen(), visits[0][0][0])
    assert b"secret" not in stranger.sent
