"""A recording at an even pace, and what no turn of the sensor changes."""

import numpy as np
import torch

from attention_core.encoders.motion import FEATURES, PACE, TURN_UP, WINDOW, even, spans, unturned
from attention_core.encoders.recording import Recording, open_recording
from tests import recordings


def signals(seed=0):
    return torch.from_numpy(even(open_recording(recordings.text(seed=seed))))[None]  # (1, N, 6)


def turned(own, seed=1):
    """The same as a sensor would feel it that was held in another way."""
    turn, _ = torch.linalg.qr(torch.randn(3, 3, generator=torch.Generator().manual_seed(seed)))
    turn = turn * torch.linalg.det(turn)  # no mirror
    return torch.cat([own[..., :3] @ turn.T, own[..., 3:] @ turn.T], -1)


def test_an_even_pace_keeps_a_slow_wave_and_loses_what_is_faster_than_it():
    times = np.cumsum(np.random.default_rng(0).uniform(0.003, 0.006, 1200))
    times -= times[0]
    slow, fast = np.sin(2 * np.pi * times), np.sin(2 * np.pi * 64 * times)
    found = even(Recording(times, np.stack([slow, fast, *[np.ones_like(slow)] * 4], 1), ()))
    moments = (np.arange(len(found)) + 0.5) / PACE
    assert len(found) == int(times[-1] * PACE / WINDOW) * WINDOW
    np.testing.assert_allclose(found[:, 0], np.sin(2 * np.pi * moments), atol=0.02)
    assert np.abs(found[:, 1]).max() < 0.15
    np.testing.assert_allclose(found[:, 2], 1, atol=1e-5)


def test_no_turn_of_the_sensor_changes_what_is_made_of_it():
    own = signals()
    assert unturned(own).shape == (1, own.shape[1], FEATURES)
    assert not torch.allclose(turned(own), own, atol=1)
    torch.testing.assert_close(unturned(turned(own)), unturned(own), atol=1e-3, rtol=1e-3)


def test_a_mirror_changes_the_sign_of_the_turn_about_the_upright_alone():
    own = signals()
    mirrored = own * torch.tensor([1, 1, -1, -1, -1, 1])  # what turns is mirrored the other way round
    expected = unturned(own)
    expected[..., TURN_UP] *= -1
    torch.testing.assert_close(unturned(mirrored), expected, atol=1e-4, rtol=1e-4)


def test_a_tilt_by_a_right_angle_shows():
    upright, lying = torch.tensor([9.81, 0, 0, 0, 0, 0]), torch.tensor([0, 9.81, 0, 0, 0, 0])
    own = torch.stack([upright] * 128 + [lying] * 128)[None]
    tilt = unturned(own)[0, :, -1]
    assert tilt[0] == tilt[-1] == 0
    assert 2 < tilt.max() <= 2 * np.pi / 2
    assert 120 < int(tilt.argmax()) < 136


def test_spans_are_quarters_of_a_second():
    assert spans(3).tolist() == [[0, 0.25], [0.25, 0.5], [0.5, 0.75]]
