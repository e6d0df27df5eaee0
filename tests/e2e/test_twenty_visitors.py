"""Twenty visitors at once, each with a picture and a question of their own: nobody is sent anything of anybody else's."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from app import state
from tests.e2e.playing import PICTURE_TASK
from tests.visitors import Visitor

COUNT, SIZE = 20, (48, 36)
UPLOADER, QUESTION = f"upload:{PICTURE_TASK}:image", state.input_key(PICTURE_TASK, "text")
JPEG, JPEG_END = b"\xff\xd8\xff", b"\xff\xd9"
LINKED = "v=1&input=own1"  # the address of each of them, which says nothing to anybody else


def colour(number):
    """A colour that no other of them has, nor JPEG makes of another's."""
    return (40 + 50 * (number % 5), 40 + 50 * (number // 5), 128)


def picture(number):
    buffer = io.BytesIO()
    Image.new("RGB", SIZE, colour(number)).save(buffer, "PNG")
    return buffer.getvalue()


def question(number):
    return f"secret{chr(ord('a') + number) * 5}"


def seen(elements):
    """The colour of the picture that was sent for the figures to draw."""
    content = next(own.bytes for own in elements if getattr(own, "component_name", "") == "attention_source")
    start = content.index(JPEG)
    with Image.open(io.BytesIO(content[start : content.rindex(JPEG_END) + 2])) as own:
        return np.asarray(own.convert("RGB"), dtype=float).mean((0, 1))


def visit(address, number, together):
    """Give a picture and a question when all others do, twice look at what comes; what came of it, and all bytes sent."""
    with Visitor(address) as own:
        together.wait()
        first = seen(own.run(f"v=1&task={PICTURE_TASK}"))
        sent = [own.sent]
        own.upload(UPLOADER, f"file-of-{question(number)}.png", picture(number))
        own.type(QUESTION, question(number))
        together.wait()
        given = seen(own.run())
        sent.append(own.sent)
        together.wait()  # everybody's is on the server now
        again = seen(own.run())
        sent.append(own.sent)
        together.wait()
        return first, given, again, sent


@pytest.fixture(scope="module")
def visits(app_url):
    together = threading.Barrier(COUNT, timeout=200)
    with ThreadPoolExecutor(COUNT) as pool:
        return list(pool.map(lambda number: visit(app_url, number, together), range(COUNT)))


def test_each_sees_their_own_picture(visits):
    example = visits[0][0]
    for number, (first, given, again, _) in enumerate(visits):
        np.testing.assert_array_equal(first, example)
        np.testing.assert_allclose(given, colour(number), atol=4, err_msg=str(number))
        np.testing.assert_array_equal(again, given)


def test_nobody_is_sent_the_words_or_the_file_name_of_another(visits):
    for number, (*_, sent) in enumerate(visits):
        assert question(number).encode() in sent[1], number
        for other in range(COUNT):
            if other != number:
                assert not any(question(other).encode() in each for each in sent), (number, other)


def test_the_address_of_one_shows_another_an_example(visits, app_url):
    with Visitor(app_url) as stranger:
        np.testing.assert_array_equal(seen(stranger.run(LINKED)), visits[0][0])
        assert b"secret" not in stranger.sent
