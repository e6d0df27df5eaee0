"""Log-mel energies against a slow loop from the definition, and what does not change them."""

import numpy as np
import pytest
import torch

from attention_core.encoders.speech import BANDS, HOP, WINDOW, log_mel, spans


def slow_log_mel(samples):
    """(N,) to (frames, bands): a loop over frames, frequencies and bands, triangles between band centres in mel."""
    mel = lambda hertz: 2595 * np.log10(1 + hertz / 700)  # noqa: E731
    edges = 700 * (10 ** (np.linspace(mel(60), mel(3800), 42) / 2595) - 1)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(200) / 200)
    count = -(-len(samples) // (4 * 80)) * 4
    padded = np.concatenate([np.zeros(60), samples, np.zeros(count * 80 - len(samples) + 60)])
    powers = np.zeros((count, 40))
    for frame in range(count):
        heard = padded[80 * frame : 80 * frame + 200] * window
        for n in range(129):
            frequency = n * 8000 / 256
            part = np.sum(heard * np.exp(-2j * np.pi * n * np.arange(200) / 256))
            for band in range(40):
                low, centre, high = edges[band : band + 3]
                share = min((frequency - low) / (centre - low), (high - frequency) / (high - centre))
                powers[frame, band] += max(share, 0) * abs(part) ** 2
    logarithms = np.log10(np.maximum(powers, 1e-12))
    return 1 + np.maximum(logarithms - logarithms.max(), -6) / 2


def test_against_a_slow_loop():
    samples = np.random.default_rng(0).normal(0, 0.1, 1000)
    found = log_mel(torch.from_numpy(samples).float()[None])[0].numpy()
    assert found.shape == (16, BANDS)
    np.testing.assert_allclose(found, slow_log_mel(samples), atol=1e-3)


@pytest.mark.parametrize("loudness", [0.01, 5.0])
def test_how_loud_it_is_changes_nothing(loudness):
    samples = torch.randn(2, 4000, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(log_mel(samples * loudness), log_mel(samples), atol=1e-3, rtol=0)


def test_a_tone_is_loudest_in_the_band_of_its_pitch_at_its_moment():
    times = torch.arange(8000) / 8000
    mel = np.linspace(2595 * np.log10(1 + 60 / 700), 2595 * np.log10(1 + 3800 / 700), BANDS + 2)[1:-1]
    centres = 700 * (10 ** (mel / 2595) - 1)
    for hertz in (300, 1000, 3000):
        tone = torch.sin(2 * torch.pi * hertz * times) * ((times > 0.5) & (times < 0.6))
        frames = log_mel(tone[None])[0]
        frame, band = divmod(int(frames.argmax()), BANDS)
        assert 0.5 <= (frame + 0.5) * HOP / 8000 <= 0.6
        assert band == np.abs(centres - hertz).argmin()


def test_the_lengths_of_sound_frames_and_keys_belong_together():
    for samples in (1600, 1601, 1920):
        frames = log_mel(torch.ones(1, samples)).shape[1]
        assert frames == WINDOW * -(-samples // (WINDOW * HOP))
        own = spans(frames // WINDOW)
        assert own[0].tolist() == [0, pytest.approx(0.04)]
        assert own[-1, 1] >= samples / 8000 - 1e-6 > own[-1, 0]
