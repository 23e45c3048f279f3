"""Units of data segments: spec/delta.md, section 8.1."""

from entropy import M32
from unit import Unit, word_unit


class DataUnits:
    """`d` is the decoder's state: base, layouts, prediction. `fde`, `mark` live for an operation, `lsda` for a chunk."""

    def __init__(self, d):
        self.d = d
        self.lsda = None
        self.begin_operation()

    def begin_operation(self) -> None:
        self.fde = None
        self.mark = None

    def next(self, q: int, lim: int, a: int, b: int, segment) -> Unit:
        mark, self.mark = self.mark, None
        if mark == q and q + 4 <= lim:
            return self._lsda(self.d.old32(q)) if a % 4 == 1 else self.pointer(self.d.old32(q))
        if a % 4 != 0 or q + 4 > lim or self.d.plain:
            size = min(4 - a % 4, lim - q)
            return self._plain("WORD" if size == 4 else "RAW", q, size)
        w = self.d.old32(q)
        if self.d.chip.is_addr(w):
            return self.pointer(w)
        return (self._hdr(a, w) or self._fde(q, a, b, w) or self._cie(q, a, b, w, segment)
                or self._personality(q, lim) or self._plain("WORD", q, 4))

    def _plain(self, kind: str, q: int, size: int) -> Unit:
        return Unit(kind, size, 0, int.from_bytes(self.d.base[q:q + size], "little"))

    def pointer(self, w: int, in_code: bool = False) -> Unit:
        value, source = self.d.prediction.pred(w)

        def after(t: int) -> None:
            if self.d.chip.is_addr(t):
                self.d.prediction.learn(w, t)
        return word_unit("PTR", source, value, after, in_code)

    def _lsda(self, w: int) -> Unit:
        value, source = self.d.prediction.pred(w) if self.lsda is None else (w + self.lsda & M32, 3)

        def after(t: int) -> None:
            if self.d.chip.is_addr(t):
                self.lsda = t - w & M32
        return word_unit("PTR", source, value, after)

    def _relative(self, kind: str, target: int, value_of, target_of) -> Unit:
        """value_of(new target) is the word; target_of(word) is the new target."""
        value, source = self.d.prediction.pred(target)

        def after(t: int) -> None:
            nt = target_of(t) & M32
            if self.d.new.at_address(nt):
                self.d.prediction.learn(target, nt)
        return word_unit(kind, source, value_of(value), after)

    def _hdr(self, a: int, w: int) -> Unit | None:
        d = self.d
        if d.eh_old == 0:
            return None
        at = d.old.offset_of(d.eh_old + 8 & M32, 4)
        count = 0 if at is None else d.old32(at)
        if a - (d.eh_old + 12) & M32 >= 8 * count & M32:
            return None
        return self._relative("HDR", d.eh_old + w & M32, lambda v: v - d.eh_new, lambda t: d.eh_new + t)

    def _fde(self, q: int, a: int, b: int, w: int) -> Unit | None:
        if self.fde != q:
            return None
        self.fde = None
        return self._relative("FDE", a + w & M32, lambda v: v - b, lambda t: b + t)

    def _cie(self, q: int, a: int, b: int, w: int, segment) -> Unit | None:
        if not (12 < w < 0x200000 and w % 4 == 0 and q - w >= segment.start and q - 4 >= segment.start):
            return None
        length = self.d.old32(q - 4)
        f = q - w
        if not (8 <= length < 0x1000 and length % 4 == 0 and 8 <= self.d.old32(f) < 64
                and self.d.old32(f + 4) == 0 and self.d.base[f + 8] in (1, 3)):
            return None
        self.fde = q + 4
        return self._relative("CIE", a - w & M32, lambda v: b - v, lambda t: b - t)

    def _personality(self, q: int, lim: int) -> Unit | None:
        base = self.d.base
        if base[q] == 4 and q + 5 <= lim and self._in_base(q + 1):
            size = 1
        elif base[q] in (6, 7) and base[q + 1] == 0 and q + 6 <= lim and self._in_base(q + 2):
            size = 2
        else:
            return None
        self.mark = q + size
        return self._plain("RAW", q, size)

    def _in_base(self, at: int) -> bool:
        w = self.d.old32(at)
        return self.d.chip.is_addr(w) and self.d.old.at_address(w) is not None
