"""Colours: read independently of the code that makes them."""

import tomllib
from pathlib import Path

import numpy as np
import pytest

from app.figures import theme as colours

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("light", "dark")


def linear(rgb):
    """sRGB bytes (…, 3) as linear light, by the standard's formula."""
    share = np.asarray(rgb, dtype=np.float64) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def lightness(rgb):
    """CIE 1976 L* of sRGB bytes (…, 3)."""
    luminance = linear(rgb) @ np.array([0.2126729, 0.7151522, 0.0721750])
    return np.where(luminance > 216 / 24389, 116 * np.cbrt(luminance) - 16, luminance * 24389 / 27)


def rgb(colour):
    return [int(colour[n : n + 2], 16) for n in (1, 3, 5)]


def ratio(first, second):
    """WCAG contrast of two hex colours."""
    high, low = sorted((linear(rgb(own)) @ np.array([0.2126, 0.7152, 0.0722]) for own in (first, second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_grow_monotonely_in_lightness_from_the_page_itself(kind):
    palette = colours.sequential(kind)
    steps = np.diff(lightness(palette))
    assert palette[0].tolist() == rgb(colours.theme(kind).background)
    assert (steps < 0.05).all() if kind == "light" else (steps > -0.05).all()
    assert abs(lightness(palette[-1]) - lightness(palette[0])) > 60


@pytest.mark.parametrize("kind", KINDS)
def test_signed_numbers_leave_the_page_in_both_directions(kind):
    palette = colours.diverging(kind)
    middle = len(palette) // 2
    away = np.abs(lightness(palette) - lightness(palette[middle]))
    assert palette[middle].tolist() == rgb(colours.theme(kind).background)
    assert (np.diff(away[middle:]) > -0.3).all()
    assert (np.diff(away[: middle + 1]) < 0.3).all()
    assert away[0] > 50
    assert away[-1] > 50


@pytest.mark.parametrize("kind", KINDS)
def test_text_reads_on_every_tint(kind):
    pairs = colours.tints(np.linspace(0, 1, 512), kind)
    assert min(ratio(ground, ink) for ground, ink in pairs) >= 4.5


@pytest.mark.parametrize("kind", KINDS)
def test_text_reads_on_both_grounds(kind):
    own = colours.theme(kind)
    for ground in (own.background, own.surface):
        assert min(ratio(ground, ink) for ink in (own.ink, own.muted, own.accent)) >= 4.5


def test_contrast_of_black_on_white_is_21():
    assert colours.contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("kind", KINDS)
def test_streamlit_draws_with_the_same_colours(kind):
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text("utf-8"))["theme"]
    own = colours.theme(kind)
    assert config[kind]["backgroundColor"] == own.background
    assert config[kind]["sidebar"]["backgroundColor"] == config[kind]["secondaryBackgroundColor"] == own.surface
    assert config[kind]["primaryColor"] == own.accent
    assert config[kind]["textColor"] == own.ink
    assert config[kind]["borderColor"] == own.line
    assert config["font"] == colours.FONT


def test_an_unknown_kind_is_light():
    assert colours.theme(None) is colours.theme("light")


def test_a_plotly_scale_runs_from_0_to_1_over_the_whole_palette():
    scale = colours.plotly_scale(colours.sequential("light"))
    assert scale[0] == [0.0, colours.LIGHT.sequential[0]]
    assert scale[-1] == [1.0, colours.LIGHT.sequential[-1]]
    assert [place for place, _ in scale] == sorted({place for place, _ in scale})
