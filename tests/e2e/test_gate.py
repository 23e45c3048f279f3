"""Threat 1 of spec/security.md: every scheme x policy x class of payload against the running program, exactly the cells of
its section 2. A refusal erases nothing: the slot that an update would go to is full before, and the same after."""
import gzip
import shutil
import unittest
import zlib

from harness import inspect, updraft
from test_sealed import SealedCase
from test_sealed_everywhere import DOORS, Doors

ACCEPTED = ("image", "gzip", "zlib", "delta", "sealed", "gzip in sealed")
SCHEME = {"raw": "raw", "raw with AES": "raw", "req": "req", "bundle": "bundle", "ws": "ws", "wss": "ws", "control": "control"}
POLICIES = {  # the options, and the schemes that they let in unsigned
    "default": ((), ()),
    "raw alone": (("--allow-unsigned=raw",), ("raw",)),
    "all": (("--allow-unsigned",), ("raw", "req", "bundle", "ws", "control")),
}
FIXED = {  # what a class is refused with, whoever sends it that can have anything accepted
    "web page": "not_an_image", "unknown": "not_an_image", "package": "keyset_missing", "key set": "keyset_missing",
    "package in gzip": "malformed", "three wrappers": "malformed", "sealed for another": "wrong_key",
}


class Gate(SealedCase):
    def setUp(self):
        super().setUp()
        self.keys = ("--ecies-key", self.hmac)
        self.devices = []
        self.v1 = self.image("v1", "--version", "1.0.0")
        self.template = self.dir / "template"
        self.device("--firmware", self.v1, "--raw", 0, state="template").wait("listening")
        self.device_is_off(self.template)

    # The slot for updates is full of what nothing of an update has.
    def device_is_off(self, state):
        for device in self.devices:
            device.kill()
        self.devices.clear()
        slot = next(s for s in inspect(state)["slots"] if s["slot"] == "ota_1")
        flash = bytearray((state / "flash.bin").read_bytes())
        flash[slot["offset"]:slot["offset"] + slot["size"]] = b"\x5A" * slot["size"]
        (state / "flash.bin").write_bytes(flash)

    def device(self, *arguments, state="device"):
        if not (self.dir / state).exists() and state != "template":
            shutil.copytree(self.template, self.dir / state)
        device = super().device(*arguments, state=state)
        self.devices.append(device)
        return device

    def payload(self, kind, version="2.0.0"):
        """A file of that class, which makes `version` run if it is let in."""
        image = self.image(f"image-{version}", "--version", version)
        plain = image.read_bytes()
        if kind == "image":
            return image
        path = self.dir / f"{kind.replace(' ', '-')}-{version}"
        if kind == "delta":
            updraft("delta", "make", self.v1, image, "-o", path)
        elif kind in ("sealed", "gzip in sealed", "sealed for another"):
            inner = self.dir / "inner"
            inner.write_bytes(gzip.compress(plain) if "gzip" in kind else plain)
            key = self.key_file("another.bin", bytes(32)) if "another" in kind else self.hmac
            updraft("encrypt", inner, "-o", path, "--ecies-key", key)
        else:
            path.write_bytes({
                "gzip": lambda: gzip.compress(plain), "zlib": lambda: zlib.compress(plain),
                "web page": lambda: b"<!doctype html><title>Login</title>" + bytes(300),
                "unknown": lambda: b"\x01\x02\x03" + bytes(400), "package": lambda: b"\xd8\x6b" + bytes(400),
                "key set": lambda: b"\xd8\x62" + bytes(400), "package in gzip": lambda: gzip.compress(b"\xd8\x6b" + bytes(400)),
                "three wrappers": lambda: gzip.compress(gzip.compress(gzip.compress(plain)))}[kind]())
        return path

    def cell(self, door, kind, allowed):
        """What section 2 says: "ok" with its trust, or the code of the refusal."""
        if door != "bundle" and SCHEME[door] not in allowed:  # who can have nothing accepted is told that first
            return "unsigned"
        if kind in FIXED:
            garbled = door == "raw with AES" and kind == "unknown"  # the wrong key of the link, as far as it can tell
            return "wrong_key" if garbled else FIXED[kind]
        return "ok sender" if door == "bundle" else "ok unsigned"

    def states(self, doors, door):
        return doors.name + (f"-pull-{doors.pulls}" if door == "req" else "-aes" if door == "raw with AES" else "")

    def refusals(self, policy):
        options, allowed = POLICIES[policy]
        # A policy names open schemes alone, so a device that fetches has raw open as well.
        doors = Doors(self, "device", *self.keys, policy=options, pull_with=("--raw", 0))
        seen = 0
        for kind in (*ACCEPTED, *FIXED):
            file = self.payload(kind)
            for door in DOORS:
                want = self.cell(door, kind, allowed)
                if want.startswith("ok"):
                    continue
                with self.subTest(policy=policy, door=door, kind=kind):
                    verdict, _ = doors.send(door, file)
                    self.assertEqual((verdict["result"], verdict.get("code")), ("refused", want), verdict)
                    self.assertEqual(set(self.slot_bytes("ota_1", self.states(doors, door))), {0x5A}, "no erase, no write")
                    seen += 1
        return seen

    def test_refused_cells_by_default(self):
        self.assertEqual(self.refusals("default"), (len(DOORS) - 1) * len(ACCEPTED) + len(DOORS) * len(FIXED))

    def test_refused_cells_with_one_scheme(self):
        self.assertEqual(self.refusals("raw alone"), (len(DOORS) - 3) * len(ACCEPTED) + len(DOORS) * len(FIXED))

    def test_refused_cells_with_all_schemes(self):
        self.assertEqual(self.refusals("all"), len(DOORS) * len(FIXED))

    # The delta is first: its base is what runs then.
    def accepted(self, policy, doors_to_try):
        options, allowed = POLICIES[policy]
        for door in doors_to_try:
            doors = Doors(self, f"device-{DOORS.index(door)}", *self.keys, policy=options)
            for number, kind in enumerate(("delta", *(k for k in ACCEPTED if k != "delta"))):
                with self.subTest(policy=policy, door=door, kind=kind):
                    version = f"2.{number}.0"
                    more = ("--restart",) if door in ("ws", "wss") else ()
                    verdict, _ = doors.send(door, self.payload(kind, version), *more)
                    self.assertEqual(verdict["result"], "ok", verdict)
                    self.assertEqual(f"ok {verdict['trust']}", self.cell(door, kind, allowed))
                    if door != "req":
                        doors.pushes[door][0].wait("confirm")
            for device in self.devices:
                device.kill()
            self.devices.clear()

    def test_accepted_cells_with_all_schemes(self):
        self.accepted("all", DOORS)

    def test_accepted_cells_by_default(self):
        self.accepted("default", ("bundle",))

    def test_accepted_cells_with_one_scheme(self):
        self.accepted("raw alone", ("raw", "raw with AES"))


if __name__ == "__main__":
    unittest.main()
