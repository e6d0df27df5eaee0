"""What a result is without one of its keys, by hand: another softmax over the keys that are left."""

import numpy as np
import pytest
import torch
from torch import nn

from attention_core import build_score
from attention_core.ablation import key_groups, without
from attention_core.inputs import TextInput
from attention_core.results import TaskResult, Words
from attention_core.specs import Metric, TaskSpec
from attention_core.tasks.checkpoints import Checkpoints
from attention_core.tasks.encoding import Encoding, Head
from attention_core.tasks.task import Settings, Task


class TwoQueries:
    """Two queries over four keys of width 3."""

    def __init__(self, device):
        pass

    def build_head(self, score):
        return Head(build_score(score, query_dim=3, key_dim=3), nn.Linear(3, 1))

    def output(self, head, query, key, context, energies, weights, encoding):
        return {"label": "any"}


SPEC = TaskSpec("pair", "", "", (TextInput("text", "", ""),), (), Metric("any", "", ""), "", "", "", TwoQueries)
NUMBERS = torch.arange(24, dtype=torch.float32).reshape(8, 3).sin()
ENCODING = Encoding(
    NUMBERS[:2], NUMBERS[2:6], NUMBERS[4:8], torch.tensor([True, True, True, False]), ("p", "q"), ("a", "b", "c", "d")
)
SETTINGS = Settings("multiplicative", "untrained")


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return Task(SPEC, torch.device("cpu"), Checkpoints("pair", tmp_path_factory.mktemp("models")))


def softmax_over(energies, kept):
    weights = np.zeros(len(energies))
    weights[kept] = np.exp(energies[kept]) / np.exp(energies[kept]).sum()
    return weights


def test_the_others_share_what_the_key_had_and_other_rows_stay(task):
    whole = task.run_encoded([(ENCODING, SETTINGS)])[0]
    own = without(task, ENCODING, SETTINGS, [1], row=1)
    np.testing.assert_array_equal(own.energies, whole.energies)
    np.testing.assert_array_equal(own.weights[0], whole.weights[0])
    expected = softmax_over(np.float64(whole.energies[1]), [0, 2])  # 3 is left out by the task itself
    np.testing.assert_allclose(own.weights[1], expected, atol=1e-6)
    assert own.weights[1, 1] == 0
    np.testing.assert_allclose(own.context[1], expected @ whole.value, atol=1e-6)


def test_several_positions_go_together(task):
    own = without(task, ENCODING, SETTINGS, [0, 2])
    np.testing.assert_array_equal(own.weights[0], [0, 1, 0, 0])


def test_the_last_key_cannot_be_taken(task):
    with pytest.raises(ValueError, match=r"^key_mask must leave at least one key in every row"):
        without(task, ENCODING, SETTINGS, [0, 1, 2])


def result(**changes):
    fields = dict.fromkeys(TaskResult.__dataclass_fields__)
    return TaskResult(**{**fields, "key_mask": np.array([[True, True, False, True], [True] * 4]), **changes})


def test_a_key_stands_alone_and_a_masked_one_is_in_no_group():
    assert key_groups(result()) == ((0,), (1,), (), (3,))
    assert key_groups(result(), row=1) == ((0,), (1,), (2,), (3,))


def test_the_tokens_of_a_word_stand_together():
    words = Words(("unreal", "film", "!"), np.array([-1, 0, 0, 1]))
    assert key_groups(result(key_words=words), row=1) == ((1, 2), (3,), ())
    assert key_groups(result(key_words=words)) == ((1,), (3,), ())
