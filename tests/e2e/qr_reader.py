"""Reads a QR code that was drawn with half blocks, as ISO/IEC 18004 has it, up to version 5 with level L: one block, bytes alone.
Nothing is corrected: a module that is wrong is seen."""

MARGIN = 4
MASKS = (lambda r, c: (r + c) % 2, lambda r, c: r % 2, lambda r, c: c % 3, lambda r, c: (r + c) % 3,
         lambda r, c: (r // 2 + c // 3) % 2, lambda r, c: r * c % 2 + r * c % 3,
         lambda r, c: (r * c % 2 + r * c % 3) % 2, lambda r, c: ((r + c) % 2 + r * c % 3) % 2)


def modules(text, written_is_dark):
    """What is dark, row by row, without the margin."""
    lines = [line for line in text.splitlines() if line and set(line) <= set(" ▀▄█")]
    rows = []
    for line in lines:
        rows += [[c in upper for c in line] for upper in ("▀█", "▄█")]
    if not written_is_dark:
        rows = [[not written for written in row] for row in rows]
    size = len(lines[0]) - 2 * MARGIN
    around = [row for n, row in enumerate(rows[:size + 2 * MARGIN]) if not MARGIN <= n < MARGIN + size]
    around += [row[:MARGIN] + row[-MARGIN:] for row in rows[:size + 2 * MARGIN]]
    assert not any(map(any, around)), "the margin is light"
    return [row[MARGIN:-MARGIN] for row in rows[MARGIN:MARGIN + size]]


def is_data(r, c, size):
    finders = (r < 9 and c < 9) or (r < 9 and c >= size - 8) or (r >= size - 8 and c < 9)
    alignment = size > 21 and abs(r - size + 7) <= 2 and abs(c - size + 7) <= 2
    return not (finders or alignment or r == 6 or c == 6)


def read(text, written_is_dark=True):
    dark = modules(text, written_is_dark)
    size = len(dark)
    masked = MASKS[(dark[8][2] ^ 1) << 2 | dark[8][3] << 1 | (dark[8][4] ^ 1)]
    bits, up = "", True
    for right in [c for c in range(size - 1, 6, -2)] + [5, 3, 1]:
        for r in range(size - 1, -1, -1) if up else range(size):
            for c in (right, right - 1):
                if is_data(r, c, size):
                    bits += str(int(dark[r][c] ^ (masked(r, c) == 0)))
        up = not up
    assert bits[:4] == "0100", "bytes"
    count = int(bits[4:12], 2)
    return bytes(int(bits[12 + 8 * n:20 + 8 * n], 2) for n in range(count)).decode()
