"""The device's decoder and the second one say the same of every patch, whole and damaged.

    VERDICTS=build/dev/tests/delta_verdicts python3 -m unittest test_agreement
"""
import hashlib
import os
import pathlib
import random
import subprocess
import tempfile
import unittest

from decoder import verdict

GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "golden"
SLOT = 1 << 14  # as in verdicts.cpp
MUTANTS = 1000


def golden(name: str) -> bytes:
    lines = (GOLDEN / f"{name}.hex").read_text().splitlines()
    return bytes.fromhex("".join(line for line in lines if not line.startswith("#")))


def samples() -> list[tuple[str, bytes, bytes, bytes]]:
    """Name, base, patch and target of every vector."""
    names = sorted(path.stem.removesuffix("_patch") for path in GOLDEN.glob("delta_*_patch.hex"))
    return [(name, golden(f"{name}_base"), golden(f"{name}_patch"), golden(f"{name}_target")) for name in names]


def ends_early(patch: bytes) -> bool:
    """A chunk says that it is longer than the patch: then damage may be noticed before the end is missed, or not."""
    at = 56
    while at < len(patch):
        at += 3 + int.from_bytes(patch[at:at + 3], "little")
    return at > len(patch)


def device_says(pairs: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    with tempfile.NamedTemporaryFile() as file:
        for base, patch in pairs:
            for part in (base, patch):
                file.write(len(part).to_bytes(4, "little") + part)
        file.flush()
        done = subprocess.run([os.environ["VERDICTS"], file.name], stdout=subprocess.PIPE, text=True, check=True)
    return [tuple(line.split(";")) for line in done.stdout.splitlines()]


def second_says(base: bytes, patch: bytes) -> tuple[str, str]:
    said, target = verdict(base, patch, SLOT)
    return said, hashlib.sha256(target).hexdigest() if said == "ok" else ""


def mutated(patch: bytes, rng: random.Random) -> bytes:
    """A bit or a byte changed, a piece cut out, doubled or cut off: mostly after the header's digests."""
    out = bytearray(patch)
    at = rng.randrange(16) if rng.random() < 0.1 else rng.randrange(56, len(out))
    kind = rng.randrange(8)
    if kind < 4:
        out[at] ^= 1 << rng.randrange(8)
    elif kind < 6:
        out[at] = rng.randrange(256)
    elif kind == 6:
        del out[at:at + rng.randrange(1, 8)]
    else:
        out[at:at] = out[at:at + rng.randrange(1, 8)]
    return bytes(out)


class Agreement(unittest.TestCase):
    def test_on_every_vector(self):
        for name, base, patch, target in samples():
            with self.subTest(name):
                self.assertEqual(verdict(base, patch, SLOT), ("ok", target))
                self.assertEqual(device_says([(base, patch)]), [("ok", hashlib.sha256(target).hexdigest())])

    def test_on_mutants(self):
        rng = random.Random(36)
        chosen = samples()
        pairs = []
        for i in range(MUTANTS):
            _, base, patch, _ = chosen[i % len(chosen)]
            pairs.append((base, mutated(patch, rng)))
        seen = {}
        for (base, patch), device in zip(pairs, device_says(pairs), strict=True):
            second = second_says(base, patch)
            seen[device[0]] = seen.get(device[0], 0) + 1
            if ends_early(patch) and {device[0], second[0]} <= {"cut", "damaged"}:
                continue
            self.assertEqual(device, second, f"base {base.hex()}\npatch {patch.hex()}")
        print(f"{MUTANTS} mutants: {seen}")
        self.assertGreater(len(seen), 3, "the mutants are of several kinds")


if __name__ == "__main__":
    unittest.main()
