"""Every kind of file a person may upload: what comes out, or the sentence they read."""

import io

import numpy as np
import pytest
from PIL import Image

from attention_core.encoders import picture
from attention_core.encoders.picture import open_picture
from attention_core.errors import InputError

WHITE, RED, BLUE = (255, 255, 255), (255, 0, 0), (0, 0, 255)


def file(image, kind="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def halves(left, right, mode="RGB"):
    """40 × 20 pixels: the left half of one colour, the right half of another."""
    image = Image.new(mode, (40, 20), left)
    image.paste(right, (20, 0, 40, 20))
    return image


def colours(image):
    return image.getpixel((5, 10)), image.getpixel((35, 10))


def refused(source):
    with pytest.raises(InputError) as caught:
        open_picture(source)
    return str(caught.value)


def test_a_path_bytes_and_a_pil_image_give_the_same_picture(tmp_path):
    image = halves(RED, BLUE)
    image.save(tmp_path / "a.png")
    for source in (image, tmp_path / "a.png", str(tmp_path / "a.png"), (tmp_path / "a.png").read_bytes()):
        opened = open_picture(source)
        assert (opened.mode, opened.size, colours(opened)) == ("RGB", (40, 20), (RED, BLUE))


@pytest.mark.parametrize(("orientation", "expected"), [(1, (RED, BLUE)), (2, (BLUE, RED)), (3, (BLUE, RED))])
def test_exif_turns_the_picture_upright(orientation, expected):
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert colours(open_picture(file(halves(RED, BLUE), exif=exif))) == expected


def test_exif_of_a_phone_held_upright_swaps_the_sides():
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to see it upright: the left half comes to lie on top
    opened = open_picture(file(halves(RED, BLUE), exif=exif))
    assert opened.size == (20, 40)
    assert (opened.getpixel((10, 5)), opened.getpixel((10, 35))) == (RED, BLUE)


def test_transparency_is_laid_on_white():
    assert colours(open_picture(file(halves((0, 0, 0, 0), (255, 0, 0, 255), "RGBA")))) == (WHITE, RED)
    assert colours(open_picture(file(halves((0, 128), (0, 255), "LA"))))[0] == (127, 127, 127)
    assert colours(open_picture(file(halves(RED, BLUE), transparency=RED))) == (WHITE, BLUE)


def test_a_palette_keeps_its_colours_and_its_transparent_one():
    paletted = halves(RED, BLUE).quantize(2)
    assert colours(open_picture(file(paletted))) == (RED, BLUE)
    assert colours(open_picture(file(paletted, transparency=paletted.getpixel((5, 10))))) == (WHITE, BLUE)


def test_cmyk_is_converted():
    left, right = colours(open_picture(file(halves((0, 255, 255, 0), (255, 255, 0, 0), "CMYK"), "JPEG", quality=95)))
    np.testing.assert_allclose([left, right], [RED, BLUE], atol=6)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_scaled_and_not_cut_off(kind):
    grey = np.full((20, 40), 65535 // 2, dtype=np.uint16)
    grey[:, 20:] = 65535
    assert colours(open_picture(file(Image.fromarray(grey), kind))) == ((127, 127, 127), WHITE)


def test_real_numbers_are_scaled_to_their_own_range():
    real = np.zeros((20, 40), dtype=np.float32)
    real[:, 20:] = 0.25
    assert colours(open_picture(file(Image.fromarray(real), "TIFF"))) == ((0, 0, 0), WHITE)


def test_one_bit_and_grey_become_rgb():
    assert colours(open_picture(file(halves(0, 1, "1")))) == ((0, 0, 0), WHITE)
    assert colours(open_picture(file(halves(7, 200, "L")))) == ((7, 7, 7), (200, 200, 200))


def test_an_animation_gives_its_first_frame():
    frames = [halves(RED, BLUE), halves(BLUE, RED)]
    assert colours(open_picture(file(frames[0], "GIF", save_all=True, append_images=frames[1:]))) == (RED, BLUE)


def test_an_empty_file():
    assert refused(b"") == "The picture must not be empty, got a file of 0 bytes. Choose another file."


def test_a_file_that_is_no_image():
    sentence = "The picture must be a JPEG, PNG, GIF, WebP, BMP or TIFF file, got something else. Choose another file."
    assert refused(b"%PDF-1.4 not a picture") == sentence
    assert refused(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n") == sentence


DAMAGED = "The picture must be a whole file, got one that is cut short or damaged. Save it again, or choose another file."


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_file_cut_short(kind):
    noise = Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8))
    whole = file(noise, kind)
    sentence = refused(whole[: len(whole) // 2])
    # A TIFF's directory and a WebP's length stand where the cut is: such a file cannot even be told apart.
    assert sentence == DAMAGED or (kind in ("TIFF", "WEBP") and sentence.startswith("The picture must be a JPEG, PNG,"))


def test_a_damaged_file():
    whole = bytearray(file(Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8))))
    whole[200:400] = bytes(200)
    assert refused(bytes(whole)) == DAMAGED


def test_a_picture_of_one_pixel():
    sentence = "The picture must be at least 16 pixels wide and high, got 1 × 1. Choose another file."
    assert refused(file(Image.new("RGB", (1, 1)))) == sentence
    assert refused(Image.new("RGB", (1, 1))) == sentence
    assert open_picture(Image.new("RGB", (16, 16))).size == (16, 16)
    assert "got 300 × 15." in refused(Image.new("RGB", (300, 15)))


def test_a_file_over_20_mb_is_refused_before_it_is_read(tmp_path, monkeypatch):
    large = tmp_path / "large.png"
    with large.open("wb") as sparse:
        sparse.truncate(23_400_000)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("the file was opened"))
    sentence = "The picture must be at most 20 MB, got 23.4 MB. Save it smaller and try again."
    assert refused(large) == sentence
    assert refused(bytes(23_400_000)) == sentence


@pytest.mark.parametrize(
    ("size", "got"),
    [((8000, 7000), "got 8000 × 7000 = 56 million"), ((10_000, 10_000), "got far more"), ((20_000, 20_000), "got far more")],
)
def test_more_than_50_megapixels_are_refused_before_they_are_decoded(size, got, monkeypatch):
    content = file(Image.new("1", size), "TIFF", compression="group4")
    monkeypatch.setattr(picture, "_to_rgb", lambda _: pytest.fail("the picture was decoded"))
    assert refused(content) == f"The picture must have at most 50 million pixels, {got}. Make it smaller and try again."


def test_a_missing_file_is_named_without_its_folder(tmp_path):
    sentence = refused(tmp_path / "gone.png")
    assert sentence == "The picture must be a file that exists, got 'gone.png'. Check its name."


def test_something_else_entirely():
    assert refused(3) == "The picture must be an image, a path or bytes, got int. Choose another file."
