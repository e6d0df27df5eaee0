"""What lessons keep of their parameters stays within its room: the newest step always, those before at equal distances."""

import numpy as np
import pytest
import torch

import attention_core as core
from app import keeping
from tests.examples import result_of

TEXT_TASK = "sentiment"


@pytest.fixture(scope="module")
def result():
    return result_of(TEXT_TASK, score="location")


def module(result, step=0):
    own = core.build_score("location", query_dim=result.query.shape[1], key_dim=result.key.shape[1], max_positions=64)
    for parameter in own.parameters():
        torch.nn.init.constant_(parameter, float(step))
    return own


@pytest.fixture
def room(monkeypatch, result):
    """`room(lesson, all)`: room for the parameters of so many steps, of one lesson and of all."""
    size = sum(own.numel() * own.element_size() for own in module(result).parameters())
    monkeypatch.setattr(keeping, "_all", type(keeping._all)())

    def give(lesson, all_lessons=1000):
        monkeypatch.setattr(keeping, "LESSON_BYTES", lesson * size)
        monkeypatch.setattr(keeping, "ALL_BYTES", all_lessons * size)

    return give


def learned(result, count, every=3):
    own = keeping.Steps()
    for step in range(every, every * count + 1, every):
        own.keep(step, module(result, step), result)
        assert own.steps()[-1] == step
        assert own.bytes() <= keeping.LESSON_BYTES
    return own


def test_all_steps_are_kept_while_there_is_room(room, result):
    room(10)
    own = learned(result, 10)
    assert own.steps() == list(range(3, 31, 3))
    for step in own.steps():  # each as it was
        assert {float(parameter.min()) for parameter in own.at(step).parameters()} == {float(step)}
    assert own.at(4) is None


def test_then_the_newest_and_some_at_equal_distances(room, result):
    room(4)
    own = learned(result, 100)
    *before, newest = own.steps()
    assert newest == 300
    assert 2 <= len(before) <= 3
    assert len(set(np.diff([0, *before]))) == 1
    room(1)
    own.keep(303, module(result, 303), result)
    assert own.steps() == [303]


def test_all_lessons_together_have_room_and_the_oldest_gives_way(room, result):
    room(4, 10)
    lessons = [learned(result, 4) for _ in range(3)]
    assert [own.steps() for own in lessons] == [[12], [3, 6, 9, 12], [3, 6, 9, 12]]
    lessons += [learned(result, 4) for _ in range(2)]
    assert [len(own.steps()) for own in lessons] == [1, 1, 1, 1, 4]
    lessons += [learned(result, 1) for _ in range(6)]
    assert sum(len(own.steps()) for own in lessons) == 10
    assert lessons[0].steps() == []
    assert lessons[-1].steps() == [3]
    del lessons[1:-1]  # who leaves makes room
    lessons.append(learned(result, 4))
    assert [len(own.steps()) for own in lessons] == [0, 1, 4]
