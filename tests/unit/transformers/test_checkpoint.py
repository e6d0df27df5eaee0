"""What is refused before anything is loaded, and that nothing is fetched for it."""

import json
import re
import socket

import pytest
import torch

from attention_core.errors import InputError
from attention_core.transformers import Transformer, catalogue, open_transformer, read_checkpoint, transformer_names
from tests import tiny_transformers


@pytest.fixture
def folder(tmp_path):
    return tiny_transformers.make("bert", tmp_path)


@pytest.fixture(autouse=True)
def nothing_is_fetched(monkeypatch):
    def refuse(*_):
        raise AssertionError("nothing may be fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def refusal(sentence):
    return pytest.raises(InputError, match=f"^{re.escape(sentence)}$")


def test_a_pickle_alone(folder):
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with refusal("The model bert must hold its weights as safetensors, got none. Save it with safetensors."):
        read_checkpoint(folder)


def test_no_folder(tmp_path):
    with refusal("The model must be a folder, got none called absent. Check ATTENTION_MODEL_DIR."):
        read_checkpoint(tmp_path / "absent")


def test_no_config(folder):
    (folder / "config.json").unlink()
    with refusal("The model bert must hold a config.json, got none. Save it with save_pretrained."):
        read_checkpoint(folder)


def test_a_config_that_is_no_json(folder):
    (folder / "config.json").write_text("{not JSON")
    with refusal("The config.json of the model bert must be JSON, and is not. Save the model again."):
        read_checkpoint(folder)


@pytest.mark.parametrize("content", ["[]", "{}", '{"model_type": "nonsense"}', '{"model_type": ["bert"]}'])
def test_a_type_that_nobody_knows(folder, content):
    (folder / "config.json").write_text(content)
    with pytest.raises(InputError, match=r"^The model bert must be of a type that is known here, got .*\. Take another model\.$"):
        read_checkpoint(folder)


def changed(folder, **fields):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


def test_a_config_with_wrong_values(folder):
    changed(folder, num_hidden_layers="many")
    with refusal("The config.json of the model bert does not describe one. Save the model again."):
        read_checkpoint(folder)


def test_code_of_its_own(folder):
    changed(folder, auto_map={"AutoModel": "evil.Model"})
    with refusal("The model bert must need no code of its own, and brings some. Take another model."):
        read_checkpoint(folder)


def test_too_large(folder):
    size = (folder / "model.safetensors").stat().st_size
    assert read_checkpoint(folder, size).bytes == size
    with refusal(f"The model bert must have at most {size - 1:,} bytes of weights, got {size:,}. Take a smaller one."):
        read_checkpoint(folder, size - 1)


def test_damaged_weights(folder):
    (folder / "model.safetensors").write_bytes(b"\x08" * 100)
    with refusal("The model bert must load, and does not. Check its files, or take another model."):
        Transformer(read_checkpoint(folder))


def test_a_vision_model_that_does_not_say_how_it_takes_pictures(tmp_path):
    folder = tiny_transformers.make("vit", tmp_path)
    (folder / "preprocessor_config.json").unlink()
    with refusal("The model vit must load, and does not. Check its files, or take another model."):
        Transformer(read_checkpoint(folder))


def test_a_kind_that_reads_neither_text_nor_whole_pictures(folder):
    (folder / "config.json").write_text(json.dumps({"model_type": "timesformer"}))
    with refusal("The model bert must read text, or pictures as a ViT, got type 'timesformer'. Take another model."):
        read_checkpoint(folder)


def test_weights_of_fewer_layers_than_the_config_says(folder):
    changed(folder, num_hidden_layers=4)
    with pytest.raises(
        InputError, match=r"^The model bert must hold all its weights, and lacks encoder\.layer\.3\..*\. Take another model\.$"
    ):
        Transformer(read_checkpoint(folder))


@pytest.mark.parametrize("name", ["../../x", "absent", "", "google-bert/bert-base-uncased", "minilm/"])
def test_a_name_that_is_not_on_the_list(name):
    with refusal(f"The model must be one of {', '.join(transformer_names())}, got {name!r}. Pick one of them."):
        open_transformer(name)


def test_the_deployers_folder_and_list(tmp_path, monkeypatch):
    tiny_transformers.make("gpt2", tmp_path)
    (tmp_path / ".hidden").mkdir()
    monkeypatch.setenv("ATTENTION_MODEL_DIR", str(tmp_path))
    monkeypatch.setenv("ATTENTION_MODELS", "owner/model, ../../x, a b,")
    assert [name for name in transformer_names() if name not in ("minilm", "gpt", "vit")] == ["gpt2", "owner/model"]
    assert open_transformer("gpt2", "cpu").kind == "decoder"
    assert open_transformer("gpt2", "cpu") is open_transformer("gpt2", "cpu")


class Part:
    def __init__(self, rfilename, size):
        self.rfilename, self.size = rfilename, size


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([Part("model.safetensors", 2_000_000_000)], "got 2,000,000,000"),
        ([Part("pytorch_model.bin", 1000)], "got none as safetensors"),
    ],
)
def test_a_listed_model_is_measured_before_it_is_fetched(monkeypatch, parts, told):
    monkeypatch.setenv("ATTENTION_MODELS", "owner/model")
    monkeypatch.setattr(catalogue.HfApi, "model_info", lambda *_, **__: type("Info", (), {"siblings": parts}))
    with refusal(f"The model owner/model must have at most 1,000,000,000 bytes of weights, {told}. Pick another one."):
        open_transformer("owner/model")


def test_what_was_opened_longest_ago_is_let_go(tmp_path, monkeypatch):
    for name in ("bert", "gpt2", "llama"):
        tiny_transformers.make(name, tmp_path)
    monkeypatch.setenv("ATTENTION_MODEL_DIR", str(tmp_path))
    monkeypatch.setattr(catalogue, "_open", {})
    monkeypatch.setattr(catalogue, "MOST_OPEN", 2)
    first = open_transformer("bert", "cpu")
    open_transformer("gpt2", "cpu")
    assert open_transformer("bert", "cpu") is first
    open_transformer("llama", "cpu")
    assert [name for name, _ in catalogue._open] == ["bert", "llama"]
    monkeypatch.setattr(catalogue, "MOST_BYTES", 1)
    open_transformer("gpt2", "cpu")
    assert [name for name, _ in catalogue._open] == ["gpt2"]
