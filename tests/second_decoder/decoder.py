"""A second decoder of delta patches, written from spec/delta.md alone, as plainly as it can be said.

It shares no code and no table with the decoder of the device (engine/delta), so that a mistake in one of the two, or
a place where the page can be read in two ways, shows as a difference. It reads whole files and is slow.

    python3 decoder.py BASE PATCH [OUT]      prints the verdict
"""

import hashlib
import sys
from collections import deque

from addresses import AddressMap, Prediction
from data_units import DataUnits
from entropy import M32, DATA as DATA_CLASS, RangeDecoder
from image import CHIPS, DATA, XTENSA, Chip, Layout, Segment, make_layout, parse_base, u32
from models import Models
from riscv_units import RiscvUnits
from unit import Unit
from verdict import Refused, damaged
from xtensa_units import XtensaUnits, instruction_length

MAP_LIMIT = 1024
DEFAULTS = {"table bits": 12, "dictionary bits": 6, "window": 32}


class Header:
    def __init__(self, patch: bytes):
        if len(patch) < 56:
            raise Refused("cut", "the patch ends in its header")
        if patch[:4] != b"UDLT":
            raise damaged("the magic is missing")
        if patch[4] != 2:
            raise Refused("version", "not a patch of version 2")
        self.table_bits = 12 + (patch[5] & 3)
        self.dictionary_bits = 6 + (patch[5] >> 2 & 3)
        self.image = patch[5] >> 7
        self.call0 = patch[5] >> 4 & 1
        self.window = patch[6]
        if patch[5] & 0x60 or patch[5] & 0x90 == 0x10 or not 1 <= self.window <= 64 or not (patch[7] == 0 or 6 <= patch[7] <= 14):
            raise damaged("a field of the header is out of range")
        self.restart = 1 << (patch[7] + 10) if patch[7] else 0
        self.base_size, self.target_size = u32(patch, 8), u32(patch, 12)
        self.base_digest, self.target_digest = patch[16:24], patch[24:56]


