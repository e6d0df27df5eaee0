import hashlib
import json
from collections import Counter

import numpy as np
import pytest
import torch
from PIL import Image

from attention_core import lessons
from attention_core.library import EXAMPLES
from attention_core.tasks import find_lesson
from attention_core.tasks.encoding import Head
from attention_core.tasks.find_lesson import CREDITS, LESSON_PHOTOS, TILES, Loss, Photos, hits, measure, prepare, shipped
from tests.examples import task_of

MEGABYTES = 1.5


class Dot(torch.nn.Module):
    def forward(self, query, key):
        return query @ key.transpose(1, 2)


@pytest.fixture
def photos():
    """Forty photos of four kinds, every cell of them different."""
    generator = torch.Generator().manual_seed(1)
    keys = torch.randn(40, 5, 5, 6, generator=generator)
    return Photos(keys.half(), torch.arange(40) % 4, torch.randn(4, 6, generator=generator))


def test_the_shipped_photos_are_what_their_credits_say():
    credit = json.loads(CREDITS.read_text("utf-8"))
    assert credit["licence"] == "CC BY 2.0"
    files = credit["learn"] + credit["apart"]
    assert {own["file"] for own in files} == {path.name for path in LESSON_PHOTOS.glob("*.jpg")}
    for own in files:
        path = LESSON_PHOTOS / own["file"]
        assert hashlib.sha256(path.read_bytes()).hexdigest() == own["sha256"]
        with Image.open(path) as mosaic:
            assert mosaic.size == (512, 512)
    assert sum(path.stat().st_size for path in LESSON_PHOTOS.iterdir()) < MEGABYTES * 1e6
    for examples, part in zip(shipped(), ("learn", "apart"), strict=True):
        told = [(own["file"], photo["shows"]) for own in credit[part] for photo in own["photos"]]
        assert [(path.name, shows) for path, shows in examples] == told
        assert set(Counter(path for path, _ in examples).values()) == {TILES}
        assert len(set(Counter(shows for _, shows in examples).values())) == 1  # as many of each kind
    assert {shows for _, shows in shipped()[0]} == {shows for _, shows in shipped()[1]}


def test_no_photo_is_there_twice_and_no_photographer_in_both_parts():
    credit = json.loads(CREDITS.read_text("utf-8"))
    watched = next(own for own in json.loads((EXAMPLES / "credits.json").read_text("utf-8")) if "photos" in own)
    parts = [[photo for own in credit[part] for photo in own["photos"]] for part in ("learn", "apart")] + [watched["photos"]]
    sources = [photo["source"] for part in parts for photo in part]
    assert len(set(sources)) == len(sources)
    assert all(source.startswith("https://www.flickr.com/") for source in sources)
    learn, apart, shown = ({photo["author"] for photo in part} for part in parts)
    assert "" not in learn | apart | shown
    assert not learn & (apart | shown)


def test_a_mosaic_lays_each_photo_in_its_place(photos):
    laid = torch.randperm(40, generator=torch.Generator().manual_seed(2))[:32].view(2, 16)
    keys, places = photos.mosaics(laid)
    assert keys.shape == (2, 400, 6)
    for n in range(2):
        for y in range(20):
            for x in range(20):
                tile = 4 * (y // 5) + x // 5
                assert places[n, 20 * y + x] == tile
                expected = photos.keys[laid[n, tile], y % 5, x % 5].float()
                assert keys[n, 20 * y + x].tolist() == expected.tolist()


def test_a_photo_is_looked_for_among_others_of_other_kinds(photos):
    generator = torch.Generator().manual_seed(0)
    for n in range(40):
        laid = photos.among_others(n, generator).tolist()
        assert len(set(laid)) == TILES
        assert [m for m in laid if photos.kinds[m] == photos.kinds[n]] == [n]
    assert photos.among_others(3, generator).tolist() != photos.among_others(3, generator).tolist()


def test_the_loss_is_that_of_a_slow_loop(photos, monkeypatch):
    monkeypatch.setattr(find_lesson, "NUMBERS_DROPPED", 0.0)
    indices = torch.tensor([0, 5, 7])
    value, found = Loss(photos, torch.device("cpu"), 3)(Head(Dot(), torch.nn.Identity()), indices)
    generator, terms, right = torch.Generator().manual_seed(3), [], []
    for n in indices.tolist():
        laid = photos.among_others(n, generator).tolist()
        cells = [photos.keys[photo].double().numpy() for photo in laid]  # 16 of (5, 5, D)
        for kind in range(4):
            energies = [cell @ photos.queries[kind].double().numpy() for cell in cells]
            total = sum(np.exp(own).sum() for own in energies)
            weights = [np.exp(own).sum() / total for own in energies]
            those = [m for m, photo in enumerate(laid) if photos.kinds[photo] == kind]
            if those:
                terms.append(sum(np.log(1 / len(those) / weights[m]) / len(those) for m in those))
            if kind == photos.kinds[n]:
                right.append(laid[int(np.argmax([own.max() for own in energies]))] == n)
    assert value.item() == pytest.approx(np.mean(terms), rel=1e-5)
    assert found == pytest.approx(np.mean(right))


def test_what_is_left_out_is_drawn_from_the_seed(photos):
    head, indices = Head(Dot(), torch.nn.Identity()), torch.tensor([0, 5, 7])
    values = [Loss(photos, torch.device("cpu"), seed)(head, indices)[0].item() for seed in (3, 3, 4)]
    assert values[0] == values[1] != values[2]


@pytest.mark.parametrize(("shift", "found"), [(0, 1.0), (1, 0.0)])
def test_measures_all_or_nothing_where_keys_say_so(shift, found):
    kinds = torch.arange(40) % 4
    keys = torch.nn.functional.one_hot(kinds, 4).half()[:, None, None].expand(-1, 5, 5, -1)
    photos = Photos(keys, kinds, torch.eye(4).roll(shift, 0))
    assert measure(Head(Dot(), torch.nn.Identity()), photos, torch.device("cpu")) == found


def test_of_several_peaks_each_counts_its_part():
    energies = torch.tensor([[1.0, 1.0, 0.0, 1.0], [0.0, 2.0, 1.0, 0.0]])
    inside = torch.tensor([[True, False, True, False], [False, False, True, False]])
    assert hits(energies, inside).tolist() == pytest.approx([1 / 3, 0])


@pytest.fixture(scope="module")
def task():
    return task_of("find", "cpu")


def test_encodes_as_the_task_does_and_cuts_where_the_photos_meet(task):
    examples = shipped()[0][:TILES]
    *_, last = prepare(task.model, examples)
    names = sorted({shows for _, shows in examples})
    alone = task.encode(image=examples[0][0], text=names[2])
    keys = alone.key.view(20, 20, -1)
    for n in (0, 6, 15):
        y, x = 5 * (n // 4), 5 * (n % 4)
        torch.testing.assert_close(last.data.keys[n].float(), keys[y : y + 5, x : x + 5], atol=2e-3, rtol=2e-3)  # float16
    torch.testing.assert_close(last.data.queries[2], alone.query[0])
    assert [names[kind] for kind in last.data.kinds] == [shows for _, shows in examples]


def test_the_floor_finds_one_in_sixteen(task, photos):
    wide = Photos(photos.keys.repeat(1, 1, 1, 214)[..., :1280], photos.kinds, photos.queries.repeat(1, 214)[:, :1280])
    assert measure(lessons.fresh_head(task, "uniform"), wide, task.device) == 1 / 16
