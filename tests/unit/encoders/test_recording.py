"""Any recording a person may hand in: read right, or refused with a sentence."""

import numpy as np
import pytest

from attention_core import InputError
from attention_core.encoders.recording import MOST_SAMPLES, open_recording
from tests import recordings


@pytest.mark.parametrize("kind", recordings.REFUSED)
def test_bad_recordings_are_refused_with_a_sentence(kind):
    content, sentence = recordings.REFUSED[kind]
    with pytest.raises(InputError) as refused:
        open_recording(content)
    assert str(refused.value) == sentence


def test_path_bytes_and_text_are_the_same(tmp_path):
    text = recordings.text(labels=["WALKING"] * 400)
    path = tmp_path / "recording.csv"
    path.write_text(text, "utf-8")
    for source in (path, str(path), text, text.encode(), b"\xef\xbb\xbf" + text.encode(), text.replace("\n", "\r\n")):
        recording = open_recording(source)
        np.testing.assert_allclose(recording.signals, recordings.table()[:, :6], atol=1e-4)
        np.testing.assert_allclose(recording.times, np.arange(400) / 100)
        assert recording.labels == ("WALKING",) * 400


def test_columns_may_stand_in_any_order_with_others_and_empty_lines_between():
    numbers = recordings.table()
    turned = np.column_stack([numbers[:, ::-1], np.zeros(len(numbers))])
    text = recordings.written(turned, (*(name.upper() for name in recordings.NAMES[::-1]), "battery")).replace("\n", "\n\n")
    recording = open_recording(text)
    np.testing.assert_allclose(recording.signals, numbers[:, :6], atol=1e-4)
    assert recording.labels == ()


def test_several_samples_at_one_moment_are_taken():
    numbers = recordings.table()
    numbers[:, 6] = numbers[:, 6] // 20 * 20
    assert len(open_recording(recordings.written(numbers)).times) == 400


def test_the_line_is_told_as_an_editor_counts_it():
    lines = recordings.text().splitlines()
    lines[1:1] = ["", ""]
    lines[10] = "x" + lines[10]
    with pytest.raises(InputError, match="in line 11\\."):
        open_recording("\n".join(lines))


def test_a_file_that_is_not_there_tells_its_name_alone(tmp_path):
    for name in ("gone.csv", "x" * 300 + ".csv", "a\0b.csv"):
        with pytest.raises(InputError) as refused:
            open_recording(str(tmp_path / name))
        assert str(refused.value) == f"The recording must be a file that exists, got {name!r}. Check its name."
    with pytest.raises(InputError, match="must be a path, bytes or text, got int"):
        open_recording(5)


def test_a_large_file_is_refused_before_it_is_read(tmp_path, monkeypatch):
    path = tmp_path / "large.csv"
    path.write_bytes(b"0" * 5_000_001)
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda self: pytest.fail("the file was read"))
    with pytest.raises(InputError, match=r"at most 5 MB, got 5\.0 MB"):
        open_recording(path)


def test_samples_are_counted_while_they_are_read():
    assert MOST_SAMPLES == 60_000
    text = recordings.text()
    broken_far_behind = text + "9.81,0,0,0,0,0,5000\n" * 60_000 + "broken\n"
    with pytest.raises(InputError, match="at most 60,000 samples"):
        open_recording(broken_far_behind)
