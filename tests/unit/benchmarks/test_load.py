"""The load client counts, tells and doubts as it says."""

import asyncio
import io
from random import Random

import numpy as np
import pytest
from PIL import Image
from streamlit.proto.Element_pb2 import Element
from websockets.asyncio.server import serve

from app.components.element import pack
from tests.benchmarks.load.__main__ import options
from tests.benchmarks.load.entered import LARGEST, SMALLEST, photo, sentence, words
from tests.benchmarks.load.session import Answer, Session
from tests.benchmarks.load.tally import Tally, percentile
from tests.benchmarks.load.visitors import Player, Reader, is_extreme, visitors_of
from tests.benchmarks.load.watch import MEGABYTE, Watch, split_cores, told_memory
from tests.benchmarks.load.widgets import untouched
from tests.benchmarks.load.wire import LoadError
from tests.browser import free_port

CELLS = [{"label": "dull"}, {"label": "film"}]


@pytest.mark.parametrize("count", [1, 2, 3, 20, 101])
@pytest.mark.parametrize("percent", [0, 50, 95, 100])
def test_percentiles_are_those_of_numpy(count, percent):
    values = np.random.default_rng(count).exponential(size=count).tolist()
    assert percentile(values, percent) == pytest.approx(np.percentile(values, percent))


def test_the_table_has_milliseconds():
    tally = Tally()
    tally.seconds["temperature"] += [0.1, 0.2, 0.3]
    tally.seconds["new photo"] += [2.5]
    assert tally.table().split("\n") == [
        "ms                         count     p50     p95     max",
        "new photo                      1    2500    2500    2500",
        "temperature                    3     200     290     300",
    ]


def test_errors_are_counted_by_kind_with_the_first_of_each():
    tally = Tally()
    assert tally.told() == "errors: none\nsessions: 0 opened, at most 0 at once"
    for kind, detail in (("exception", "one"), ("lost connection", "two"), ("lost connection", "three\n lines")):
        tally.error(kind, "visitor 3, open", detail)
    tally.come()
    tally.leave()
    tally.come()
    assert tally.told().split("\n") == [
        "errors: 3",
        "  lost connection: 2, the first by visitor 3, open: two",
        "  exception: 1, the first by visitor 3, open: one",
        "sessions: 2 opened, at most 1 at once",
    ]


def test_memory_is_told_against_that_of_the_tenth_minute():
    short = [(second, 100 * MEGABYTE) for second in range(60)] + [(60, 300 * MEGABYTE), (61, 300 * MEGABYTE)]
    assert told_memory(short) == "memory: 100 MB at the start, 100 MB at the end, at most 300 MB"
    sizes = [(30 * half, (200 + (half >= 40) * 8 + (half == 19) * 90) * MEGABYTE) for half in range(61)]
    assert told_memory(sizes) == (
        "memory: 200 MB at the start, 245 MB in minute 10, 208 MB at the end (-15.1 % since then), at most 290 MB"
    )


def test_memory_of_an_app_started_elsewhere_is_unknown():
    assert Watch(None).told().startswith("memory: unknown, the app was not started here\nprocessor: the client took ")


def test_the_client_has_the_cores_that_the_app_has_not():
    everything = set.union(*split_cores(1))
    assert split_cores(1)[0] == {min(everything)}
    assert split_cores(len(everything)) == (everything, everything)


def test_what_is_entered_is_new_and_can_be_drawn_again():
    for make in (sentence, words):
        drawn = [make(Random(0), f"7 {count}") for count in range(50)]
        assert len(set(drawn)) == 50
        assert make(Random(0), "7 3") == drawn[3]
    random = Random(0)
    photos = [photo(random) for _ in range(3)]
    assert len(set(photos)) == 3
    assert photo(Random(0)) == photos[0]
    for content in photos:
        width, height = Image.open(io.BytesIO(content)).size
        assert SMALLEST <= width <= LARGEST
        assert 1e6 <= width * height <= 2e6


