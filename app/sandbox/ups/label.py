"""Draws a label: bars from the tracking number, in a GIF that any browser shows. No carrier would scan it."""

_WIDTH, _HEIGHT, _MARGIN = 160, 240, 8
_WHITE, _BLACK = 0, 1
_CODES_BETWEEN_CLEARS = 100
"""The codes grow a bit wider when 128 entries are in the table; clearing it before keeps each in one byte."""


def label_gif(tracking_number: str) -> bytes:
    """GIF 89a with two colors, its pixels not compressed."""
    header = b"GIF89a" + _WIDTH.to_bytes(2, "little") + _HEIGHT.to_bytes(2, "little") + b"\xf6\0\0"
    palette = b"\xff\xff\xff" + b"\0" * 3 * 127
    image = b"," + b"\0" * 4 + _WIDTH.to_bytes(2, "little") + _HEIGHT.to_bytes(2, "little") + b"\0"
    return header + palette + image + b"\x07" + _blocks(_codes(_pixels(tracking_number))) + b"\0;"


def _pixels(tracking_number: str) -> bytes:
    bits = "".join(f"{byte:07b}" for byte in tracking_number.encode())
    bars = [_BLACK if bits[x % len(bits)] == "1" else _WHITE for x in range(_WIDTH - 2 * _MARGIN)]
    blank, margin = bytes(_WIDTH), bytes(_MARGIN)
    row = margin + bytes(bars) + margin
    return blank * _MARGIN + row * (_HEIGHT - 2 * _MARGIN) + blank * _MARGIN


def _codes(pixels: bytes) -> bytes:
    clear, end = 0x80, 0x81
    codes = bytearray()
    for start in range(0, len(pixels), _CODES_BETWEEN_CLEARS):
        codes.append(clear)
        codes += pixels[start : start + _CODES_BETWEEN_CLEARS]
    codes.append(end)
    return bytes(codes)


def _blocks(codes: bytes) -> bytes:
    pieces = (codes[start : start + 255] for start in range(0, len(codes), 255))
    return b"".join(bytes([len(piece)]) + piece for piece in pieces)
