"""The vision transformer that comes along: what training wrote, what its card claims, and that any program opens it as a ViT."""

import json

import numpy as np
import pytest
import torch
import transformers
from PIL import Image

from attention_core.tasks.checkpoints import MODELS
from attention_core.training.run import sha256
from attention_core.transformers import open_transformer
from tests.browser import ROOT
from tests.readme import README, vit_sentence

FOLDER = MODELS / "vit"
EXAMPLES = ROOT / "assets" / "examples"


@pytest.fixture(scope="module")
def card():
    return json.loads((FOLDER / "card.json").read_text("utf-8"))


def test_the_weights_are_those_that_the_card_tells_of(card):
    assert sha256(FOLDER / card["file"]) == card["sha256"]
    assert card["recipe"]["parameters"] == sum(own.numel() for own in open_transformer("vit").model.parameters())


def test_it_learned_what_its_teacher_sees(card):
    told, untrained = card["agreement"], card["agreement, untrained"]
    assert told["photos"] > 800
    assert told["in_teachers_first_five"] >= 0.6
    assert untrained["in_teachers_first_five"] < 0.05


def test_its_rollout_points_into_the_main_object_more_often_than_the_centre_does(card):
    assert card["pointing"]["rollout"] > card["pointing"]["centre"] > card["pointing, untrained"]["rollout"]


def test_any_program_opens_it_as_a_vit():
    model = transformers.ViTForImageClassification.from_pretrained(FOLDER, dtype=torch.float32).eval()
    side = model.config.image_size
    picture = Image.open(EXAMPLES / "sunflower.jpg").convert("RGB").resize((side, side), Image.Resampling.BICUBIC)
    pixels = torch.from_numpy(np.asarray(picture, np.float32)).permute(2, 0, 1)[None] / 127.5 - 1
    with torch.inference_mode():
        wanted = model(pixels).logits[0].softmax(-1).numpy()
    own = open_transformer("vit")
    np.testing.assert_allclose(own.classes(EXAMPLES / "sunflower.jpg"), wanted, atol=1e-5)
    assert own.config.id2label[int(wanted.argmax())] in ("daisy", "sunflower", "yellow lady's slipper", "bee")


def test_the_readme_tells_the_cards_numbers():
    assert vit_sentence() in README.read_text("utf-8")
