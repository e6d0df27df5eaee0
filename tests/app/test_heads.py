"""All heads of a transformer made small, and which of them is chosen; what is kept of what was read."""

import io
import itertools
import json
import struct
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from app import heads
from app.components import heads as drawn
from app.components.heads_sheet import heads_sheet
from app.figures.printed import draw
from app.figures.printed_heads import Heads
from app.services import transformers as services
from attention_core.transformers import AttentionStack, habits, rollout


def stack_of(rng, kind="encoder", layers=2, count=3, rows=7, columns=7, grid=None):
    weights = rng.random((layers, count, rows, columns)).astype(np.float32)
    if kind == "decoder":
        weights *= np.tril(np.ones((rows, columns), np.float32))
    weights /= weights.sum(-1, keepdims=True)
    first = np.arange(rows) == 0
    labels = [tuple(f"{side}{n}" for n in range(size)) for side, size in (("q", rows), ("k", columns))]
    return AttentionStack(kind, tuple(range(layers)), weights, *labels, first, np.arange(columns) == 0, grid)


@pytest.fixture
def stack(rng):
    return stack_of(rng)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def test_pooling_takes_the_largest_of_each_block(rng):
    values = rng.random((2, 11, 6))
    found = heads.pooled(values, 4)
    edges = [[int(n * size / 4) for n in range(5)] for size in (11, 6)]
    for own, row, col in itertools.product(range(2), range(4), range(4)):
        block = values[own, edges[0][row] : edges[0][row + 1], edges[1][col] : edges[1][col + 1]]
        assert found[own, row, col] == block.max()
    assert heads.pooled(values, 11).shape == values.shape


def test_a_line_one_token_wide_does_not_fade():
    assert (heads.pooled(np.eye(500), 48).diagonal() == 1).all()


@pytest.mark.parametrize("scale", heads.SCALES)
def test_a_scale_ends_at_the_largest_weight_it_names(stack, scale):
    weights = stack.weights
    shares = heads.shares(weights, scale, float(weights.max()))
    for layer, head, row in itertools.product(range(2), range(3), range(7)):
        top = {"head": weights[layer, head], "row": weights[layer, head, row], "all": weights}[scale].max()
        np.testing.assert_allclose(shares[layer, head, row], weights[layer, head, row] / top, rtol=1e-6)


def test_small_heatmaps_are_the_heads_and_then_the_summaries(stack):
    found = heads.small(stack, heads.MAX, heads.HEAD_SCALE)
    wanted = [*stack.weights.reshape(-1, 7, 7), *stack.weights.max(1), stack.weights.max((0, 1)), rollout(stack.weights)]
    assert len(found) == len(wanted) == 2 * 3 + 2 + 2
    for own, weights in zip(found, wanted, strict=True):
        np.testing.assert_allclose(own, 255 * weights / weights.max(), atol=0.5)


def test_a_picture_shows_what_the_pinned_rows_look_at(rng):
    stack = stack_of(rng, "vision", rows=7, columns=7, grid=(2, 3))
    found = heads.small(stack, heads.MEAN, heads.HEAD_SCALE, (0, 4))
    seen = (stack.weights[1, 2, 0, 1:] + stack.weights[1, 2, 4, 1:]).reshape(2, 3)
    np.testing.assert_allclose(found[5], 255 * seen / seen.max(), atol=0.5)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("1.2", (1, 2)), ("0.mean", (0, "mean")), ("all.max", (None, "max")), ("rollout", (None, "rollout")),
        ("2.0", (0, 0)), ("0.3", (0, 0)), ("all.1", (0, 0)), ("nonsense", (0, 0)), (None, (0, 0)), (7, (0, 0)),
    ],
)  # fmt: skip
def test_a_name_that_the_stack_does_not_have_gives_the_first_head(stack, name, wanted):
    own = heads.chosen(name, stack)
    assert (own.layer, own.head) == wanted
    assert heads.chosen(own.name, stack) == own


def test_rollout_is_not_offered_for_a_target_over_its_source(rng):
    stack = stack_of(rng, "cross", rows=4, columns=7)
    assert heads.chosen("rollout", stack).head == 0
    assert "rollout" not in [own.name for own in heads.summaries(stack, heads.MEAN)]


def test_the_first_head_shown_is_the_one_that_follows_its_neighbours_most(stack):
    weights = stack.weights.copy()
    weights[1, 1] = np.roll(np.eye(7), 1, 1)  # each looks at the next
    own = heads.chosen(None, stack, habits(weights, False))
    assert (own.layer, own.head) == (1, 1)


