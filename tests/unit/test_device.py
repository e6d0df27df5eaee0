import pytest
import torch

from attention_core.device import choose_device, describe_device


@pytest.fixture
def machine(monkeypatch):
    def having(*, cuda=False, mps=False, wanted=None):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: int(cuda))
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.delenv("ATTENTION_DEVICE", raising=False)
        if wanted is not None:
            monkeypatch.setenv("ATTENTION_DEVICE", wanted)

    return having


@pytest.mark.parametrize(
    ("there", "chosen"),
    [({}, "cpu"), ({"mps": True}, "mps"), ({"cuda": True}, "cuda"), ({"cuda": True, "mps": True}, "cuda")],
)
def test_the_fastest_device_there_is_chosen(machine, there, chosen):
    machine(**there)
    assert choose_device().type == chosen


def test_the_environment_overrides_and_the_argument_overrides_that(machine):
    machine(cuda=True, mps=True, wanted=" CPU ")
    assert choose_device().type == "cpu"
    assert choose_device("mps").type == "mps"
    assert choose_device(torch.device("cuda")).type == "cuda"


def test_an_empty_variable_is_no_wish(machine):
    machine(wanted="")
    assert choose_device().type == "cpu"


@pytest.mark.parametrize("name", ["cuda", "mps", "cuda:1", "cpu:1", "cpu:one", "tpu", "banana"])
def test_a_device_that_is_not_there_is_refused(machine, name):
    machine()
    with pytest.raises(ValueError) as refused:
        choose_device(name)
    assert str(refused.value) == (
        f"device must be one that this machine has (cpu), got {name!r}. Unset ATTENTION_DEVICE to choose."
    )


def test_a_device_in_words():
    assert describe_device(torch.device("cpu")) == "CPU"
    assert describe_device(torch.device("mps")) == "Apple GPU"
