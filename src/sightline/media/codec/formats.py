"""What a file is by its first bytes, never by its name. Loads no library to tell it."""

from __future__ import annotations

HEAD_BYTES = 256
"""How much of a file's beginning tells what it is."""

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}


def still_form(head: bytes) -> str | None:
    """Which of the formats of `stills` it is; None for what FFmpeg reads. `head` is the first
    `HEAD_BYTES` of a file, or all of it."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(_TIFF):
        return "tiff"
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    return _heif_form(head) if head[4:8] == b"ftyp" else None


def _heif_form(head: bytes) -> str | None:
    """By the brands in the first box: ISO/IEC 14496-12, 4.3 and 23008-12, 10."""
    box = head[: int.from_bytes(head[:4], "big")]
    major, *others = (box[at : at + 4] for at in (8, *range(16, len(box) - 3, 4)))
    if major not in {b"avif", b"heic", b"heix", b"heim", b"heis", b"mif1"} or b"avis" in others:
        return None  # a video, or pictures in a row
    brands = {major, *others}
    return "avif" if b"avif" in brands else "heic"
