"""What a visitor gives to learn from is read as text of a bounded size, or refused in one sentence."""

import pytest

import attention_core as core
from app import course


def test_a_file_of_another_kind_is_refused():
    with pytest.raises(core.InputError) as refused:
        course.read_own(core.task_spec("sentiment"), b"\xff\xfe\x00")
    assert str(refused.value) == "The file must be text in UTF-8, got something else. Save it as UTF-8 text."
    with pytest.raises(core.InputError) as refused:
        course.read_own(core.task_spec("sentiment"), b"x" * 1_000_001)
    assert str(refused.value) == "The examples must be at most 1,000,000 bytes, got 1,000,001. Use fewer."
