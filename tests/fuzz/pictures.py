"""Pictures to upload: small real ones of every kind and mode, then damaged; and heads that promise what is not there."""

import functools
import io
import struct
import zlib

import numpy as np
from PIL import Image

from tests.fuzz.damage import damaged

ROTATION, DATE, MAKER = 0x0112, 0x0132, 0x010F  # EXIF tags
KINDS = (
    ("PNG", "RGB"), ("PNG", "RGBA"), ("PNG", "1"), ("PNG", "L"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "I;16"),
    ("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("GIF", "P"), ("GIF", "L"), ("BMP", "RGB"), ("BMP", "1"), ("BMP", "P"),
    ("TIFF", "RGB"), ("TIFF", "CMYK"), ("TIFF", "F"), ("TIFF", "I;16"), ("TIFF", "I"), ("TIFF", "1"), ("TIFF", "LAB"),
    ("TIFF", "YCbCr"),
    ("WEBP", "RGB"), ("WEBP", "RGBA"), ("PPM", "RGB"), ("PPM", "1"), ("PPM", "L"), ("TGA", "RGB"), ("ICO", "RGBA"),
    ("PDF", "RGB"),
)  # fmt: skip
SIDES = ((40, 30), (40, 30), (40, 30), (16, 16), (15, 16), (1, 1), (16, 900), (1200, 17), (224, 224))


def picture(random):
    """The bytes of a file that says it is a picture."""
    way = random.random()
    if way < 0.1:
        return random.choice((bomb, bmp_bomb, gif_bomb, tiff_bomb))(random)
    if way < 0.15:
        return polyglot(random)
    if way < 0.153:
        return real("PNG", "1", (7000, 7000), 0, False)  # 49 million pixels, which is allowed
    if way < 0.2:
        return random.choice(
            (b"", b"\0" * 500, b"\xff" * 500, random.randbytes(300), b"\xff\xd8\xff", b"GIF89a", b"%PDF-1.4\n%%EOF")
        )
    kind, mode = random.choice(KINDS)
    rotation = random.choice((0, 0, 1, 3, 6, 8, 9, 65535))
    content = real(kind, mode, random.choice(SIDES), rotation, kind in ("GIF", "PNG", "WEBP", "TIFF") and random.random() < 0.1)
    return damaged(random, content) if random.random() < 0.85 else content


@functools.lru_cache(maxsize=256)
def real(kind, mode, size, rotation, moves):
    """A picture of noise as a file, with EXIF if it is turned, of two frames if it moves."""
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    own = Image.fromarray(noise) if mode not in ("I;16", "I", "F") else Image.fromarray(_levels(noise, mode))
    own = own if own.mode == mode else own.convert(mode)
    options, file = {}, io.BytesIO()
    if rotation and kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        exif = Image.Exif()
        exif[ROTATION], exif[DATE], exif[MAKER] = rotation, "not a date", "<script>canary</script>" * 9
        options["exif"] = exif
    if moves:
        options |= {"save_all": True, "append_images": [own.rotate(90)]}
    own.save(file, kind, **options)
    return file.getvalue()


def _levels(noise, mode):
    grey = noise[..., 0]
    return {"I;16": grey.astype(np.uint16) * 257, "I": grey.astype(np.int32) * 70_000 - 9, "F": grey.astype(np.float32) * 1e36}[
        mode
    ]


def bomb(random):
    """A PNG of a few bytes that says it has sides up to 2³² pixels, or text that unpacks to very much."""
    sides = [random.choice((0, 1, 16, 7100, 9000, 20_000, 65_535, 2**31 - 1, 2**31, 2**32 - 1)) for _ in range(2)]
    head = struct.pack(
        ">IIBBBBB", *sides, random.choice((1, 8, 16, 99)), random.choice((0, 2, 3, 6, 7)), 0, 0, random.choice((0, 1))
    )
    more = chunk(b"zTXt", b"canary\0\0" + zlib.compress(b"a" * 3_000_000)) if random.random() < 0.2 else b""
    body = chunk(b"IDAT", zlib.compress(b"\0" * 4000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + more + body + chunk(b"IEND", b"")


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bmp_bomb(random):
    content = bytearray(real("BMP", "RGB", (40, 30), 0, False))
    content[18:26] = struct.pack("<ii", *(random.choice((-30, 0, 16, 8000, 2**31 - 1, -(2**31))) for _ in range(2)))
    return bytes(content)


def gif_bomb(random):
    content = bytearray(real("GIF", "L", (40, 30), 0, False))
    content[6:10] = struct.pack("<HH", *(random.choice((0, 40, 7000, 65_535)) for _ in range(2)))
    return bytes(content)


def tiff_bomb(random):
    """A TIFF in which a tag about its size or its strips says something else."""
    content = bytearray(real("TIFF", random.choice(("RGB", "L", "1")), (40, 30), 0, False))
    start = struct.unpack_from("<I", content, 4)[0]
    count = struct.unpack_from("<H", content, start)[0]
    place = start + 2 + 12 * random.randrange(count)
    struct.pack_into("<I", content, place + random.choice((4, 8)), random.choice((0, 1, 7000, 65_535, 2**31, 2**32 - 1)))
    return bytes(content)


def polyglot(random):
    """A file that is two things."""
    first, second = real("GIF", "P", (40, 30), 0, False), real("JPEG", "RGB", (40, 30), 0, False)
    page = b"<html><script>canary</script><img src=x onerror=canary></html>"
    return random.choice((
        first + page, first[:6] + page + first, page + first, second + first, first + second, b"PK\3\4" + second,
        second + b"PK\5\6" + bytes(18),
        b"%PDF-1.4\n" + first, b'<svg xmlns="http://www.w3.org/2000/svg" onload="canary"/>',
        second[:2] + b"\xff\xfe\x00\x50" + page.ljust(78) + second[2:],
    ))  # fmt: skip
