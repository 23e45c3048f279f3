"""Threat 1 of spec/security.md: every scheme x policy x class of payload against the running program, exactly the cells of
its section 2. A refusal erases nothing: the slot that an update would go to is full before, and the same after."""
import gzip
import hashlib
import shutil
import unittest
import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from harness import inspect, sampled, send, updraft
from test_sealed import SealedCase
from test_sealed_everywhere import ALONE, DOORS, PROVING, UNHURRIED, Doors

ACCEPTED = ("image", "gzip", "zlib", "delta", "sealed", "gzip in sealed")
SCHEME = {"raw": "raw", "raw with AES": "raw", "req": "req", "bundle": "bundle", "ws": "ws", "wss": "ws", "control": "control", "arduino": "arduino",
          "esphome": "esphome", "form": "form", "http": "http", "https": "https", "elegant": "elegant", "mqtt": "mqtt", "uart": "uart", "sd": "sd", "native": "native"}
# Its sender makes a package in parts of what has an image inside that it can read; all else never leaves the desk.
BY_PAIRING = ("native",)
FROM_A_DESK = ("image", "gzip", "zlib", "package in gzip", "three wrappers")
GATE = (*DOORS, *BY_PAIRING)
PROVED = (*PROVING, *BY_PAIRING)
POLICIES = {  # the options, and the schemes that they let in unsigned
    "default": ((), ()),
    "raw alone": (("--allow-unsigned=raw",), ("raw",)),
    "all": (("--allow-unsigned",), ("raw", "req", "bundle", "ws", "control", "form", "http", "https", "elegant", "mqtt", "uart", "sd")),
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
        if door not in PROVED and SCHEME[door] not in allowed:  # who can have nothing accepted is told that first
            return "unsigned"
        if kind in FIXED:
            garbled = door == "raw with AES" and kind == "unknown"  # the wrong key of the link, as far as it can tell
            return "wrong_key" if garbled else FIXED[kind]
        return "ok sender" if door in PROVED else "ok unsigned"

    def states(self, doors, door):
        return doors.name + (f"-pull-{doors.pulls}" if door in ALONE else "-aes" if door == "raw with AES" else "")

    def refusals(self, policy):
        options, allowed = POLICIES[policy]
        seen = 0
        for number, kind in enumerate((*ACCEPTED, *FIXED)):
            if number % 3 == 0:  # a device tells of 60 refusals a minute, and of no more
                for device in self.devices:
                    device.kill()
                self.devices.clear()
                # A policy names open schemes alone, so a device that fetches has raw open as well.
                doors = Doors(self, f"device-{number}", *self.keys, policy=options, pull_with=("--raw", 0))
            file = self.payload(kind)
            refused = [door for door in GATE if not self.cell(door, kind, allowed).startswith("ok")
                       and not (door in BY_PAIRING and kind not in FROM_A_DESK)]
            seen += len(refused)
            # A card and a line cost a second or a device each: over the three policies they see each class once.
            slow = number % len(POLICIES) != list(POLICIES).index(policy)
            for door in sampled([door for door in refused if not (slow and door in ALONE[1:])], 3):
                if door == "mqtt" and kind == "unknown":
                    continue  # after a refusal that is the rest of it, and no update: test_mqtt.py has it alone
                want = self.cell(door, kind, allowed)
                with self.subTest(policy=policy, door=door, kind=kind):
                    verdict, _ = doors.send(door, file)
                    self.assertEqual((verdict["result"], verdict.get("code")), ("refused", want), verdict)
                    self.assertEqual(set(self.slot_bytes("ota_1", self.states(doors, door))), {0x5A}, "no erase, no write")
        return seen

    def test_refused_cells_by_default(self):
        self.assertEqual(self.refusals("default"), (len(DOORS) - len(PROVING)) * len(ACCEPTED) + self.of_all_doors())

    def test_refused_cells_with_one_scheme(self):
        self.assertEqual(self.refusals("raw alone"), (len(DOORS) - len(PROVING) - 2) * len(ACCEPTED) + self.of_all_doors())

    def test_refused_cells_with_all_schemes(self):
        self.assertEqual(self.refusals("all"), self.of_all_doors())

    def of_all_doors(self):
        return len(DOORS) * len(FIXED) + len(BY_PAIRING) * len(set(FIXED) & set(FROM_A_DESK))

    # The delta is first: its base is what runs then.
    def accepted(self, policy, doors_to_try):
        options, allowed = POLICIES[policy]
        for door in sampled(doors_to_try, 3):
            doors = Doors(self, f"device-{GATE.index(door)}", *self.keys, policy=options)
            kinds = ("delta", *(k for k in ACCEPTED if k != "delta"))
            if door in BY_PAIRING:
                kinds = [k for k in kinds if k in FROM_A_DESK]
            for number, kind in enumerate(kinds[:2] if door in UNHURRIED else kinds):
                with self.subTest(policy=policy, door=door, kind=kind):
                    version = f"2.{number}.0"
                    more = ("--restart",) if door in ("ws", "wss") else ()
                    verdict, _ = doors.send(door, self.payload(kind, version), *more)
                    self.assertEqual(verdict["result"], "ok", verdict)
                    self.assertEqual(f"ok {verdict['trust']}", self.cell(door, kind, allowed))
                    if door not in ALONE:
                        doors.pushes[door][0].wait("confirm")
            for device in self.devices:
                device.kill()
            self.devices.clear()

    def test_accepted_cells_with_all_schemes(self):
        self.accepted("all", GATE)

    def test_accepted_cells_by_default(self):
        self.accepted("default", PROVED)

    def test_accepted_cells_with_one_scheme(self):
        self.accepted("raw alone", ("raw", "raw with AES"))


AES_KEY, AES_IV = b"0123456789abcdefFEDCBA9876543210", b"0123456789012345"
LINK = ("--aes-key", AES_KEY.decode(), "--aes-iv", AES_IV.decode())


def cbc(data, iv=AES_IV, decrypt=False):
    cipher = Cipher(algorithms.AES(AES_KEY), modes.CBC(iv))
    worker = cipher.decryptor() if decrypt else cipher.encryptor()
    return worker.update(data) + worker.finalize()


def segments_of(image):
    """Where the data of each segment lies; then where the checksum stands."""
    at = 24
    for _ in range(image[1]):
        size = int.from_bytes(image[at + 4:at + 8], "little")
        yield at + 8, at + 8 + size
        at += 8 + size


def forge(image):
    """The checksum and the hash that these bytes need: anybody can compute them."""
    parts = list(segments_of(image))
    checksum = 0xEF
    for start, end in parts:
        for byte in image[start:end]:
            checksum ^= byte
    at = parts[-1][1] // 16 * 16 + 15
    body = image[:at] + bytes([checksum])
    return body + hashlib.sha256(body).digest()


class LinkKey(SealedCase):
    """Threat 32: who can encrypt for the link has proved nothing, however right what he made of it is."""

    def exchanged(self):
        """Cipher text of 2.0.0 with two blocks exchanged, and its end so that checksum and hash of what it decrypts to are right."""
        plain = self.image("v2", "--version", "2.0.0", "--size", 65536).read_bytes()
        self.assertEqual(len(plain) % 16, 0)
        start, end = max(segments_of(plain), key=lambda part: part[1] - part[0])
        one, other = (start // 16 + 40) * 16, (end // 16 - 40) * 16
        sent = bytearray(cbc(plain))
        sent[one:one + 16], sent[other:other + 16] = sent[other:other + 16], sent[one:one + 16]
        made = forge(cbc(bytes(sent), decrypt=True)[:len(plain)])
        self.assertNotEqual(made, plain)
        tail = list(segments_of(made))[-1][1] // 16 * 16  # the block with the checksum, then the hash
        forged = bytes(sent[:tail]) + cbc(made[tail:], iv=bytes(sent[tail - 16:tail]))
        self.assertEqual(forged[one:one + 16], cbc(plain)[other:other + 16])
        return forged

    def sent_to(self, state, *options):
        device = self.device("--firmware", self.image("v1", "--version", "1.0.0"), "--raw", 0, *LINK, *options, state=state)
        send(device.port(), self.exchanged())
        return device, device.wait("update")

    def test_exchanged_blocks_with_a_forged_checksum_are_no_proof(self):
        device, verdict = self.sent_to("strict")
        self.assertEqual((verdict["result"], verdict["code"]), ("refused", "unsigned"))
        self.assertEqual(set(self.slot_bytes("ota_1", "strict")), {0xFF}, "nothing was written")
        device.say("status")
        self.assertEqual(device.wait("status")["version"], "1.0.0")

    def test_only_the_signature_stood_between(self):
        _, verdict = self.sent_to("open", "--allow-unsigned")
        self.assertEqual((verdict["result"], verdict.get("trust")), ("ok", "unsigned"), "the forgery is a right image")

    def test_not_a_sealed_one_either(self):
        """Anybody who has the public key can make one."""
        sealed = self.dir / "sealed"
        updraft("encrypt", self.image("v3", "--version", "3.0.0"), "-o", sealed, "--rsa-key", self.public)
        device = self.device("--raw", 0, "--rsa-key", self.rsa)
        send(device.port(), sealed.read_bytes())
        self.assertEqual(device.wait("update")["code"], "unsigned")


if __name__ == "__main__":
    unittest.main()
