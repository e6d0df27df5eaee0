"""What `action` learns from and how it is measured."""

import io
import random
import tarfile

import pytest
import torch

from attention_core.encoders.motion import WINDOW
from attention_core.tasks.action import ACTIONS, LABELS
from attention_core.training.action import MOST_JOINED, SHORTEST_JOINED, Loss, average_precision, on_action
from attention_core.training.action_data import ARCHIVE, LONGEST, PEOPLE, SHORTEST, Recordings, occurs, read
from tests import recordings


@pytest.fixture
def data(tmp_path):
    """A folder like the real one: a recording of a person of each split, and one of an unnamed one."""
    (tmp_path / ARCHIVE).parent.mkdir()
    with tarfile.open(tmp_path / ARCHIVE, "w:xz") as archive:
        for seconds, person in enumerate(("s01", PEOPLE["test"][0], PEOPLE["calibrate"][0]), 2):
            labels = [LABELS[0]] * 100 + [LABELS[2]] * (100 * seconds - 100)
            content = recordings.text(seconds=seconds, labels=labels).encode()
            own = tarfile.TarInfo(f"DATA/{person}/{person}_01_sp.csv")
            own.size = len(content)
            archive.addfile(own, io.BytesIO(content))
        archive.addfile(tarfile.TarInfo("DATA/subjects_info.csv"))
    return tmp_path


def test_each_person_is_in_one_split_and_each_sample_keeps_its_label(data):
    splits = read(data)
    assert {split: [len(own) for own in kept["actions"]] for split, kept in splits.items()} == {
        "train": [7 * WINDOW],
        "test": [11 * WINDOW],
        "calibrate": [15 * WINDOW],
    }
    actions = splits["test"]["actions"][0]
    assert actions[:63].unique().tolist() == [0]
    assert actions[65:].unique().tolist() == [2]
    assert len({*PEOPLE["test"], *PEOPLE["calibrate"]}) == 9


def test_an_action_occurs_from_half_a_second_on():
    actions = torch.tensor([[0] * 31 + [1] * 33, [2] * 64])
    assert occurs(actions).tolist() == [[False, True, False, False, False], [False, False, True, False, False]]


def test_pieces_come_from_anywhere_in_one_length():
    own = Recordings([torch.arange(20.0 * WINDOW)[:, None].expand(-1, 6)] * 2, [torch.arange(20 * WINDOW)] * 2)
    signals, actions = own.piece([0, 1, 1], 5, random.Random(0))
    assert signals.shape == (3, 5 * WINDOW, 6)
    assert len({row[0].item() for row in actions}) == 3
    for signal, row in zip(signals, actions, strict=True):
        assert (row.diff() == 1).all()
        torch.testing.assert_close(signal[:, 0], row.float())


def test_what_is_joined_is_as_long_as_one_piece():
    loss = Loss(Recordings([], []), torch.device("cpu"), 0)
    lengths = [loss._lengths() for _ in range(300)]
    assert {len(own) for own in lengths} == set(range(1, MOST_JOINED + 1))
    assert all(SHORTEST <= sum(own) <= LONGEST for own in lengths)
    assert min(min(own) for own in lengths) == SHORTEST_JOINED


def test_share_of_weight_on_an_action():
    actions = torch.tensor([[0] * WINDOW + [1] * (WINDOW // 2) + [2] * (WINDOW // 2)])
    weights = torch.tensor([[[0.75, 0.25]] * len(ACTIONS)])
    assert on_action(weights, actions)[0].tolist() == [0.75, 0.125, 0.125, 0, 0]


def test_average_precision_by_hand():
    present = torch.tensor([True, False, True, False])
    assert average_precision(torch.tensor([0.9, 0.8, 0.7, 0.1]), present) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(torch.tensor([0.9, 0.1, 0.8, 0.2]), present) == 1
    assert average_precision(torch.tensor([0.1, 0.9, 0.2, 0.8]), present) == pytest.approx((1 / 3 + 2 / 4) / 2)
