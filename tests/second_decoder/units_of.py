"""The units of a base image, as sections 8.1 to 8.3 cut it: one operation for each segment, nothing changed."""
from types import SimpleNamespace

from addresses import AddressMap, Prediction
from data_units import DataUnits
from image import DATA, XTENSA, parse_base, u32
from riscv_units import RiscvUnits
from xtensa_units import XtensaUnits


def units_of(image: bytes, eh: int = 0, call0: bool = False) -> list[list[str]]:
    """For each segment its units: their kinds, and the sizes of those that have several."""
    chip, layout = parse_base(image)
    state = SimpleNamespace(base=image, chip=chip, old=layout, new=layout, plain=False, call0=call0, n=len(image), out=image,
                            gp_old=0, gp_new=0, eh_old=eh, eh_new=eh, prediction=Prediction(chip, AddressMap([]), 6),
                            old32=lambda q: u32(image, q), new32=lambda n: u32(image, n),
                            local=lambda target, a, b: target)
    data_units = DataUnits(state)
    code_units = (XtensaUnits if chip.isa == XTENSA else RiscvUnits)(state, data_units)
    listed = []
    for segment in layout.segments:
        units = data_units if segment.kind == DATA else code_units
        units.begin_operation()
        of_segment = []
        q = segment.start
        while q < segment.end:
            state.n = q
            address = layout.address_of(q)
            unit = units.next(q, segment.end, address, address, segment)
            unit.after(int.from_bytes(image[q:q + unit.size], "little"))
            of_segment.append(unit.kind + (str(unit.size) if unit.kind in ("RAW", "BR") else ""))
            q += unit.size
        listed.append(of_segment)
    return listed


def image_of(chip_id: int, segments: list[tuple[int, bytes]]) -> bytes:
    """An image with these segments, of which only the layout matters here."""
    image = bytearray(24)
    image[0], image[1] = 0xE9, len(segments)
    image[12:14] = chip_id.to_bytes(2, "little")
    for address, content in segments:
        image += address.to_bytes(4, "little") + len(content).to_bytes(4, "little") + content
    return bytes(image) + bytes(16)
