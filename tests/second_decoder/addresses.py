"""The address map and the dictionary learned on the way: spec/delta.md, sections 4.2, 7.2 and 7.3."""

from bisect import bisect_right

from entropy import M32
from image import Chip


class AddressMap:
    def __init__(self, entries: list[tuple[int, int]]):
        self.starts = [start for start, _ in entries]
        self.deltas = [delta for _, delta in entries]

    def map(self, address: int) -> int | None:
        i = bisect_right(self.starts, address)
        return None if i == 0 else address + self.deltas[i - 1] & M32


class Prediction:
    """pred() and learn(); `fresh()` at every chunk's start."""

    def __init__(self, chip: Chip, address_map: AddressMap, bits: int):
        self.chip = chip
        self.map = address_map
        self.shift = 32 - bits
        self.fresh()

    def fresh(self) -> None:
        self.entries = {}

    def _slot(self, old: int) -> int:
        return (old * 0x9E3779B1 & M32) >> self.shift

    def pred(self, t: int) -> tuple[int, int]:
        if self.chip.is_rom(t):
            return t, 0
        old, new = self.entries.get(self._slot(t), (None, None))
        if old == t:
            return new, 0
        mapped = self.map.map(t)
        return (t, 2) if mapped is None else (mapped, 1)

    def learn(self, t: int, actual: int) -> None:
        if self.chip.is_rom(t):
            return
        mapped = self.map.map(t)
        slot = self._slot(t)
        if actual == (t if mapped is None else mapped):
            if self.entries.get(slot, (None,))[0] == t:
                del self.entries[slot]
        else:
            self.entries[slot] = (t, actual)


class Substitutions:
    """Section 9.4: what the same bytes became the last time they changed."""

    def __init__(self):
        self.entries = [(0, 0)] * 128

    @staticmethod
    def _slot(ov: int, size: int) -> int:
        return ((ov + size * 0x51ED270B) * 0x9E3779B1 & M32) >> 25

    def predict(self, ov: int, size: int) -> tuple[int, int]:
        old, new = self.entries[self._slot(ov, size)]
        return (new, 1) if old == ov and new != ov else (ov, 0)

    def note(self, ov: int, nv: int, size: int) -> None:
        slot = self._slot(ov, size)
        if nv != ov:
            self.entries[slot] = (ov, nv)
        elif self.entries[slot][0] == ov:
            self.entries[slot] = (0, 0)
