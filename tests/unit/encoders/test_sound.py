"""Any recording of sound a person may hand in: read right, or refused with a sentence."""

import sys

import numpy as np
import pytest
import soundfile

from attention_core import InputError
from attention_core.encoders.sound import PACE, open_sound
from tests import sounds


@pytest.mark.parametrize("kind", sounds.REFUSED)
def test_bad_recordings_are_refused_with_a_sentence(kind):
    content, sentence = sounds.REFUSED[kind]
    with pytest.raises(InputError) as refused:
        open_sound(content)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("form", "subtype"),
    [("WAV", "PCM_16"), ("WAV", "PCM_24"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", None)],
)
def test_every_kind_of_file_holds_the_same_sound(form, subtype):
    plain = sounds.voice(rate=48_000)
    sound = open_sound(sounds.written(plain, 48_000, form, subtype)).samples
    wanted = open_sound(sounds.written(plain, 48_000)).samples
    assert abs(len(sound) - len(wanted)) <= 800  # MP3 fills its first and last block
    end = min(len(sound), len(wanted))
    assert np.corrcoef(sound[:end], wanted[:end])[0, 1] > 0.98


@pytest.mark.parametrize("rate", [6000, 8000, 11_025, 16_000, 44_100, 48_000, 192_000])
def test_any_pace_and_both_ears_become_one_channel_at_one_pace(rate):
    tone = np.sin(2 * np.pi * 440 * np.arange(rate) / rate)
    stereo = np.stack([tone, tone / 2], axis=1) / 2
    sound = open_sound(sounds.written(stereo, rate))
    assert sound.samples.shape == (PACE,)
    assert sound.samples.dtype == np.float32
    assert sound.seconds == 1.0
    wanted = 0.375 * np.sin(2 * np.pi * 440 * np.arange(PACE) / PACE)
    np.testing.assert_allclose(sound.samples[400:-400], wanted[400:-400], atol=0.01)


def test_what_is_higher_than_the_pace_can_hold_does_not_come_back_lower():
    high = np.sin(2 * np.pi * 7000 * np.arange(48_000) / 48_000)[:, None] * 0.5
    low = np.sin(2 * np.pi * 300 * np.arange(48_000) / 48_000)[:, None] * 0.05
    spectrum = np.abs(np.fft.rfft(open_sound(sounds.written(high + low, 48_000)).samples))
    assert spectrum.argmax() == 300  # of one second, so that a place is a Hz; 7,000 would come back as 1,000
    assert spectrum[1000] < spectrum[300] / 20


def test_a_path_is_read_like_its_bytes(tmp_path):
    path = tmp_path / "digits.wav"
    path.write_bytes(sounds.written(sounds.voice()))
    for source in (path, str(path)):
        np.testing.assert_array_equal(open_sound(source).samples, open_sound(path.read_bytes()).samples)


def test_a_file_that_is_not_there_tells_its_name_alone(tmp_path):
    for name in ("gone.wav", "x" * 300 + ".wav", "a\0b.wav"):
        with pytest.raises(InputError) as refused:
            open_sound(str(tmp_path / name))
        assert str(refused.value) == f"The recording must be a file that exists, got {name!r}. Check its name."
    with pytest.raises(InputError, match="must be a path or bytes, got int"):
        open_sound(5)


def test_a_large_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "large.wav"
    path.write_bytes(b"0" * 12_000_001)
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda self: pytest.fail("the file was read"))
    with pytest.raises(InputError, match=r"at most 12 MB, got 12\.0 MB"):
        open_sound(path)


def test_a_long_file_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(soundfile.SoundFile, "read", lambda *_, **__: pytest.fail("the file was decoded"))
    with pytest.raises(InputError, match=r"got 7,200\.0 s"):
        open_sound(sounds.said_to_last(7200))


def test_a_head_that_says_too_little_reads_no_more_than_the_longest():
    content = bytearray(sounds.written(sounds.voice(20), form="FLAC"))
    content[21] &= 0xF0
    content[22:26] = (8000).to_bytes(4, "big")
    assert open_sound(bytes(content)).seconds <= 15


def test_a_damaged_file_that_leads_before_its_start_is_refused_and_nothing_is_raised_unseen(monkeypatch):
    raised = []
    monkeypatch.setattr(sys, "unraisablehook", raised.append)  # where errors go that libsndfile has no ear for
    with pytest.raises(InputError):
        open_sound(b"FORM\x00\x00\x1fnAIFFCOMM\x00\x00\x00\x12\x00\x01")
    assert not raised
