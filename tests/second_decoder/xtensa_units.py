"""Units of Xtensa code: spec/delta.md, section 8.2."""

from entropy import M32
from image import CODE, DATA
from unit import Unit, field_unit, sx

JUMPS = {bytes((0x80, 0, 0)), bytes((0x90, 0, 0)), bytes((0x0D, 0xF0)), bytes((0x1D, 0xF0))}  # RET, RETW, RET.N, RETW.N


def instruction_length(first: int) -> int:
    op0 = first & 15
    return 3 if op0 < 8 or op0 == 14 else 2 if op0 < 14 else 4


def is_jump(code: bytes) -> bool:
    """Nothing runs on after these: J, RET, RETW, JX, RET.N, RETW.N."""
    if len(code) == 3 and (code[0] & 0x3F == 0x06 or code[0] == 0xA0 and code[1] < 0x10 and code[2] == 0):
        return True
    return code in JUMPS


class Literals:
    """Where the literals of L32R were: lives for a chunk."""

    def __init__(self):
        self.lo = 0
        self.ln = 0
        self.lmax = 0
        self.recent = [0] * 8

    def note(self, t: int) -> None:
        if t > self.lmax or self.lmax - t > 4096:
            self.lmax = t
        if t in self.recent:
            self.recent.remove(t)
        else:
            self.recent.pop()
        self.recent.insert(0, t)


