"""What `speech` learns from and how it is measured."""

import io
import random
import tarfile

import numpy as np
import pytest
import soundfile
import torch

from attention_core.encoders.speech import log_mel
from attention_core.learning import draw
from attention_core.tasks.speech import MOST, SpeechModel
from attention_core.training.speech import aligned, changed, exam, figures, words
from attention_core.training.speech_data import ARCHIVE, KEY, NEW_VOICE, TAKES, Voices, read
from attention_core.training.together import Sentence, write_together
from tests import sounds
from tests.examples import task_of

PACE = 8000


@pytest.fixture
def data(tmp_path):
    """A folder like the real one: ten takes of two digits by two voices."""
    (tmp_path / ARCHIVE).parent.mkdir()
    with tarfile.open(tmp_path / ARCHIVE, "w:xz") as archive:
        for voice in ("theo", NEW_VOICE):
            for digit in (0, 9):
                for take in range(11):
                    file = io.BytesIO()
                    soundfile.write(file, np.full(100 + take, 0.5), PACE, format="WAV")
                    own = tarfile.TarInfo(f"recordings/{digit}_{voice}_{take}.wav")
                    own.size = file.tell()
                    file.seek(0)
                    archive.addfile(own, file)
        archive.addfile(tarfile.TarInfo("recordings/README.md"))
    return tmp_path


def made_up(voices=2):
    """Voices whose digit n is a tone of 200 (n + 1) Hz, all of one length."""
    times = np.arange(2400) / PACE
    clips = [[0.3 * np.sin(2 * np.pi * 200 * (digit + 1) * times)] for digit in range(10)]
    return Voices({f"voice {n}": clips for n in range(voices)})


def test_takes_and_voices_are_in_one_split_each(data):
    splits = read(data)
    lengths = {
        split: {voice: [len(own) for own in digits[9]] for voice, digits in kept.items()} for split, kept in splits.items()
    }
    assert lengths == {
        "train": {"theo": [110]},
        "calibrate": {"theo": [105, 106, 107, 108, 109]},
        "test": {"theo": [100, 101, 102, 103, 104]},
        "new voice": {NEW_VOICE: list(range(100, 111))},
    }
    assert set(TAKES["test"]).isdisjoint(TAKES["calibrate"])


def test_strings_hold_their_digits_where_they_say():
    made = made_up().strings(12, 3, random.Random(0))
    count, length = made.samples.shape
    assert (count, length % KEY) == (12, 0)
    assert made.digits.shape == (12, 3)
    assert made.samples.abs().max() <= 1
    for samples, digits, spans in zip(made.samples.numpy(), made.digits.tolist(), made.spans.tolist(), strict=True):
        for digit, (start, end) in zip(digits, spans, strict=True):
            own = samples[round(start * PACE) : round(end * PACE)]
            pitch = np.abs(np.fft.rfft(own)).argmax() * PACE / len(own)
            speed = 2400 / len(own)
            assert pitch == pytest.approx(200 * (digit + 1) * speed, rel=0.03)
        ends = [moment for span in spans for moment in span]
        assert ends == sorted(ends)
        assert ends[-1] <= length / PACE


def test_strings_are_drawn_from_their_seed_alone():
    one, same, other = (made_up().strings(3, 2, random.Random(seed)) for seed in (0, 0, 1))
    torch.testing.assert_close(one.samples, same.samples)
    assert one.samples.shape != other.samples.shape or not torch.equal(one.samples, other.samples)


def test_words_of_digits_end():
    made = made_up().strings(2, 3, random.Random(0))
    assert words(made)[:, :-1].tolist() == [[digit + 1 for digit in own] for own in made.digits.tolist()]
    assert words(made)[:, -1].tolist() == [0, 0]


def test_pitches_are_changed_but_not_moments():
    frames = torch.full((40, 8, 40), 1.0)
    after = changed(frames, torch.Generator().manual_seed(0))
    torch.testing.assert_close(after, after[:, :1].expand(-1, 8, -1))
    dropped = (after[:, 0] == -2).sum(1)
    assert dropped.max() == 6
    assert dropped.min() == 0
    assert after[after > -2].std() > 0.1


@pytest.mark.parametrize(
    ("said", "written", "errors", "pairs"),
    [
        ([1, 2, 3], [1, 2, 3], 0, [(0, 0), (1, 1), (2, 2)]),
        ([1, 2, 3], [1, 3], 1, [(0, 0), (2, 1)]),
        ([1, 2, 3], [1, 5, 3], 1, [(0, 0), (2, 2)]),
        ([7, 7], [7, 7, 7], 1, [(0, 0), (1, 1)]),
        ([4], [], 1, []),
        ([1, 2], [3, 4, 5], 3, []),
    ],
)
def test_changes_from_what_was_said_to_what_was_written(said, written, errors, pairs):
    found, own = aligned(said, written)
    assert found == errors
    assert len(own) == len(pairs)
    assert all(said[i] == written[j] for i, j in own)
    if len(set(said)) == len(said):
        assert own == pairs


def test_as_many_changes_as_a_peer_counts():
    chance = random.Random(0)
    for _ in range(200):
        said, written = ([chance.randrange(3) for _ in range(chance.randrange(1, 7))] for _ in range(2))
        assert aligned(said, written)[0] == distance(tuple(said), tuple(written))


def distance(one, other):
    """Edit distance by its definition."""
    if not one or not other:
        return len(one) + len(other)
    return min(distance(one[1:], other) + 1, distance(one, other[1:]) + 1, distance(one[1:], other[1:]) + (one[0] != other[0]))


def test_figures_count_what_is_right_and_where_it_looks(monkeypatch):
    strings = [made_up().strings(2, 2, random.Random(0))]
    digits, spans = strings[0].digits + 1, strings[0].spans
    at = ((spans[..., 0] + spans[..., 1]) / 2 / 0.04).long()  # (2, 2): in the middle of each digit
    weights = torch.nn.functional.one_hot(at, strings[0].samples.shape[1] // KEY).float()
    weights[1, 1] = torch.eye(weights.shape[-1])[0]  # one looks elsewhere
    written = [digits[0].tolist(), [int(digits[1, 0]) % 10 + 1, int(digits[1, 1])]]  # and one is wrong
    heard = [Sentence(words, [], own) for words, own in zip(written, weights, strict=True)]
    monkeypatch.setattr("attention_core.training.speech.write_together", lambda *_: heard)
    head = draw(lambda: SpeechModel(torch.device("cpu")).build_head("general"), 0)
    assert figures(head, strings, torch.device("cpu")) == {"accuracy": 0.75, "digit_error_rate": 0.25, "peak_in_span": 0.5}


def test_what_is_heard_together_is_what_a_task_hears_alone():
    task = task_of("speech", device="cpu")
    (strings,) = exam(made_up())[:1]
    head = task.head("additive", "untrained", 3)
    with torch.inference_mode():
        key, value = head.readout.states(log_mel(strings.samples[:3]))
    for samples, own in zip(strings.samples[:3].numpy(), write_together(head, key, value, MOST + 1), strict=True):
        alone = task.run(
            recording=sounds.written(samples[:, None], subtype="FLOAT"), score="additive", parameters="untrained", seed=3
        )
        assert alone.output["text"] == " ".join(str(word - 1) for word in own.words)
        np.testing.assert_allclose(alone.weights[: len(own.words)], own.weights, atol=1e-4)
        np.testing.assert_allclose(alone.output["word_probabilities"], own.probabilities, atol=1e-4)
