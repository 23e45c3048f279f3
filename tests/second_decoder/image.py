"""Images, segments and address ranges: spec/delta.md, sections 4.1, 6 and 7.1."""

from dataclasses import dataclass, field

from verdict import Refused

CODE, DATA, MIXED = "code", "data", "mixed"
XTENSA, RISCV = "xtensa", "riscv"

_C3 = (RISCV, [(0x3C000000, 0x3C800000, DATA), (0x3FC80000, 0x3FCE0000, DATA),
               (0x4037C000, 0x403E0000, CODE), (0x42000000, 0x42800000, CODE)])
_C6 = (RISCV, [(0x40800000, 0x40880000, MIXED), (0x42000000, 0x43000000, "data, then code")])
CHIPS = {
    0: (XTENSA, [(0x3F400000, 0x3F800000, DATA), (0x3FFAE000, 0x40000000, DATA),
                 (0x40070000, 0x400C0000, CODE), (0x400C2000, 0x40C00000, CODE)]),
    2: (XTENSA, [(0x3F000000, 0x3FF80000, DATA), (0x3FFB0000, 0x40000000, DATA),
                 (0x40020000, 0x40070000, CODE), (0x40080000, 0x40B80000, CODE)]),
    9: (XTENSA, [(0x3C000000, 0x3E000000, DATA), (0x3FC88000, 0x3FD00000, DATA),
                 (0x40370000, 0x403E0000, CODE), (0x42000000, 0x44000000, CODE)]),
    5: _C3, 12: _C3, 13: _C6, 16: _C6,
}


def u32(data, at: int) -> int:
    return int.from_bytes(data[at:at + 4], "little")


@dataclass
class Segment:
    address: int
    start: int  # file offset
    length: int
    kind: str

    @property
    def end(self) -> int:
        return self.start + self.length


@dataclass
class Chip:
    """What section 7.1 says of a chip; in plain mode there are no ranges."""

    isa: str = ""
    ranges: list = field(default_factory=list)

    def range_kind(self, v: int, index: int = 0) -> str | None:
        for low, high, kind in self.ranges:
            if low <= v < high:
                return (DATA if index == 0 else CODE) if kind == "data, then code" else kind
        return None

    def is_addr(self, v: int) -> bool:
        return self.range_kind(v) is not None

    def is_rom(self, v: int) -> bool:
        return bool(self.ranges) and 0x40000000 <= v < 0x40070000 and not self.is_addr(v)

    def is_target(self, v: int) -> bool:
        return self.is_addr(v) or self.is_rom(v)


class Layout:
    """The segments of one file, both ways between offset and address."""

    def __init__(self, segments: list[Segment]):
        self.segments = segments

    def at_offset(self, offset: int) -> Segment | None:
        for s in self.segments:
            if s.start <= offset < s.end:
                return s
        return None

    def at_address(self, address: int, size: int = 1) -> Segment | None:
        for s in self.segments:
            if address - s.address & 0xFFFFFFFF < s.length and (address - s.address & 0xFFFFFFFF) + size <= s.length:
                return s
        return None

    def offset_of(self, address: int, size: int = 1) -> int | None:
        s = self.at_address(address, size)
        return None if s is None else s.start + (address - s.address & 0xFFFFFFFF)

    def address_of(self, offset: int) -> int | None:
        s = self.at_offset(offset)
        return None if s is None else s.address + offset - s.start & 0xFFFFFFFF


def make_layout(chip: Chip, table: list[tuple[int, int]]) -> tuple[Layout, int]:
    """The layout of (address, length) pairs that follow each other in a file, and the end of the last segment."""
    at = 24
    segments = []
    for index, (address, length) in enumerate(table):
        segments.append(Segment(address, at + 8, length, chip.range_kind(address, index) or DATA))
        at += 8 + length
    return Layout(segments), at


def parse_base(base: bytes) -> tuple[Chip, Layout]:
    """Section 4.1: the base must be an image of a chip that 7.1 knows."""
    if len(base) < 24 or base[0] != 0xE9 or not 1 <= base[1] <= 16:
        raise Refused("wrong base", "the base is not an image")
    chip_id = int.from_bytes(base[12:14], "little")
    if chip_id not in CHIPS:
        raise Refused("wrong base", "the base's chip is not in the table")
    table = []
    at = 24
    for _ in range(base[1]):
        if at + 8 > len(base) or at + 8 + u32(base, at + 4) > len(base):
            raise Refused("wrong base", "a segment of the base lies outside the file")
        table.append((u32(base, at), u32(base, at + 4)))
        at += 8 + u32(base, at + 4)
    chip = Chip(*CHIPS[chip_id])
    return chip, make_layout(chip, table)[0]
