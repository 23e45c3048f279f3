"""The entropy coder of spec/delta.md, section 3: range decoder, adaptive bits, trees, numbers, byte model."""

from verdict import damaged

M32 = 0xFFFFFFFF
REC = [655360 // (10 * k + 16) for k in range(251)]


def trunc_div(a: int, b: int) -> int:
    return -(-a // b) if a < 0 else a // b


def clamp(x: int, low: int, high: int) -> int:
    return max(low, min(high, x))


class RangeDecoder:
    """Decodes one chunk. `used` counts the bytes taken, past the end too (they read as 0)."""

    def __init__(self, chunk: bytes):
        self.chunk = chunk
        self.used = 0
        self.range = M32
        self.code = 0
        if self._next() != 0:
            raise damaged("the chunk's first byte is not 0")
        for _ in range(4):
            self.code = self.code << 8 | self._next()

    def _next(self) -> int:
        byte = self.chunk[self.used] if self.used < len(self.chunk) else 0
        self.used += 1
        return byte

    def _normalise(self) -> None:
        while self.range < 1 << 24:
            self.range = self.range << 8 & M32
            self.code = (self.code << 8 | self._next()) & M32

    def _decide(self, bound: int) -> int:
        if self.code < bound:
            self.range = bound
            bit = 1
        else:
            self.code -= bound
            self.range -= bound
            bit = 0
        self._normalise()
        return bit

    def bit12(self, p: int) -> int:
        return self._decide((self.range >> 12) * p)

    def bit16(self, p: int) -> int:
        return self._decide((self.range >> 16) * p)

    def raw(self, count: int) -> int:
        value = 0
        for _ in range(count):
            self.range >>= 1
            bit = 0
            if self.code >= self.range:
                self.code -= self.range
                bit = 1
            self._normalise()
            value = value << 1 | bit
        return value


class Small:
    """A small model: a 12-bit probability of one and a count."""

    __slots__ = ("p", "k")

    def __init__(self):
        self.p = 2048
        self.k = 0

    def update(self, bit: int, most: int = 15) -> None:
        self.p += trunc_div(((4095 if bit else 0) - self.p) * REC[self.k], 65536)
        self.k = min(self.k + 1, most)

    def decode(self, coder: RangeDecoder) -> int:
        bit = coder.bit12(clamp(self.p, 1, 4095))
        self.update(bit)
        return bit


class Wide:
    """A wide model: a 22-bit probability of one, for hit flags only."""

    __slots__ = ("p", "k")

    def __init__(self):
        self.p = 1 << 21
        self.k = 0

    def decode(self, coder: RangeDecoder) -> int:
        bit = coder.bit16(clamp(self.p >> 6, 8, 65528))
        self.p += trunc_div(((4194303 if bit else 0) - self.p) * REC[self.k], 65536)
        self.k = min(self.k + 1, 250)
        return bit


class Tree:
    """Models 1..2^bits-1; values of fewer bits use its upper part."""

    def __init__(self, bits: int):
        self.bits = bits
        self.models = [Small() for _ in range(1 << bits)]

    def decode(self, coder: RangeDecoder, bits: int | None = None) -> int:
        bits = self.bits if bits is None else bits
        node = 1
        for _ in range(bits):
            node = node << 1 | self.models[node].decode(coder)
        return node - (1 << bits)


class Number:
    """A number class of 3.3."""

    def __init__(self):
        self.length = Tree(6)
        self.second = [Small() for _ in range(33)]

    def unsigned(self, coder: RangeDecoder) -> int:
        bits = self.length.decode(coder)
        if bits > 32:
            raise damaged("a number of more than 32 bits")
        if bits < 2:
            return bits
        value = 2 | self.second[bits].decode(coder)
        return value << (bits - 2) | coder.raw(bits - 2)

    def signed(self, coder: RangeDecoder) -> int:
        value = self.unsigned(coder)
        return -(value >> 1) - 1 if value & 1 else value >> 1


SQUASH = [1, 2, 3, 6, 10, 16, 27, 45, 73, 120, 194, 310, 488, 747, 1101, 1546, 2047,
          2549, 2994, 3348, 3607, 3785, 3901, 3975, 4022, 4050, 4068, 4079, 4085, 4089, 4092, 4093, 4094]


def squash(d: int) -> int:
    if d > 2047:
        return 4095
    if d < -2047:
        return 0
    w = d & 127
    j = (d >> 7) + 16
    return (SQUASH[j] * (128 - w) + SQUASH[j + 1] * w + 64) >> 7 if w else SQUASH[j]


def stretch_table() -> list[int]:
    table = [2047] * 4096
    k = 0
    for x in range(-2047, 2048):
        v = squash(x)
        while k <= v:
            table[k] = x
            k += 1
    return table


STRETCH = stretch_table()
CODE_XTENSA, DATA, CODE_RISCV = 0, 1, 2


class ByteModel:
    """3.4: six adaptive inputs, mixed. `context` is (byte before, the one before that, the third)."""

    def __init__(self, table_bits: int):
        self.shift = 32 - table_bits
        self.table = [Small() for _ in range(1 << table_bits)]
        self.order0 = [[Small() for _ in range(256)] for _ in range(8)]
        self.weights = [[13107] * 6 for _ in range(24)]

    @staticmethod
    def hashes(z: int, pp: int, c1: int, c2: int, c3: int) -> list[int]:
        inputs = (z << 9 | pp,
                  z << 8 | c1,
                  (z << 8 | c1) << 8 | c2,
                  (c1 << 16 | c2 << 8 | c3) * 32 + z,
                  (z << 9 | pp) << 8 | c1)
        return [(x * 0x9E3779B1 + i * 0x85EBCA6B) * 0x2C1B3C6D & M32 for i, x in enumerate(inputs, 1)]

    def _slots(self, order0: list[Small], hashes: list[int], node: int) -> list[Small]:
        slots = [order0[node]]
        for h in hashes:
            y = (h + node * 0x9E3779B1) & M32
            y ^= y >> 15
            y = y * 0x85EBCA6B & M32
            slots.append(self.table[y >> self.shift])
        return slots

    def decode(self, coder: RangeDecoder, cls: int, idx: int, predicted: int | None, context: tuple) -> int:
        z = (cls * 4 + idx) * 2 + (predicted is not None)
        hashes = self.hashes(z, 256 if predicted is None else predicted, *context)
        order0 = self.order0[(4 if cls == DATA else 0) + idx]
        weights = self.weights[z]
        node = 1
        for _ in range(8):
            slots = self._slots(order0, hashes, node)
            stretched = [STRETCH[slot.p] for slot in slots]
            q = squash(sum(w * s for w, s in zip(weights, stretched)) >> 16)
            bit = coder.bit12(clamp(q, 1, 4095))
            e = ((bit << 12) - q) * 14
            for i, s in enumerate(stretched):
                weights[i] += (s * e + 32768) >> 16
            for slot in slots:
                slot.update(bit, 12)
            node = node << 1 | bit
        return node & 255