@pytest.mark.parametrize("which", [(0, 1), (1, "mean"), (1, "max"), (None, "mean"), (None, "max"), (None, "rollout")])
def test_a_heatmap_is_the_one_that_its_name_says(stack, which):
    layer, head = which
    part = stack.weights if layer is None else stack.weights[layer]
    axes = (0, 1) if layer is None else 0
    wanted = {"mean": lambda: part.mean(axes), "max": lambda: part.max(axes), "rollout": lambda: rollout(part)}
    found = heads.weights_of(stack, heads.Chosen(*which))
    np.testing.assert_allclose(found, wanted[head]() if head in wanted else part[head], atol=1e-7)


def unpacked(data):
    length = struct.unpack("<I", data[:4])[0]
    header = json.loads(data[4 : 4 + length])
    return header, data[4 + length + 4 * sum(header["sizes"]) :]


def test_what_travels_is_a_byte_a_dot_and_two_a_weight(rng):
    stack = stack_of(rng, layers=3, count=4, rows=300, columns=300)  # with weights down to 10⁻⁷
    own = heads.Chosen(1, 2)
    header, small = unpacked(
        drawn.grid(stack, habits(stack.weights, False), own, heads.small(stack, "mean", "head"), "mean", "head", "x", None)
    )
    assert len(small) == (3 * 4 + 3 + 2) * heads.SIDE**2
    assert len(header["maps"]) == 3 * 4 + 3 + 2 and len(header["habits"]) == 12
    header, body = unpacked(drawn.large(stack, stack.weights[1, 2], own, "head", "x", [], None, title="t"))
    np.testing.assert_allclose(
        np.frombuffer(body, "<f2").astype(np.float32).reshape(300, 300) / 2**15, stack.weights[1, 2], rtol=1e-3
    )


def test_a_shelf_keeps_so_many_of_one_visitor_and_nothing_for_long(monkeypatch):
    shelf, made, now = services.Shelf(1000), [], [0.0]
    monkeypatch.setattr(services.time, "monotonic", lambda: now[0])

    def get(owner, name):
        return shelf.get((owner, name), lambda: made.append(name) or SimpleNamespace(bytes=1))

    other = get("other", "x")
    for name in range(services.KEPT_READS + 1):
        get("one", name)
    assert get("other", "x") is other
    get("one", 1)
    assert made == ["x", 0, 1, 2, 3]
    get("one", 0)  # the first of too many is gone
    assert made == ["x", 0, 1, 2, 3, 0]
    now[0] = 4000.0
    assert get("other", "x") is not other


def test_no_weight_is_told_as_one_or_none_that_is_not(rng):
    stack = stack_of(rng)
    weights = np.zeros((7, 7), np.float32)
    weights[0, :4] = [1, 0.9998, 1e-14, 0]
    _, body = unpacked(drawn.large(stack, weights, heads.Chosen(0, 0), "head", "x", [], None, title="t"))
    told = np.frombuffer(body, "<f2").astype(np.float32) / 2**15
    assert told[0] == 1 and 0.999 < told[1] < 1 and 0 < told[2] < 2e-9 and told[3] == 0


def test_a_shelf_lets_go_of_what_was_used_longest_ago():
    shelf, made = services.Shelf(100), []

    def get(key):
        return shelf.get((key,), lambda: made.append(key) or SimpleNamespace(bytes=40))

    first = get("a")
    get("b")
    assert get("a") is first
    get("c")  # 120 bytes: b, used longest ago, goes
    assert get("a") is first
    get("b")
    assert made == ["a", "b", "c", "b"]


@pytest.mark.parametrize("which", [(1, 2), (0, "mean"), (None, "max"), (None, "rollout")])
def test_the_lines_of_python_give_what_is_shown(which, capsys):
    text = "A cat sat."
    read = services.read("minilm", services.Given(text))
    stack, own = read.stack("encoder", True), heads.Chosen(*which)
    weights = heads.weights_of(stack, own)
    small = Heads(heads.small(stack, heads.MEAN, heads.HEAD_SCALE), [*map(str, range(12)), "mean"], 6, "")
    sheet = heads_sheet("minilm", read, stack, own, weights, "title", (), services.Given(text), small)
    told = []
    exec(sheet.lines.replace("print(", "told.append("), {"told": told})
    np.testing.assert_allclose(told[0], weights, atol=1e-6)


def test_every_head_is_printed_in_the_line_of_its_layer(rng):
    """One head alone is dark: in the picture its place is, and no other."""
    small = np.zeros((2 * 3 + 2, 9, 9), np.uint8)
    small[1 * 3 + 2] = 255
    file = draw("png", "t", [("", Heads(small, ["1", "2", "3", "mean"], 2, "share"))], "p")
    pixels = np.asarray(Image.open(io.BytesIO(file)).convert("L"), int)
    dark = np.argwhere(pixels < 60)
    ys, xs = dark[:, 0], dark[:, 1]
    big = dark[(xs > 380) & (xs < 560)]  # the third of four columns
    assert len(big) > 0.9 * 150 * 150
    assert len(dark) - len(big) < 4000  # besides it there is only text
    assert ys[(xs > 380) & (xs < 560)].min() > 250  # in the second line
