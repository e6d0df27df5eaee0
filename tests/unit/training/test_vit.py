"""Training `vit`: pictures, the distance from the teacher, a training that goes on, and the measures."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from attention_core.training import progress, vit, vit_measure
from attention_core.training.run import Run
from attention_core.transformers import Transformer, read_checkpoint
from tests import tiny_transformers


class Teacher(nn.Module):
    """Sees the mean colour of each part of a picture."""

    def __init__(self):
        super().__init__()
        self.classifier = nn.Linear(1280, 1000)
        self.classifier.load_state_dict({"weight": torch.eye(1000, 1280), "bias": torch.zeros(1000)})

    def features(self, pixels):
        return nn.functional.avg_pool2d(pixels, 32).repeat_interleave(427, 1)[:, :1280]

    def forward(self, pixels):
        return self.classifier(self.features(pixels).mean((2, 3)))


@pytest.fixture(scope="module")
def photos():
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (own, 90, 3), dtype=np.uint8) for own in (60, 90, 140)]


def test_pictures_depend_on_the_step_alone_and_stay_colours(photos):
    made = vit.pictures(photos, 8, np.random.default_rng([0, 3]))
    assert made.shape == (8, 3, 224, 224)
    assert 0 <= made.min() < made.max() <= 255
    torch.testing.assert_close(made, vit.pictures(photos, 8, np.random.default_rng([0, 3])))
    assert not torch.equal(made, vit.pictures(photos, 8, np.random.default_rng([0, 4])))


class Copy(nn.Module):
    """Says what the teacher says, of the patches it is shown."""

    def __init__(self, teacher):
        super().__init__()
        self.teacher = teacher

    def forward(self, pixels, places):
        grid = self.teacher.features(((pixels + 1) * 127.5 - 127) / 128)
        mean = grid.mean((2, 3))
        fine = nn.functional.interpolate(grid, (14, 14), mode="bilinear").flatten(2).transpose(1, 2)
        return self.teacher.classifier(mean), mean, fine[torch.arange(len(fine))[:, None], places]


def test_who_says_what_the_teacher_says_is_no_distance_away(photos):
    teacher, pixels = Teacher(), vit.pictures(photos, 4, np.random.default_rng(0))
    places = torch.randperm(196)[:20].expand(4, -1)
    copy = Copy(teacher)
    assert vit.distance(copy, teacher, pixels, places).item() == pytest.approx(0, abs=0.01)  # in bfloat16
    turned = lambda pixels, _: copy(pixels, places.flip(1))  # noqa: E731
    assert vit.distance(turned, teacher, pixels, places).item() > 0.03


def test_a_training_that_was_stopped_ends_as_one_that_was_not(tmp_path, monkeypatch, photos):
    paths = []
    for n, photo in enumerate(photos):
        paths.append(tmp_path / f"{n}.png")
        Image.fromarray(photo).save(paths[-1])
    for name, value in {"WIDTH": 16, "LAYERS": 1, "HEADS": 2}.items():
        monkeypatch.setattr(vit, name, value)
    monkeypatch.setattr(vit.efficientnet_lite, "load", Teacher)
    monkeypatch.setattr(progress, "KEEP_EVERY", 2)
    recipe = replace(vit.RECIPE, steps=5, batch=2)
    runs = [Run("vit", tmp_path, tmp_path, tmp_path / name, torch.device("cpu")) for name in ("whole", "stopped")]
    whole = [loss for _, loss, *_ in vit.fit(runs[0], paths, recipe)]
    for step, *_ in vit.fit(runs[1], paths, recipe):
        if step == 3:
            break
    rest = list(vit.fit(runs[1], paths, recipe))
    assert [step for step, *_ in rest] == [3, 4, 5]
    assert [loss for _, loss, *_ in rest] == pytest.approx(whole[2:], abs=1e-5)
    vit.save(rest[-1][2].model, tmp_path / "saved")
    opened = Transformer(read_checkpoint(tmp_path / "saved"))
    assert opened.attend(image=paths[0])["vision"].weights.shape == (1, 2, 197, 197)
    assert opened.config.id2label[0] == "tench"
    pixels = torch.from_numpy(np.asarray(Image.fromarray(photos[0]).resize((224, 224), Image.Resampling.BICUBIC), np.float32))
    expected = rest[-1][2].model.eval()(pixels.permute(2, 0, 1)[None] / 127.5 - 1).logits[0].softmax(-1)
    np.testing.assert_allclose(opened.classes(paths[0]), expected.detach().numpy(), atol=2e-5)  # the file holds float16


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return Transformer(read_checkpoint(tiny_transformers.make("vit", tmp_path_factory.mktemp("tiny"))))


def test_the_largest_box_is_the_main_object_and_pointing_counts_its_hits(tmp_path, tiny):
    (tmp_path / "images").mkdir()
    Image.effect_noise((100, 50), 80).convert("RGB").save(tmp_path / "images" / "a.png")
    boxes = [[0, 0, 10, 10], [10, 5, 20, 40], [50, 0, 10, 10]]
    data = {
        "images": [{"id": n, "file_name": "a.png", "width": 100, "height": 50} for n in (1, 2)],
        "annotations": [{"image_id": 1, "bbox": box} for box in boxes],
    }
    (tmp_path / "instances.json").write_text(json.dumps(data))
    found = vit_measure.main_objects(tmp_path)
    assert [(path.name, box.tolist()) for path, box in found] == [("a.png", [0.1, 0.1, 0.3, 0.9])]
    path = found[0][0]
    whole = np.array([0.0, 0, 1, 1])
    middle = np.array(
        [0.45, 0.45, 0.55, 0.55]
    )  # holds the picture's centre, and no patch's: those of 4 × 4 are at 0.375 and 0.625
    assert vit_measure.pointing(tiny, [(path, whole)] * 3 + [(path, middle)]) == {"photos": 4, "rollout": 0.75, "centre": 1.0}


def test_agreement_looks_at_the_first_five(tmp_path, tiny):
    path = tmp_path / "a.png"
    Image.effect_noise((40, 40), 80).convert("RGB").save(path)
    own = int(tiny.classes(path).argmax())

    def says(order):
        ranks = torch.zeros(1000)
        ranks[torch.tensor(order)] = torch.arange(len(order), 0, -1.0)
        return lambda pixels: ranks[None]

    others = [n for n in range(20) if n != own]
    assert vit_measure.agreement(tiny, says([own, *others[:5]]), [path]) == {
        "photos": 1,
        "in_teachers_first_five": 1,
        "is_teachers_first": 1,
    }
    assert vit_measure.agreement(tiny, says([*others[:4], own]), [path]) == {
        "photos": 1,
        "in_teachers_first_five": 1,
        "is_teachers_first": 0,
    }
    assert vit_measure.agreement(tiny, says([*others[:5], own]), [path]) == {
        "photos": 1,
        "in_teachers_first_five": 0,
        "is_teachers_first": 0,
    }
