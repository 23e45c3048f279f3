"""Units of RISC-V code: spec/delta.md, section 8.3."""

from entropy import M32
from image import MIXED
from unit import Unit, field_unit, sx

SAVED = {8, 9, *range(18, 28)}  # registers that a call leaves alone
JAL_BITS = [20, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 11, 19, 18, 17, 16, 15, 14, 13, 12]
BRANCH_HIGH = [12, 10, 9, 8, 7, 6, 5]
BRANCH_LOW = [4, 3, 2, 1, 11]
CJ_BITS = [11, 4, 9, 8, 10, 6, 7, 3, 2, 1, 5]
CB_HIGH = [8, 4, 3]
CB_LOW = [7, 6, 2, 1, 5]


def field(*parts: tuple[int, list[int]]) -> dict[int, int]:
    """instruction bit -> value bit, for runs of value bits from an instruction bit downwards."""
    return {top - i: bit for top, bits in parts for i, bit in enumerate(bits)}


JAL = field((31, JAL_BITS))
BRANCH = field((31, BRANCH_HIGH), (11, BRANCH_LOW))
CJ = field((12, CJ_BITS))
CB = field((12, CB_HIGH), (6, CB_LOW))
I_IMM = {20 + i: i for i in range(12)}
S_IMM = {**{25 + i: 5 + i for i in range(7)}, **{7 + i: i for i in range(5)}}


def take(w: int, bits: dict[int, int]) -> int:
    return sum((w >> at & 1) << bit for at, bit in bits.items())


def put(w: int, value: int, bits: dict[int, int]) -> int:
    for at, bit in bits.items():
        w = w & ~(1 << at) | (value >> bit & 1) << at
    return w


def kept(bits: dict[int, int]) -> int:
    return M32 & ~sum(1 << at for at in bits)


def lo_bits(w: int) -> dict[int, int]:
    return S_IMM if w & 0x7F in (0x23, 0x27) else I_IMM


def lo(w: int) -> int:
    return sx(take(w, lo_bits(w)), 12)


def is_low_user(w: int) -> bool:
    op = w & 0x7F
    return op in (0x67, 0x03, 0x23, 0x07, 0x27) or op == 0x13 and w >> 12 & 7 == 0