def test_untouched_controls_have_what_the_page_shows():
    element = Element()
    element.selectbox.id, element.selectbox.default = "$$ID-0-a", 1
    element.selectbox.options.extend(["one", "two"])
    assert untouched("selectbox", element.selectbox).string_value == "two"
    element.selectbox.raw_value, element.selectbox.set_value = "one", True
    assert untouched("selectbox", element.selectbox).string_value == "one"
    element.slider.id = "$$ID-0-b"
    element.slider.options.extend(["0.5", "1", "2"])
    element.slider.default.append(2)
    assert untouched("slider", element.slider).string_array_value.data == ["2"]
    element.button_group.default.append(0)
    element.button_group.options.add(content="General")
    assert untouched("button_group", element.button_group).string_array_value.data == ["General"]
    assert untouched("file_uploader", element.file_uploader).WhichOneof("value") == "file_uploader_state_value"
    assert untouched("plotly_chart", element.plotly_chart) is None


@pytest.mark.parametrize(("weights", "extreme"), [([0.5, 0.5], True), ([0, 1, 0], True), ([0.9, 0.1], False), ([], True)])
def test_only_weights_that_can_stay_the_same_are_extreme(weights, extreme):
    assert is_extreme(np.array(weights, "<f4").tobytes()) is extreme


class Page:
    """A session that always answers the same."""

    def __init__(self, answer):
        self.answer = answer

    def options(self, key):
        return [key, "another"]

    def chosen(self, key):
        return [key]

    def find(self, start):
        return start

    async def choose(self, *_):
        return self.answer

    type = upload = choose


def answer_of(weights=(0.7, 0.3), heatmaps=("{}",), **header):
    packed = pack({"score": "general", "stale": "", "cells": CELLS, "picture": "x", **header}, [np.array(weights)])
    return Answer(0.0, 0.25, ["plotly_chart"], list(heatmaps), [], packed)


@pytest.mark.parametrize(
    ("change", "answer", "problem"),
    [
        ("choose_temperature", answer_of(), "other weights must be drawn, got the same"),
        ("choose_score", answer_of((0.6, 0.4)), "another must be shown, got general after general"),
        ("choose_score", answer_of((0.6, 0.4), heatmaps=(), score="cosine"), "a heatmap must be drawn, got none"),
        ("choose_score", Answer(0.0, 0.25, [], ["{}"]), "the main figure must be drawn, got none"),
        ("type_text", answer_of(stale="Too long."), "the result must be of this input, got: Too long."),
        ("type_text", answer_of(), "” must be shown, got “dullfilm”"),
        ("give_photo", answer_of(), "the new photo must be shown, got the one before"),
    ],
)
def test_an_answer_without_what_was_asked_for_is_an_error(change, answer, problem):
    tally = Tally()
    player = Player(2, options([]), tally, "a task", gives_photos=change == "give_photo")
    player.session = Page(answer)
    player.figure, player.weights = answer_of().figure
    asyncio.run(getattr(player, change)())
    assert tally.errors["wrong answer"] > 0
    assert problem in tally.told()


def test_an_answer_with_it_is_none():
    tally = Tally()
    player = Player(2, options([]), tally, "a task", gives_photos=False)
    player.session = Page(answer_of((0.6, 0.4), score="cosine"))
    player.figure, player.weights = answer_of().figure
    asyncio.run(player.choose_score())
    assert not tally.errors
    assert tally.seconds == {"score function": [0.25]}


def test_the_plan_says_who_comes():
    plan = options(["--visitors", "5", "--uploading", "2"])
    come = visitors_of(plan, Tally(), "text", "picture")
    assert [(own.task, own.gives_photos) for own in come] == [("picture", True)] * 2 + [("text", False)] * 3
    idle = visitors_of(options(["--visitors", "3", "--idle"]), Tally(), "text", "picture")
    assert [type(own) for own in idle] == [Reader] * 3


async def opened(address):
    session = Session(address, 0.5)
    try:
        await session.open("")
    finally:
        await session.close()


def test_a_server_that_is_not_there_is_no_connection():
    with pytest.raises(LoadError) as caught:
        asyncio.run(opened(f"ws://127.0.0.1:{free_port()}"))
    assert caught.value.kind == "no connection"


@pytest.mark.parametrize(("hangs_up", "kind"), [(True, "lost connection"), (False, "no answer in time")])
def test_a_server_that_hangs_up_or_says_nothing(hangs_up, kind):
    async def silent(connection):
        if not hangs_up:
            await connection.wait_closed()

    async def visit():
        async with serve(silent, "127.0.0.1", 0, subprotocols=["streamlit"]) as server:
            await opened(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}")

    with pytest.raises(LoadError) as caught:
        asyncio.run(visit())
    assert caught.value.kind == kind
