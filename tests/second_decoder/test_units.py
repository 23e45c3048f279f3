"""The second decoder's units against tests/golden/delta_units.txt, and those of the vectors that carry state."""
import unittest

from decoder import Decoder
from test_agreement import GOLDEN, golden
from units_of import image_of, units_of


def cases() -> list[dict]:
    found = []
    for line in (GOLDEN / "delta_units.txt").read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word == "case":
            found.append({"name": rest, "segments": [], "units": []})
        elif word == "chip":
            number, _, call0 = rest.partition(" ")
            found[-1] |= {"chip": int(number), "call0": call0 == "call0"}
        elif word == "segment":
            address, _, code = rest.partition(" ")
            found[-1]["segments"].append((int(address, 16), bytes.fromhex(code)))
        elif word == "units":
            found[-1]["units"].append(rest.split())
    return found


class Tracing(Decoder):
    """Notes each unit as KIND/source, and the type of each operation."""

    def __init__(self, name: str):
        super().__init__(golden(f"{name}_base"), golden(f"{name}_patch"))
        self.units_seen = []
        self.types_seen = []
        self.decode()

    def _unit(self, q, end):
        unit = super()._unit(q, end)
        self.units_seen.append(unit)
        return unit

    def _source(self, kind, n):
        self.types_seen.append(kind)
        return super()._source(kind, n)

    def of(self, *kinds: str) -> list[str]:
        return [f"{unit.kind}/{unit.source}" for unit in self.units_seen if unit.kind in kinds]


class Units(unittest.TestCase):
    def test_bases_are_cut_as_the_page_says(self):
        for case in cases():
            with self.subTest(case["name"]):
                image = image_of(case["chip"], case["segments"])
                self.assertEqual(units_of(image, call0=case["call0"]), case["units"])

    def test_the_second_table_is_predicted_by_the_first(self):
        self.assertEqual(Tracing("delta_exceptions").of("PTR"), ["PTR/1", "PTR/2", "PTR/3", "PTR/3"])

    def test_a_saved_register_lives_on_in_another_operation(self):
        traced = Tracing("delta_registers")
        self.assertEqual(traced.of("HI", "LO"), ["HI/1", "LO/1", "LO/1", "LO/1", "LO/1", "HI/2", "HI/0"])

    def test_what_changed_once_is_expected_to_change_so_again(self):
        sources = [unit.source for unit in Tracing("delta_substitutions").units_seen if unit.kind == "G4"]
        loads = sources[1::3]
        self.assertEqual(loads, [0] + [1] * 12 + [0] * 11, "and no more once it did not")

    def test_each_type_of_operation_is_there(self):
        self.assertGreaterEqual(set(Tracing("delta_operations").types_seen), {0, 1, 2, 3, 9, 10, 11})

    def test_literals_of_call0_code_are_pointers(self):
        self.assertEqual(len(Tracing("delta_call0").of("PTR")), 12 + 3 * 12)


if __name__ == "__main__":
    unittest.main()
