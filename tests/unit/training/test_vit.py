"""Training `vit`: pictures, the distance from the teacher, a training that goes on, and the measures."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from attention_core.training import progress, vit, vit_measure, vit_views
from attention_core.training.run import Run
from attention_core.transformers import Transformer, read_checkpoint, rollout
from tests import tiny_transformers


class Teacher(nn.Module):
    """Sees the mean colour of each part of a picture: 224 pixels as 14 × 14 cells, and in the end as 7 × 7."""

    def __init__(self):
        super().__init__()
        self.classifier = nn.Linear(1280, 1000)
        self.classifier.load_state_dict({"weight": torch.eye(1000, 1280), "bias": torch.zeros(1000)})
        self.stem = nn.AvgPool2d(16)
        self.blocks = [lambda grid, n=n: grid.repeat_interleave(n, 1) for n in (27,)]
        self.blocks += [lambda grid: grid] * 6 + [lambda grid: grid[:, :80], lambda grid: grid, lambda grid: grid]
        self.blocks += [lambda grid: torch.cat([grid, grid], 1)[:, :112]]
        self.head = lambda grid: nn.functional.avg_pool2d(grid, 2).repeat_interleave(12, 1)[:, :1280]

    def forward(self, pixels):
        return self.classifier(self.head(self.stem(pixels)).mean((2, 3)))


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    folder, rng, paths = tmp_path_factory.mktemp("photos"), np.random.default_rng(0), []
    for n, own in enumerate((60, 90, 140)):
        coarse = Image.fromarray(rng.integers(0, 256, (5, 7, 3), dtype=np.uint8)).resize((90, own), Image.Resampling.BICUBIC)
        paths.append(folder / f"{n}.png")
        coarse.save(paths[-1])
    return paths


@pytest.fixture(scope="module")
def teacher():
    return Teacher()


@pytest.fixture(scope="module")
def seen(photos, teacher):
    return vit_views.views(photos, teacher, 0)


def test_views_are_drawn_from_the_seed_alone(photos, teacher, seen):
    assert seen.pixels.shape == (len(photos) * vit_views.VIEWS, 112, 112, 3) and seen.pixels.dtype == torch.uint8
    again, other = (vit_views.views(photos, teacher, seed) for seed in (0, 1))
    assert torch.equal(again.pixels, seen.pixels) and not torch.equal(other.pixels, seen.pixels)
    assert [own.shape[1:] for own in (seen.last, *seen.stages)] == [(49, 1280), (49, 320), (49, 448)]


def test_a_patch_has_its_own_four_cells_of_a_stage(teacher):
    """One cell of 14 × 14 is bright: it stands at its place in the patch that holds it, and nowhere else."""
    pixels = torch.zeros(1, 3, 224, 224)
    row, column = 5, 8  # in patch (2, 4), its lower left cell
    pixels[:, :, 16 * row : 16 * row + 16, 16 * column : 16 * column + 16] = 255
    own = vit_views.seen_by(teacher, pixels)
    cells = own.stages[0][0].float().view(7, 7, 2, 2, 80).mean(-1)
    bright = (cells > 0).nonzero().tolist()
    assert bright == [[2, 4, 1, 0]]


@pytest.mark.parametrize("seed", range(4))
def test_what_a_batch_says_of_a_picture_is_what_the_teacher_sees_in_it(teacher, photos, monkeypatch, seed):
    """Mirrored, as in two of the four seeds, or not."""
    monkeypatch.setattr(vit_views, "MIXED", 0.0)
    seen = vit_views.views(photos, teacher, 3)
    scales = [(torch.zeros(own.shape[-1]), torch.ones(own.shape[-1])) for own in seen.stages]
    pixels, (classes, pooled, last, stages, look) = vit_views.batch(
        seen, scales, teacher.classifier, 12, np.random.default_rng(seed), torch.device("cpu")
    )
    large = nn.functional.interpolate((pixels + 1) * 127.5, scale_factor=2, mode="nearest")
    wanted = vit_views.seen_by(teacher, large)
    torch.testing.assert_close(last, wanted.last.float(), atol=0.03, rtol=0.03)
    for own, other in zip(stages, wanted.stages, strict=True):
        torch.testing.assert_close(own, other.float(), atol=0.03, rtol=0.03)
    torch.testing.assert_close(pooled, last.mean(1))
    torch.testing.assert_close(classes, teacher.classifier(pooled).softmax(-1))
    torch.testing.assert_close(look.sum(-1), torch.ones(12))
    assert (look.argmax(-1) == last.norm(dim=-1).argmax(-1)).all()
    shown = ((pixels + 1) * 127.5).permute(0, 2, 3, 1).round()
    turned = [(seen.pixels.flip(2) == own).flatten(1).all(1).any().item() for own in shown]
    assert turned == [seed in MIRRORED] * 12


MIRRORED = (2, 3)


def test_a_part_of_another_photo_lies_over_half_of_the_views(monkeypatch):
    """Of photos of one colour each: nothing else shows in a plain view, and a rectangle of the other's in the others."""
    monkeypatch.setattr(vit_views, "TINTED", 0.0)
    photos = [np.full((60, 90, 3), own, np.uint8) for own in ((250, 0, 0), (0, 250, 0))]
    rng, pasted = np.random.default_rng(0), 0
    for _ in range(60):
        view = vit_views._view(photos[0], photos[1:], rng)
        assert view.shape == (3, 224, 224) and view.min() >= 0 and view.max() <= 255
        other = (view[1] > view[0]).numpy()
        rows, columns = np.flatnonzero(other.any(1)), np.flatnonzero(other.any(0))
        assert other.sum() == len(rows) * len(columns)
        if other.any():
            pasted += 1
            assert other[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
            assert 0.14 < other.mean() < 0.51
    assert 20 <= pasted <= 40


def test_who_says_what_the_teacher_says_is_no_distance_away(seen, teacher):
    scales = [vit_views.scale(own) for own in seen.stages]
    _, wanted = vit_views.batch(seen, scales, teacher.classifier, 6, np.random.default_rng(0), torch.device("cpu"))
    kept = torch.randperm(49, generator=torch.Generator().manual_seed(0))[:20].repeat(6, 1)
    for own in (wanted, vit.seen_through(wanted, kept)):
        classes, pooled, last, stages, look = own
        torch.testing.assert_close(look.sum(-1), torch.ones(6))
        told = (classes.log(), pooled, last, stages, look)
        assert vit.distance(told, own).item() == pytest.approx(0, abs=1e-4)
        for n in range(5):
            worse = [*told]
            worse[n] = [part.flip(1) for part in told[n]] if n == 3 else told[n].flip(-1)
            assert vit.distance(tuple(worse), own).item() > 0.001


def test_where_it_looks_is_the_class_tokens_row_of_the_rollout():
    student, pixels = vit.fresh_student(0).eval(), _noise(2)
    kept = torch.arange(49).flip(0).repeat(2, 1)
    with torch.no_grad():
        *_, looks = student(pixels, kept)
        weights = torch.stack(student.model(pixels, output_attentions=True).attentions)  # (L, B, H, T, T)
    for n, look in enumerate(looks):
        row = rollout(weights[:, n].numpy())[0, 1:]
        np.testing.assert_allclose(look.flip(0), row / row.sum(), atol=1e-6, rtol=1e-4)


def test_patches_left_out_are_not_seen_and_the_others_keep_their_places():
    student, pixels = vit.fresh_student(0).eval(), _noise(2)
    kept = torch.stack([torch.randperm(49, generator=torch.Generator().manual_seed(n))[:20] for n in range(2)])
    hidden = pixels.clone()
    for n, own in enumerate(kept):
        for patch in set(range(49)) - set(own.tolist()):
            y, x = 16 * (patch // 7), 16 * (patch % 7)
            hidden[n, :, y : y + 16, x : x + 16] = 0
    with torch.no_grad():
        told, again = student(pixels, kept), student(hidden, kept)
        assert all(torch.equal(own, other) for own, other in zip((*told[:3], *told[3]), (*again[:3], *again[3]), strict=True))
        turned = student(pixels, kept.flip(1))
        torch.testing.assert_close(told[0], turned[0], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(told[2], turned[2].flip(1), atol=1e-5, rtol=1e-4)
        whole = torch.arange(49).repeat(2, 1)
        torch.testing.assert_close(student(pixels, whole)[0], student.model(pixels).logits, atol=1e-5, rtol=1e-4)


def _noise(count):
    return torch.rand(count, 3, 112, 112, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_a_training_that_was_stopped_ends_as_one_that_was_not(tmp_path, monkeypatch, photos, seen):
    for name, value in {"WIDTH": 16, "LAYERS": 3, "HEADS": 2, "AFTER": (1, 2)}.items():
        monkeypatch.setattr(vit, name, value)
    monkeypatch.setattr(vit.efficientnet_lite, "load", Teacher)
    monkeypatch.setattr(progress, "KEEP_EVERY", 2)
    recipe = replace(vit.RECIPE, steps=5, batch=2)
    runs = [Run("vit", tmp_path, tmp_path, tmp_path / name, torch.device("cpu")) for name in ("whole", "stopped")]
    whole = [loss for _, loss, *_ in vit.fit(runs[0], seen, recipe)]
    for step, *_ in vit.fit(runs[1], seen, recipe):
        if step == 3:
            break
    rest = list(vit.fit(runs[1], seen, recipe))
    assert [step for step, *_ in rest] == [3, 4, 5]
    assert [loss for _, loss, *_ in rest] == pytest.approx(whole[2:], abs=1e-5)
    vit.save(rest[-1][2].model, tmp_path / "saved")
    opened = Transformer(read_checkpoint(tmp_path / "saved"))
    assert opened.attend(image=photos[0])["vision"].weights.shape == (3, 2, 50, 50)
    assert opened.config.id2label[0] == "tench"
    pixels = torch.from_numpy(np.asarray(Image.open(photos[0]).resize((112, 112), Image.Resampling.BICUBIC), np.float32))
    expected = rest[-1][2].model.eval()(pixels.permute(2, 0, 1)[None] / 127.5 - 1).logits[0].softmax(-1)
    np.testing.assert_allclose(opened.classes(photos[0]), expected.detach().numpy(), atol=2e-5)  # the file holds float16


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
    assert vit_measure.agreement(tiny, says([own, *others[:5]]), [path], 32) == {
        "photos": 1,
        "in_teachers_first_five": 1,
        "is_teachers_first": 1,
    }
    assert vit_measure.agreement(tiny, says([*others[:4], own]), [path], 32) == {
        "photos": 1,
        "in_teachers_first_five": 1,
        "is_teachers_first": 0,
    }
    assert vit_measure.agreement(tiny, says([*others[:5], own]), [path], 32) == {
        "photos": 1,
        "in_teachers_first_five": 0,
        "is_teachers_first": 0,
    }
