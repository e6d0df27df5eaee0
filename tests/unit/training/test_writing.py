"""Fitting what writes: the light loss beside torch's, batches, going on after a stop, and a short run's loss."""

import itertools

import pytest
import torch
from torch.nn.functional import cross_entropy

from attention_core.learning import Recipe, draw
from attention_core.tasks.translation import SOURCE, TARGET, VOCABULARY, TranslationModel
from attention_core.training.translation import Pairs
from attention_core.training.translation_data import learn_pieces
from attention_core.training.writing import SMOOTHING, WordLoss, like_lengths

PAIRS = [
    ("I am tired.", "Je suis fatigué."),
    ("You are tired.", "Tu es fatigué."),
    ("I am a student.", "Je suis étudiant."),
    ("She is my sister.", "C'est ma sœur."),
    ("He reads a book.", "Il lit un livre."),
    ("He is reading.", "Il lit."),
]
RECIPE = Recipe(steps=12, batch=2, learning_rate=3e-3, seed=5)


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("translation")
    for file, sentences in zip((SOURCE, TARGET), zip(*PAIRS * 9, strict=True), strict=True):
        learn_pieces(sentences, 60).tokenizer.save(str(folder / file))
    (folder / VOCABULARY).write_text("a", "utf-8")
    return TranslationModel(torch.device("cpu"), folder)


@pytest.fixture(scope="module")
def pairs(model):
    return Pairs(**Pairs.encoded(PAIRS, model))


def losses(model, pairs, stop=None, kept=None, recipe=RECIPE, dropped=0.15):
    head = draw(lambda: model.build_head("additive"), 0)
    for module in head.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = dropped
    steps = itertools.islice(pairs.fit(head, recipe, 0, kept, half=False), stop)
    return [step.loss for step in steps], head


def test_the_loss_and_its_gradients_are_torchs(random):
    read = torch.randn(300, 5, generator=random, requires_grad=True)
    embedding = torch.randn(11, 5, generator=random, requires_grad=True)
    bias = torch.randn(11, generator=random, requires_grad=True)
    words = torch.randint(11, (300,), generator=random)
    expected = cross_entropy(read @ embedding.T + bias, words, label_smoothing=SMOOTHING)
    gradients = torch.autograd.grad(expected, (read, embedding, bias))
    found, sure = WordLoss.apply(read, embedding, bias, words, False)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(torch.autograd.grad(3 * found, (read, embedding, bias)), tuple(3 * own for own in gradients))
    chances = (read @ embedding.T + bias).softmax(-1).gather(1, words[:, None])
    assert sure == pytest.approx(chances.mean().item(), abs=1e-5)


def test_half_precision_moves_the_loss_little(random):
    read, embedding, bias = (torch.randn(shape, generator=random) for shape in ((64, 8), (11, 8), (11,)))
    words = torch.randint(11, (64,), generator=random)
    whole, half = (WordLoss.apply(read, embedding, bias, words, is_half)[0].item() for is_half in (False, True))
    assert half == pytest.approx(whole, rel=0.01)


def test_a_batch_has_one_source_length_and_all_pairs_come_once(random):
    first, second = (torch.randint(2, 6, (200,), generator=random) for _ in range(2))
    batches = like_lengths(first, second, 16, seed=3)
    assert sorted(torch.cat(batches).tolist()) == list(range(200))
    assert max(map(len, batches)) == 16
    assert all(len(set(first[own].tolist())) == 1 for own in batches)
    spread = torch.stack([second[own].float().var(correction=0) for own in batches]).mean()
    assert spread < second.float().var() / 2  # lengths of the other side are alike too
    again, other = like_lengths(first, second, 16, seed=3), like_lengths(first, second, 16, seed=4)
    assert [own.tolist() for own in again] == [own.tolist() for own in batches] != [own.tolist() for own in other]


def test_pairs_in_pieces_are_the_sentences(model, pairs):
    read, words, real = pairs.table(torch.tensor([0]), torch.device("cpu"))
    assert "".join(model.source.labels[piece] for piece in read[0]) == "▁I▁am▁tired▁.[END]"
    assert "".join(model.target.labels[piece] for piece in words[0]) == "▁Je▁suis▁fatigué▁.[END]"
    assert real.all()
    batch = next(own for own in pairs.batches(0) if len(own) == 2)
    _, words, real = pairs.table(batch, torch.device("cpu"))
    assert real.sum(1).tolist() == pairs.lengths[1][batch].tolist()
    assert not words[~real].any()  # what is padded is END and does not count


def test_too_long_or_unknown_sentences_are_left_out(model):
    kept = Pairs(**Pairs.encoded([*PAIRS, ("I am " * 40, "Je suis."), ("He reads 漢.", "Il lit.")], model))
    assert len(kept) == len(PAIRS)


def test_a_stopped_run_ends_as_an_unbroken_one(model, pairs, tmp_path):
    whole, head = losses(model, pairs)
    per_epoch = len(pairs.batches(0))
    first, _ = losses(model, pairs, stop=per_epoch + 1, kept=tmp_path / "kept.pt")  # one epoch, and a step that is lost
    second, resumed = losses(model, pairs, kept=tmp_path / "kept.pt")
    assert first[:per_epoch] + second == whole
    for name, parameter in head.state_dict().items():
        torch.testing.assert_close(resumed.state_dict()[name], parameter, rtol=0, atol=0, msg=name)


def test_a_short_run_has_the_golden_loss(model, pairs):
    """What the code that trained the shipped weights gives, in float32; nothing dropped, since processors drop differently."""
    found, _ = losses(model, pairs, recipe=Recipe(steps=60, batch=2, learning_rate=3e-3, seed=5), dropped=0.0)
    assert found[0] == pytest.approx(4.09989, abs=1e-3)
    assert sum(found[-6:]) / 6 == pytest.approx(1.4340, abs=1e-2)
