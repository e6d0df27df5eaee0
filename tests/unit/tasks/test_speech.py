"""Speech: what stands behind its rows and columns, what a value hears, and what it says of its doubts."""

import json

import numpy as np
import pytest
import torch

from attention_core import InputError
from attention_core.encoders.speech import BANDS, WINDOW
from attention_core.learning import draw
from attention_core.library import EXAMPLES
from attention_core.tasks.speech import KNOWN, LABELS, SPEC, STEADY, UNKNOWN, Listener, _doubt
from tests import sounds
from tests.examples import task_of


@pytest.fixture(scope="module")
def task():
    return task_of("speech", device="cpu")


def test_rows_are_the_digits_it_writes_and_columns_moments(task):
    result = task.run(recording=sounds.written(sounds.voice(1.5)))
    rows, keys = result.weights.shape
    assert keys == len(result.key_labels) == 38
    assert rows == len(result.query_labels) == len(result.output["text"].split()) + (result.query_labels[-1] == "[END]")
    assert result.by_word().query_labels == tuple(result.output["text"].split())
    assert set(result.query_labels) <= set(LABELS)
    assert result.key_labels[1] == "0.04–0.08 s"
    np.testing.assert_allclose(result.key_spans[1], [0.04, 0.08])
    assert all(0 < chance <= 1 for chance in result.output["word_probabilities"])


def test_path_and_bytes_give_one_result(task):
    path = EXAMPLES / SPEC.examples[0].values["recording"]
    first, other = (task.run(recording=own) for own in (path, path.read_bytes()))
    np.testing.assert_array_equal(other.weights, first.weights)
    with pytest.raises(InputError, match="must be a WAV, FLAC, OGG or MP3 file"):
        task.run(recording=b"\x89PNG")


def test_a_value_hears_a_quarter_of_a_second_and_a_key_what_came_before_and_after():
    listener = draw(Listener, 0).eval()
    quiet = torch.zeros(1, 40 * WINDOW, BANDS)
    loud = quiet.clone()
    loud[:, 20 * WINDOW : 21 * WINDOW] = 1
    with torch.inference_mode():
        keys, values = (
            (one - other).abs().sum(-1)[0] for one, other in zip(listener.states(loud), listener.states(quiet), strict=True)
        )
    assert set(values.nonzero()[:, 0].tolist()) <= set(range(17, 24))
    assert values[20] > 0
    assert keys[0] > 0
    assert keys[-1] > 0


def test_what_is_drawn_and_heard_is_what_was_handed_in(task):
    samples = sounds.voice(1.5)
    signals = task.encode(recording=sounds.written(samples)).signals
    assert signals.seconds == pytest.approx(38 * 0.04)
    np.testing.assert_allclose(signals.heard[:12_000], samples[:, 0], atol=1e-4)
    assert not signals.heard[12_000:].any()
    swing, spectrogram = signals.panels
    assert (swing.kind, swing.values.shape) == ("swing", (2, 304))
    assert swing.values[0].max() == signals.heard.max()
    assert swing.values[1].min() == signals.heard.min()
    assert (spectrogram.kind, spectrogram.values.shape) == ("image", (BANDS, 38 * WINDOW))


def test_what_is_as_loud_throughout_is_no_voice(task):
    hiss, tone = np.random.default_rng(0).normal(0, 0.1, (16_000, 1)), np.sin(np.arange(16_000))[:, None] / 2
    for own in (hiss, tone):
        assert STEADY in task.run(recording=sounds.written(own)).notes
    for example in SPEC.examples:  # one of them in noise
        assert STEADY not in task.run(recording=EXAMPLES / example.values["recording"]).notes


def test_it_says_how_unsure_it_is():
    seven, three, end = LABELS.index("7"), LABELS.index("3"), 0
    assert _doubt([seven, three, end], [0.9, 0.8, 0.1]) == ()
    assert _doubt([seven, seven, seven, three, end], [0.95, 0.95, 0.95, 0.55, 0.9]) == (
        "It is unsure of “3” (0.55): in brackets the probability it gives that digit.",
    )
    (note,) = _doubt([seven, three, three, end], [0.79, 0.78, 0.81, 0.1])
    assert note == "It is unsure of all this: it knows spoken English digits, and takes whatever it hears for one."
    assert _doubt([seven] * 7 + [end], [0.9] * 8) == ()
    (note,) = _doubt([seven] * 8 + [end], [0.9] * 9)
    assert note == "It learned from recordings of one to 8 digits. Where more are said, it leaves some out."


def test_every_example_has_its_credit():
    credits = {entry["file"]: entry for entry in json.loads((EXAMPLES / "credits.json").read_text("utf-8"))}
    for example in SPEC.examples:
        entry = credits[example.values["recording"]]
        files = entry["through"].split(", ")
        assert entry["licence"] == "CC BY-SA 4.0"
        assert "CC BY-SA 4.0" in example.credit
        (voice,) = {file.split("_")[1] for file in files}
        assert f"Spoken by {voice.capitalize()}," in example.credit
        assert example.credit.endswith(UNKNOWN if voice == "lucas" else KNOWN)
        assert all(int(file.split("_")[2].removesuffix(".wav")) < 5 for file in files)  # takes it never learned from
