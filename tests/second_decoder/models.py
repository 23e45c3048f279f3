"""Everything that starts over with a chunk, and the coding of units: spec/delta.md, sections 9 and 10."""

from collections import defaultdict

from addresses import Substitutions
from entropy import CODE_RISCV, CODE_XTENSA, DATA, ByteModel, Number, Small, Tree, Wide
from image import XTENSA
from unit import ADDRESS_KINDS, SUBSTITUTED, Unit
from xtensa_units import literal_address


class Models:
    def __init__(self, coder, table_bits: int, isa: str):
        self.coder = coder
        self.code_class = CODE_XTENSA if isa == XTENSA else CODE_RISCV
        self.bytes = ByteModel(table_bits)
        self.numbers = defaultdict(Number)
        self.hit = defaultdict(Wide)
        self.keep = defaultdict(Small)
        self.same = defaultdict(Small)
        self.masks = defaultdict(lambda: Tree(4))
        self.types = [Tree(4) for _ in range(6)]
        self.again = Tree(4)
        self.literal_way = Tree(2)
        self.literal_recent = Tree(3)
        self.missed = 0
        self.last = defaultdict(int)
        self.substitutions = Substitutions()

    def unsigned(self, name: str) -> int:
        return self.numbers[name].unsigned(self.coder)

    def signed(self, name: str) -> int:
        return self.numbers[name].signed(self.coder)

    def byte(self, cls: int, idx: int, predicted: int | None, out: bytearray) -> int:
        context = tuple(out[-i] if len(out) >= i else 0 for i in (1, 2, 3))
        return self.bytes.decode(self.coder, cls, idx, predicted, context)

    def literal(self, literals, v: int, nb: int) -> int:
        """The literal code of 8.2: the field of an L32R."""
        way = self.literal_way.decode(self.coder)
        if way == 0:
            address = literals.lmax + 4
        elif way == 1:
            address = literals.recent[self.literal_recent.decode(self.coder)]
        elif way == 2:
            address = literals.lmax + 4 * self.unsigned("literal ahead")
        else:
            address = v + 4 * self.signed("delta L32R")
        return (address - nb & 0xFFFFFFFF) >> 2 & 0xFFFF

    def unit(self, unit: Unit, base: bytes, operation_length: int, out: bytearray, literals) -> bytes:
        """The target's bytes of one unit; `base` are the unit's own bytes in the base."""
        ov = int.from_bytes(base, "little")
        if unit.kind in SUBSTITUTED:
            unit.prediction, unit.source = self.substitutions.predict(ov, unit.size)
        step = sum(operation_length >= limit for limit in (16, 48, 256))
        context = (self.missed * 2 + self.last[unit.kind]) * 4 + step
        miss = 1 - self.hit[unit.kind, unit.source, context].decode(self.coder)
        self.missed = self.last[unit.kind] = miss
        nv = self._missed(unit, ov, out, literals) if miss else unit.prediction
        if unit.kind in SUBSTITUTED:
            self.substitutions.note(ov, nv, unit.size)
        unit.after(nv)
        return nv.to_bytes(unit.size, "little")

    def _missed(self, unit: Unit, ov: int, out: bytearray, literals) -> int:
        address = unit.kind in ADDRESS_KINDS
        if (address or unit.kind in SUBSTITUTED) and unit.prediction != ov:
            if self.keep[unit.kind].decode(self.coder):
                return ov
        if address and self.same[unit.kind].decode(self.coder):
            if unit.literal:
                return unit.prediction & 0xFF | self.literal(literals, *unit.literal) << 8
            return unit.shifted(self.signed("delta " + unit.kind))
        return self._by_bytes(unit, ov if unit.kind in SUBSTITUTED else unit.prediction, out)

    def _by_bytes(self, unit: Unit, against: int, out: bytearray) -> int:
        mask = 1 if unit.size == 1 else self.masks[unit.kind].decode(self.coder, unit.size)
        made = bytearray(out[-3:])
        for i in range(unit.size):
            predicted = against >> 8 * i & 0xFF
            cls = DATA if unit.data_class else self.code_class
            made.append(self.byte(cls, i, predicted, made) if mask >> i & 1 else predicted)
        return int.from_bytes(made[-unit.size:], "little")