class XtensaUnits:
    def __init__(self, d, data_units):
        self.d = d
        self.data = data_units
        self.literals = Literals()
        self.begin_operation()

    def begin_operation(self) -> None:
        self.term = False

    def next(self, q: int, lim: int, a: int, b: int, segment) -> Unit:
        unit = self._unit(q, lim, a, b, segment)
        self.term = unit.kind not in ("PTR", "RAW") and is_jump(self.d.base[q:q + unit.size])
        return unit

    def _raw(self, q: int, size: int, kind: str = "RAW") -> Unit:
        return Unit(kind, size, 1 if kind == "RAW" else 0, int.from_bytes(self.d.base[q:q + size], "little"), True)

    def _entry(self, x: int) -> bool:
        code = self.d.base[x:x + 3]
        return len(code) == 3 and code[0] == 0x36 and code[1] & 15 == 1 and code[2] < 8

    def _codeptr(self, q: int) -> bool:
        chip, old = self.d.chip, self.d.old
        w = self.d.old32(q)
        if not chip.is_addr(w) or self._entry(q):
            return False
        segment = old.at_address(w)
        if segment is not None and segment.kind == CODE:
            there = old.offset_of(w)
            return w % 4 == 0 and (self._entry(there) or bool(self.d.call0) and there + 3 <= len(self.d.base))
        if segment is not None:
            return True
        if chip.range_kind(w) == CODE:
            return False
        if 0x3F800000 <= w < 0x40000000:
            return True
        return any(w - s.address & M32 < s.length + 0x10000 for s in old.segments if s.kind == DATA)

    def _unit(self, q: int, lim: int, a: int, b: int, segment) -> Unit:
        base = self.d.base
        if self.term:
            zeros = 0
            while zeros < 4 and q + zeros < lim and base[q + zeros] == 0:
                zeros += 1
            if 0 < zeros < 4:
                return self._raw(q, zeros)
        if a % 4 == 0 and q + 4 <= lim and self._codeptr(q):
            return self.data.pointer(self.d.old32(q), True)
        size = instruction_length(base[q])
        if q + size > lim:
            return self._raw(q, lim - q)
        ahead = 4 - a % 4
        if ahead < 4 and ahead < size and q + ahead + 4 <= segment.end and (
                self._entry(q + ahead) or self._codeptr(q + ahead)):
            return self._raw(q, ahead)
        if size == 3:
            return self._three(q, a, b)
        return self._raw(q, size, "G2" if size == 2 else "G4")

    def _three(self, q: int, a: int, b: int) -> Unit:
        w = int.from_bytes(self.d.base[q:q + 3], "little")
        op0 = w & 15
        if op0 == 5:
            return self._call(w, a, b)
        if op0 == 1:
            return self._l32r(w, a, b)
        if op0 == 7 or op0 == 6 and (w >> 4 & 3 < 3 or w >> 6 & 3 != 0):
            return self._branch(w, a, b)
        return self._raw(q, 3, "G3")

    def _call(self, w: int, a: int, b: int) -> Unit:
        target = (a & ~3) + 4 + 4 * sx(w >> 6, 18) & M32
        inside = self.d.old.at_address(target) is not None
        v, source = self.d.prediction.pred(target) if inside else (target, 3)

        def put(code: int, value: int) -> int:
            return code & 0x3F | (value & 0x3FFFF) << 6

        def after(new: int, same: bool) -> None:
            if same and inside:
                self.d.prediction.learn(target, (b & ~3) + 4 + 4 * sx(new >> 6, 18) & M32)
        return field_unit("CALL", 3, source, put(w, (v - 4 - (b & ~3) & M32) >> 2), put, lambda code: code >> 6, 0x3F,
                          after=after)

    def _branch(self, w: int, a: int, b: int) -> Unit:
        form = w >> 4 & 3 if w & 15 == 6 else 2
        bits = {0: 18, 1: 12}.get(form, 8)
        loop = w & 15 == 6 and w >> 4 & 15 == 7 and w >> 12 & 15 >= 8
        field = w >> (24 - bits)
        target = a + 4 + (field if loop else sx(field, bits)) & M32

        def put(code: int, value: int) -> int:
            return code & (1 << (24 - bits)) - 1 | (value & (1 << bits) - 1) << (24 - bits)
        prediction = put(w, self.d.local(target, a, b) - b - 4)
        return field_unit("BR", 3, int(prediction != w), prediction, put, lambda code: code >> (24 - bits),
                          (1 << (24 - bits)) - 1)

    def _literal_guess(self, tl: int, n: int, a3: int, nb: int) -> tuple[int, int]:
        d = self.d
        at = d.old.offset_of(tl, 4)
        if at is None:
            return tl + nb - a3 & M32, 3
        value = d.old32(at)
        if d.chip.is_addr(value):
            value = d.prediction.pred(value)[0]
        a0, source = d.prediction.pred(tl)
        a0 &= ~3
        a1 = tl + self.literals.ln - self.literals.lo & M32 if self.literals.lo else a0

        def fits(x: int) -> bool:
            offset = d.new.offset_of(x & M32)
            return offset is not None and offset + 4 <= n and d.new32(offset) == value
        if fits(a0):
            return a0, min(source, 1)
        if fits(a1):
            return a1, 2
        for i in range(1, 65):
            for x in (a1 + 4 * i, a1 - 4 * i, a0 + 4 * i, a0 - 4 * i):
                if fits(x):
                    return x & M32, 2
        return a1, 3

    def _l32r(self, w: int, a: int, b: int) -> Unit:
        a3, nb = a + 3 & ~3, b + 3 & ~3
        tl = a3 + 4 * (w >> 8) - 0x40000 & M32
        in_base = self.d.old.at_address(tl, 4) is not None
        v, source = self._literal_guess(tl, self.d.n, a3, nb)
        prediction = w & 0xFF | ((v - nb & M32) >> 2 & 0xFFFF) << 8

        def after(new: int) -> None:
            if new & 15 != 1:
                return
            t = literal_address(nb, new >> 8)
            self.literals.note(t)
            if in_base and (new ^ w) & 0xFF == 0:
                self.literals.lo, self.literals.ln = tl, t
                self.d.prediction.learn(tl, t)
        return Unit("L32R", 3, source, prediction, True, None, lambda new: (new ^ w) & 0xFF == 0, after, (v, nb))


def literal_address(nb: int, field: int) -> int:
    return nb + 4 * field - 0x40000 & M32