class RiscvUnits:
    def __init__(self, d, data_units):
        self.d = d
        self.data = data_units
        self.registers = {}  # number -> (old high part, new high part, q)

    def begin_operation(self) -> None:
        pass

    def next(self, q: int, lim: int, a: int, b: int, segment) -> Unit:
        if segment.kind == MIXED and a % 4 == 0 and q + 4 <= lim and self.d.chip.is_addr(self.d.old32(q)):
            return self.data.pointer(self.d.old32(q), True)
        if q + 2 > lim:
            return self._plain("RAW", q, 1)
        half = int.from_bytes(self.d.base[q:q + 2], "little")
        if half & 3 != 3:
            return self._compressed(half, q, a, b)
        if q + 4 > lim:
            return self._plain("RAW", q, 2)
        return self._word(self.d.old32(q), q, a, b, segment)

    def _plain(self, kind: str, q: int, size: int) -> Unit:
        return Unit(kind, size, 1 if kind == "RAW" else 0, int.from_bytes(self.d.base[q:q + size], "little"), True)

    def forget(self, register: int) -> None:
        self.registers.pop(register, None)

    def _compressed(self, w: int, q: int, a: int, b: int) -> Unit:
        op, f3, rd = w & 3, w >> 13, w >> 7 & 31
        if op == 1 and f3 in (1, 5, 6, 7):
            return self._short_branch(w, a, b, *((CJ, 12) if f3 in (1, 5) else (CB, 9)))
        if op == 1 and f3 in (0, 2, 3):
            self.forget(rd)
        elif op == 2 and f3 == 2:
            if rd not in SAVED:
                self.forget(rd)
        elif op == 2 and (f3 == 0 or f3 == 4 and w >> 2 & 31 != 0):
            self.forget(rd)
        elif op == 2 and f3 == 6:
            self.forget(w >> 2 & 31)
        elif op == 0 and f3 == 2:
            self.forget(8 + (w >> 2 & 7))
        return self._plain("G2", q, 2)

    def _short_branch(self, w: int, a: int, b: int, bits: dict[int, int], width: int) -> Unit:
        prediction = put(w, self.d.local(a + sx(take(w, bits), width) & M32, a, b) - b, bits)
        return field_unit("BR", 2, int(prediction != w), prediction, lambda code, value: put(code, value, bits),
                          lambda code: take(code, bits), kept(bits))

    def _word(self, w: int, q: int, a: int, b: int, segment) -> Unit:
        op, rd = w & 0x7F, w >> 7 & 31
        if op == 0x6F:
            return self._jal(w, rd, a, b)
        if op == 0x63:
            return self._branch(w, a, b)
        if op in (0x17, 0x37):
            return self._high(w, rd, q, a, b, segment)
        if is_low_user(w):
            return self._low(w, rd, q)
        self.forget(rd)
        return self._plain("G4", q, 4)

    def _jal(self, w: int, rd: int, a: int, b: int) -> Unit:
        target = a + sx(take(w, JAL), 21) & M32
        inside = self.d.old.at_address(target) is not None
        if rd == 0:
            v, source = self.d.local(target, a, b), 2
        elif inside:
            v, source = self.d.prediction.pred(target)
        else:
            v, source = target, 3

        def after(new: int, same: bool) -> None:
            if same and inside and rd != 0:
                self.d.prediction.learn(target, b + sx(take(new, JAL), 21) & M32)
        return field_unit("JAL", 4, source, put(w, v - b, JAL), lambda code, value: put(code, value, JAL),
                          lambda code: take(code, JAL), 0xFFF, 2, after)

    def _branch(self, w: int, a: int, b: int) -> Unit:
        prediction = put(w, self.d.local(a + sx(take(w, BRANCH), 13) & M32, a, b) - b, BRANCH)
        return field_unit("BR", 4, 3 if prediction != w else 2, prediction,
                          lambda code, value: put(code, value, BRANCH), lambda code: take(code, BRANCH),
                          kept(BRANCH), 2)

    def _low_user_of(self, rd: int, q: int, end: int) -> int | None:
        """The immediate of the first instruction after q that uses register rd as the upper part's owner."""
        x = q + 4
        while x + 4 <= end and x < q + 4 + 128:
            w = self.d.old32(x)
            if w & 3 != 3:
                x += 2
                continue
            op = w & 0x7F
            if is_low_user(w) and w >> 15 & 31 == rd:
                return lo(w)
            if op == 0x6F or op not in (0x23, 0x63, 0x27) and w >> 7 & 31 == rd:
                return None
            x += 4
        return None

    def _high(self, w: int, rd: int, q: int, a: int, b: int, segment) -> Unit:
        auipc = w & 0x7F == 0x17
        high = (w & 0xFFFFF000) + (a if auipc else 0) & M32
        new_base = b if auipc else 0
        low = self._low_user_of(rd, q, segment.end)
        v, source, whole = None, 3, False
        if low is not None:
            if self.d.chip.is_target(high + low & M32):
                v, source = self.d.prediction.pred(high + low & M32)
        elif self.d.chip.is_addr(high):
            v, source = self.d.prediction.pred(high)
            source = 2 if source == 1 else source
            whole = True
        prediction = w if v is None else w & 0xFFF | v - new_base + 0x800 & 0xFFFFF000

        def after(new: int, same: bool) -> None:
            if not same:
                self.forget(rd)
                return
            actual = (new & 0xFFFFF000) + new_base & M32
            self.registers[rd] = (high, actual, q)
            if whole:
                self.d.prediction.learn(high, actual)
        return field_unit("HI", 4, source, prediction, lambda code, value: code & 0xFFF | value << 12 & M32,
                          lambda code: code >> 12, 0xFFF, after=after)

    def _low(self, w: int, rd: int, q: int) -> Unit:
        op, rs = w & 0x7F, w >> 15 & 31
        old_new = None
        kind = "LO"
        if rs == 3 and op != 0x67 and self.d.gp_old != 0:
            old_new, kind = (self.d.gp_old, self.d.gp_new), "GP"
        elif rs in self.registers:
            old, new, at = self.registers[rs]
            if q - at & M32 <= (16384 if rs in SAVED else 64):
                old_new = old, new
        self._forget_low(w, op, rd, rs)
        target = None if old_new is None else old_new[0] + lo(w) & M32
        if target is None or not self.d.chip.is_target(target):
            return self._plain("G4", q, 4)
        return self._low_unit(w, kind, old_new[1], target)

    def _forget_low(self, w: int, op: int, rd: int, rs: int) -> None:
        if op == 0x23:
            if rs == 2:
                self.forget(w >> 20 & 31)
        elif op != 0x27 and not (op == 0x03 and rs == 2 and rd in SAVED):
            self.forget(rd)

    def _low_unit(self, w: int, kind: str, new_high: int, target: int) -> Unit:
        bits = lo_bits(w)
        v, source = self.d.prediction.pred(target)
        offset = sx(v - new_high, 32)
        prediction = put(w, offset, bits) if -2048 <= offset < 2048 else w
        if prediction == w and not -2048 <= offset < 2048:
            source = 3

        def after(new: int, same: bool) -> None:
            t = new_high + lo(new) & M32
            if same and self.d.chip.is_addr(t):
                self.d.prediction.learn(target, t)
        return field_unit(kind, 4, source, prediction, lambda code, value: put(code, value, bits),
                          lambda code: take(code, bits), kept(bits), after=after)