class Decoder:
    def __init__(self, base: bytes, patch: bytes, slot: int = 1 << 32):
        self.header = Header(patch)
        self.patch = patch
        self.out = bytearray()
        self.plain = not self.header.image
        self.call0 = self.header.call0
        self._check_demands(slot)
        self.base = base[:self.header.base_size]
        if len(self.base) != self.header.base_size or hashlib.sha256(self.base).digest()[:8] != self.header.base_digest:
            raise Refused("wrong base", "the patch was made against another image")
        if self.plain:
            self.chip = Chip()
            self.old = Layout([Segment(0, 0, len(self.base), DATA)])
            self.new = Layout([Segment(0, 0, self.header.target_size, DATA)])
        else:
            self.chip, self.old = parse_base(self.base)
        self.known = []
        self.gp_old = self.gp_new = self.eh_old = self.eh_new = 0

    def _check_demands(self, slot: int) -> None:
        h = self.header
        if h.table_bits > DEFAULTS["table bits"] or h.dictionary_bits > DEFAULTS["dictionary bits"]:
            raise Refused("too demanding", "more memory than a decoder must have")
        if h.window > DEFAULTS["window"] or h.target_size > slot:
            raise Refused("too demanding", "a longer window, or a longer image, than there is room for")
        if h.target_size == 0:
            raise damaged("an image of nothing")

    @property
    def n(self) -> int:
        return len(self.out)

    def old32(self, q: int) -> int:
        assert 0 <= q <= len(self.base) - 4, "a read outside the base"
        return u32(self.base, q)

    def new32(self, n: int) -> int:
        return u32(self.out, n)

    # ---- chunks

    def decode(self) -> bytes:
        at = 56
        size = self.header.target_size
        start = 0
        while start < size:
            length = int.from_bytes(self.patch[at:at + 3], "little")
            if at + 3 + length > len(self.patch):
                raise Refused("cut", "the patch ends inside a chunk")
            if length < 5:
                raise damaged("a chunk of less than 5 bytes")
            end = min(start + self.header.restart, size) if self.header.restart else size
            self._chunk(self.patch[at + 3:at + 3 + length], start, end)
            at += 3 + length
            start = end
        if hashlib.sha256(self.out).digest() != self.header.target_digest:
            raise Refused("digest", "the image made is not the one promised")
        if at != len(self.patch):
            raise damaged("bytes left over after the last chunk")
        return bytes(self.out)

    def _chunk(self, data: bytes, start: int, end: int) -> None:
        self.coder = RangeDecoder(data)
        self.models = Models(self.coder, self.header.table_bits, self.chip.isa)
        if start == 0:
            self._head()
        self.prediction.fresh()
        data_units = DataUnits(self)
        self.units = {"data": data_units, "code": (XtensaUnits if self.chip.isa == XTENSA else RiscvUnits)(self, data_units)}
        self.literals = getattr(self.units["code"], "literals", None)
        self.operations = []
        self.chunk_end = end
        self.planned = start
        self.prev = 0
        self.pc = 0
        self.diagonals = deque([0] * 8, 8)
        self.count = self.models.unsigned("H")
        if self.count > end - start:
            raise damaged("more operations than bytes")
        for k in range(self.count):
            self._look_ahead(k)
            self.current = k
            _, lit, src, length = self.operations[k]
            self._literals(self.n + lit)
            self._copy(src, length)
        self._literals(end)
        if self.coder.used < len(data):
            raise damaged("bytes left over in a chunk")

    # ---- head

    def _head(self) -> None:
        if not self.plain:
            self._layout()
        count = self.models.unsigned("H")
        if count > (0 if self.plain else MAP_LIMIT):
            raise damaged("too many map entries")
        entries = []
        start = delta = 0
        for i in range(count):
            step = self.models.unsigned("map start")
            if i > 0 and step == 0 or start + step > M32:
                raise damaged("starts of the map do not rise")
            start += step
            delta = delta + self.models.signed("map delta") & M32
            entries.append((start, delta))
        self._check_map(entries)
        self.prediction = Prediction(self.chip, AddressMap(entries), self.header.dictionary_bits)

    @staticmethod
    def _check_map(entries: list[tuple[int, int]]) -> None:
        if len({start >> 24 for start, _ in entries}) > 8:
            raise Refused("too demanding", "starts in more than eight areas of 16 MiB")
        if any(0x800000 <= delta < 0xFF800000 for _, delta in entries):
            raise Refused("too demanding", "an address moved by more than 8 MiB")

    def _layout(self) -> None:
        header = bytearray(self.base[:24])
        for i in range(24):
            if not self.models.same["header"].decode(self.coder):
                header[i] = self.coder.raw(8)
        if header[12:14] != self.base[12:14]:
            raise Refused("wrong chip", "the target is for another chip")
        if not 1 <= header[1] <= 16:
            raise damaged("a segment count not 1..16")
        table = []
        for i in range(header[1]):
            s = self.old.segments[i] if i < len(self.old.segments) else Segment(0, 0, 0, DATA)
            address = s.address + self.models.signed("H") & M32
            table.append((address, s.length + self.models.signed("H") & M32))
        self.gp_old = self.models.unsigned("H")
        self.gp_new = self.gp_old + self.models.signed("H") & M32
        self.eh_old = self.models.unsigned("H")
        self.eh_new = self.eh_old + self.models.signed("H") & M32
        self.new, end = make_layout(self.chip, table)
        self.segments_end = end
        self.checksum_at = (end + 16 & ~15) - 1
        image_end = self.checksum_at + 1 + (32 if header[23] == 1 else 0)
        if image_end > self.header.target_size:
            raise damaged("the image ends after the target's end")
        self.header_bytes = header
        self.known = [(0, 24), *((s.start - 8, s.start) for s in self.new.segments), (end, image_end)]

    # ---- operations

    def _look_ahead(self, k: int) -> None:
        while len(self.operations) < min(k + self.header.window + 1, self.count):
            self._operation()

    def _operation(self) -> None:
        lit = self.models.unsigned("lit")
        n = self.planned + lit
        src = self._source(self.models.types[self.pc * 2 + (lit > 0)].decode(self.coder), n)
        length = self.models.unsigned("len")
        if n > self.chunk_end or length == 0 or n + length > self.chunk_end or src + length > len(self.base):
            raise damaged("an operation outside base or chunk")
        self.operations.append((n, lit, src, length))
        d = src - n & M32
        if d in self.diagonals:
            self.diagonals.remove(d)
        else:
            self.diagonals.pop()
        self.diagonals.appendleft(d)
        self.prev = src + length
        self.planned = n + length

    def _source(self, kind: int, n: int) -> int:
        self.pc = 0 if kind < 2 else 1 if kind < 9 else 2
        if kind == 0:
            return self.prev
        if kind <= 8:
            return n + self.diagonals[kind - 1] + self.models.signed("rep") & M32
        if kind == 9:
            return self.prev + self.models.unsigned("forward") & M32
        if kind == 10:
            return self.prev - self.models.unsigned("backward") & M32
        if kind == 11:
            back = self.models.again.decode(self.coder) + 1
            if back > len(self.operations):
                raise damaged("the source of an operation that was none")
            return self.operations[-back][2]
        raise damaged("an operation of no known type")

    def local(self, t: int, a: int, b: int) -> int:
        """Section 7.4."""
        moved = t + b - a & M32
        offset = self.old.offset_of(t)
        if offset is None or self._contains(self.current, offset):
            return moved
        for i in range(1, self.header.window + 1):
            for k in (self.current + i, self.current - i):
                if 0 <= k < len(self.operations) and self._contains(k, offset):
                    n, _, src, _ = self.operations[k]
                    address = self.new.address_of(n + offset - src)
                    if address is not None:
                        return address
                    return self._local_by_map(t, moved)
        return self._local_by_map(t, moved)

    def _local_by_map(self, t: int, moved: int) -> int:
        value, source = self.prediction.pred(t)
        return value if source < 2 else moved

    def _contains(self, k: int, offset: int) -> bool:
        _, _, src, length = self.operations[k]
        return src <= offset < src + length

    # ---- known bytes

    def _known_until(self, n: int) -> int | None:
        for start, end in self.known:
            if start <= n < end:
                return end
        return None

    def _put_known(self) -> None:
        n = self.n
        if n < 24:
            self.out.append(self.header_bytes[n])
        elif n < self.segments_end:
            s = next(s for s in self.new.segments if s.start - 8 <= n < s.start)
            self.out.append((s.address.to_bytes(4, "little") + s.length.to_bytes(4, "little"))[n - s.start + 8])
        elif n < self.checksum_at:
            self.out.append(0)
        elif n == self.checksum_at:
            checksum = 0xEF
            for s in self.new.segments:
                for byte in self.out[s.start:s.end]:
                    checksum ^= byte
            self.out.append(checksum)
        else:
            digest = hashlib.sha256(self.out[:self.checksum_at + 1]).digest()
            self.out.append(digest[n - self.checksum_at - 1])

    # ---- literals (section 10)

    def _literals(self, end: int) -> None:
        idx = size = 0
        while self.n < end:
            if self._known_until(self.n) is not None:
                self._put_known()
                idx = size = 0
                continue
            segment = self.new.at_offset(self.n)
            if segment is None or segment.kind == DATA:
                at = self.n if segment is None else self.new.address_of(self.n)
                self.out.append(self.models.byte(DATA_CLASS, at % 4, None, self.out))
                idx = size = 0
                continue
            byte = self.models.byte(self.models.code_class, idx, None, self.out)
            self.out.append(byte)
            if idx == 0:
                size = instruction_length(byte) if self.chip.isa == XTENSA else 4 if byte & 3 == 3 else 2
                if self.literals and byte & 15 == 1 and self._literal_field(end):
                    continue
            idx = (idx + 1) % size

    def _literal_field(self, end: int) -> bool:
        """The two bytes after the first one of an L32R."""
        if self.n + 2 > end or self._known_until(self.n) is not None or self._known_until(self.n + 1) is not None:
            return False
        nb = self.new.address_of(self.n - 1) + 3 & ~3
        field = self.models.literal(self.literals, self.literals.lmax + 4 & M32, nb)
        self.literals.note(nb + 4 * field - 0x40000 & M32)
        self.out += field.to_bytes(2, "little")
        return True

    # ---- copies (section 8)

    def _copy(self, src: int, length: int) -> None:
        for units in self.units.values():
            units.begin_operation()
        q, end = src, src + length
        while q < end:
            if self._known_until(self.n) is not None:
                self._put_known()
                q += 1
                continue
            unit = self._unit(q, end)
            literals = self.literals
            self.out += self.models.unit(unit, self.base[q:q + unit.size], length, self.out, literals)
            q += unit.size

    def _unit(self, q: int, end: int) -> Unit:
        old, new = self.old.at_offset(q), self.new.at_offset(self.n)
        if old is None or new is None:
            return Unit("RAW", 1, 0, self.base[q])
        next_known = min((start for start, _ in self.known if start > self.n), default=M32)
        lim = min(end, old.end, q + new.end - self.n, q + next_known - self.n)
        units = self.units["data" if old.kind == DATA else "code"]
        return units.next(q, lim, self.old.address_of(q), self.new.address_of(self.n), old)


def verdict(base: bytes, patch: bytes, slot: int = 1 << 32) -> tuple[str, bytes]:
    try:
        return "ok", Decoder(base, patch, slot).decode()
    except Refused as refused:
        return refused.verdict, b""


def main() -> int:
    base, patch = (open(path, "rb").read() for path in sys.argv[1:3])
    try:
        image = Decoder(base, patch).decode()
    except Refused as refused:
        print(refused)
        return 1
    if len(sys.argv) > 3:
        open(sys.argv[3], "wb").write(image)
    print("ok")
    return 0


if __name__ == "__main__":
    sys.exit(main())
