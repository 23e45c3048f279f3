"""What a unit of section 8 is, whatever the rule that made it."""

from dataclasses import dataclass
from typing import Callable, Optional

from entropy import M32

ADDRESS_KINDS = {"PTR", "CALL", "L32R", "BR", "JAL", "HI", "LO", "GP", "FDE", "CIE", "HDR"}
DATA_KINDS = {"PTR", "WORD", "FDE", "CIE", "HDR"}
SUBSTITUTED = {"G2", "G3", "G4", "WORD"}


def sx(v: int, bits: int) -> int:
    v &= (1 << bits) - 1
    return v - (1 << bits) if v >> (bits - 1) else v


@dataclass
class Unit:
    """`shifted(delta)` is the prediction moved by a coded delta; `after(new, same)` is done with the actual unit,
    `same(new)` tells whether only the address of it may differ from the prediction."""

    kind: str
    size: int
    source: int
    prediction: int
    in_code: bool = False
    shifted: Optional[Callable[[int], int]] = None
    same: Callable[[int], bool] = lambda new: False
    after: Callable[[int], None] = lambda new: None
    literal: Optional[tuple[int, int]] = None  # L32R: (v, nb)

    @property
    def data_class(self) -> bool:
        return self.kind in DATA_KINDS or not self.in_code


def word_unit(kind: str, source: int, prediction: int, after: Callable[[int], None], in_code: bool = False) -> Unit:
    """A four-byte word whose delta is the 32-bit difference."""
    return Unit(kind, 4, source, prediction & M32, in_code, lambda delta: prediction + delta & M32, after=after)


def field_unit(kind: str, size: int, source: int, prediction: int, put: Callable[[int, int], int],
               get: Callable[[int], int], kept: int, step: int = 1, after=lambda new, same: None) -> Unit:
    """An instruction with an address field: `get` takes it out, `put` puts it in, `kept` are all other bits."""
    def same(new: int) -> bool:
        return (new ^ prediction) & kept == 0
    return Unit(kind, size, source, prediction, True,
                lambda delta: put(prediction, get(prediction) + step * delta),
                same, lambda new: after(new, same(new)))
