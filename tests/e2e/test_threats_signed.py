"""Rows 3, 27 and 28 of spec/security.md section 3, on the running program: who changes bits on the way, bits that rot in
flash, releases that crash or are never confirmed."""
import json
import os
import re
import unittest

from flipping_proxy import FlippingProxy
from harness import drawn, inspect, sampled, send, updraft
from test_native import NativeCase
from test_signed_device import CLASS, GOLDEN, VENDOR, OfVectors, Signed
from web_server import Server, give

NIGHTLY = os.environ.get("UPDRAFT_SWEEP") == "nightly"
RUNS = 40 if NIGHTLY else 4  # of each protocol, each with another bit
PASSWORD = ("--password", "hunter2")
CHUNK, RECORD = 4096, 4096 + 22  # of an index; of TLS at that maximum
SMALL = 64 * 1024


class EveryBit(OfVectors):
    def test_of_the_first_vector_is_refused(self):
        rows = json.loads((GOLDEN / "vectors.json").read_text())
        good = bytes.fromhex("".join((GOLDEN / "p01-integrated.hex").read_text().split()))
        device, port = self.start(rows, "d1")
        boots = inspect(self.dir / "d1")["boots"]
        for bit in sampled(range(8 * len(good)), 8):
            bad = bytearray(good)
            bad[bit // 8] ^= 1 << bit % 8
            send(port, bytes(bad))
        device.say("status")
        self.assertEqual(device.wait("status")["version"], "1.5.0")
        self.assertEqual([e for e in device.events if e["event"] == "boot" and e["version"] != "1.5.0" and e.get("sequence")], [])
        self.assertEqual(inspect(self.dir / "d1")["boots"], boots)
        send(port, good)
        self.assertEqual(device.wait("update", result="ok")["trust"], "signed", "and as it is it comes in")


class OnTheWay(Signed, NativeCase):
    def package(self, version, sequence):
        image = self.image(version, "--version", version, "--size", SMALL, "--seed", sequence)
        return image, self.signed(version, sequence, image=image)

    # Between head and end of the package, whatever the protocol puts around it: nothing of it is the protocol's alone.
    def places(self):
        return [(drawn().randrange(6_000, 60_000), drawn().randrange(8)) for _ in range(RUNS)]

    def test_one_bit_in_each_run_and_nothing_is_installed(self):
        device = self.device("--raw", 0, "--bundle", 0, "--esphome", 0, "--http", 0, "--form", *PASSWORD, *self.trusts)
        ports, folder = {}, self.dir / "bundle"
        while not {"raw", "bundle", "esphome", "ws", "http", "form"} <= ports.keys():
            listening = device.wait("listening")
            ports[listening["scheme"]] = listening["port"]
        folder.mkdir()
        _, package = self.package("2.0.0", 2)
        (folder / "firmware.bin").write_bytes(package.read_bytes())
        boots = inspect(self.dir / "device")["boots"]
        for scheme, port in ports.items():
            for at, bit in self.places():
                with self.subTest(scheme=scheme, at=at, bit=bit):
                    proxy = FlippingProxy(self, port, at, bit)
                    password = PASSWORD if scheme in ("bundle", "esphome") else ()
                    file = folder if scheme == "bundle" else package
                    done = updraft("push", file, f"{scheme}://127.0.0.1:{proxy.port}", *password, check=False)
                    self.assertTrue(proxy.flipped)
                    verdict = device.wait("update")
                    self.assertIn(verdict["result"], ("refused", "failed"), verdict)
                    if scheme != "raw":  # which cannot tell
                        self.assertNotEqual(done.returncode, 0)
                    device.say("status")
                    self.assertEqual(device.wait("status")["version"], "1.0.0")
                    self.assertEqual(inspect(self.dir / "device")["boots"], boots)
        send(ports["raw"], package.read_bytes())
        self.confirmed(device, "2.0.0", 2)

    # TLS ends the connection, and the push goes on: with no more than what was on its way.
    def test_a_paired_sender_goes_on_and_sends_no_more_than_a_chunk_again(self):
        self.started_and_paired(*self.trusts)
        port = self.port
        for number, (at, bit) in enumerate(self.places()):
            version, sequence = f"2.{number}.0", number + 2
            with self.subTest(at=at, bit=bit):
                image, package = self.package(version, sequence)
                proxy = FlippingProxy(self, port, at, bit)
                self.port = proxy.port
                done = self.push(package)
                self.assertTrue(proxy.flipped)
                self.assertEqual((done["result"], done["version"], done["state"]), ("ok", version, "valid"), done)
                self.assertEqual(self.slot_bytes(done["slot"])[:image.stat().st_size], image.read_bytes())
                hit = next(i for i, size in enumerate(proxy.carried) if size > at)
                whole = package.stat().st_size
                around = 4_000  # handshake, heads of requests, head and index of the package again
                self.assertLessEqual(proxy.carried[hit + 1], whole - at + CHUNK + RECORD + around)

    # A device that fetches asks for the damaged chunk again, and for nothing before it.
    def test_a_device_that_fetches_asks_for_one_chunk_again(self):
        for number, (at, bit) in enumerate(self.places()):
            with self.subTest(at=at, bit=bit):
                www = self.dir / f"www{number}"
                www.mkdir()
                image = self.image("lamp.bin", "--version", "2.0.0", "--size", SMALL, "--seed", number + 2)
                updraft("sign", image, "--key", self.key("release"), "--product", f"{VENDOR}/{CLASS}", "--sequence", 2,
                        "--apart", "-o", www / "lamp.suit")
                asked = []

                def answer(handler, www=www, image=image, asked=asked, at=at, bit=bit):
                    path = image if handler.path == "/lamp.bin" else www / handler.path[1:]
                    data = bytearray(path.read_bytes())
                    first, last = (int(n) for n in re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers["Range"]).groups()) \
                        if handler.headers["Range"] else (0, len(data) - 1)
                    if path == image:
                        if not asked:
                            data[at] ^= 1 << bit
                        asked.append(first)
                    part = [("Content-Range", f"bytes {first}-{min(last, len(data) - 1)}/{len(data)}")]
                    give(handler, bytes(data[first:last + 1]), status=206 if handler.headers["Range"] else 200,
                         headers=part if handler.headers["Range"] else ())

                server = Server(self, answer)
                device = self.device("--pull", f"http://{server.host}/lamp.suit", *self.trusts, state=f"device{number}")
                self.assertEqual(device.wait("boot", version="2.0.0")["trust"], "signed")
                device.wait("confirm")
                self.assertEqual(self.slot_bytes("ota_1", f"device{number}")[:SMALL], image.read_bytes())
                self.assertEqual(asked[1:], [at - at % CHUNK], "the damaged chunk, and what comes after it")
                device.kill()


class Rot(Signed):
    """A device with two good releases; random bits of its flash are changed while it is off."""

    def setUp(self):
        super().setUp()
        device = self.device("--raw", 0, *self.trusts)
        port = device.port()
        self.install(device, port, "2.0.0", 2)
        self.install(device, port, "3.0.0", 3)  # ota_0; 2.0.0 is in ota_1
        device.kill()
        self.running = None
        self.flash = self.dir / "device" / "flash.bin"
        self.whole = self.flash.read_bytes()
        self.found = inspect(self.dir / "device")
        self.wipes = {p["label"]: p["offset"] for p in self.found["partitions"]}

    def starts(self, *changed, bit):
        rotten = bytearray(self.whole)
        for at in changed:
            rotten[at] ^= 1 << bit
        if self.running and self.running.process.poll() is None:
            self.running.kill()
        self.flash.write_bytes(rotten)
        device = self.running = self.device("--raw", 0, "--allow-unsigned")
        port = device.port()
        return device, port, {event["event"]: event for event in device.events}

    def bits(self, size, count):
        return [(drawn().randrange(size), drawn().randrange(8)) for _ in range(count)]

    def takes_the_next(self, device, port):
        """At the latest the second time: what the slot only seems to hold is found out when it is read back."""
        send(port, self.signed("4.0.0", 4).read_bytes())
        if (first := device.wait("update"))["result"] != "ok":
            self.assertEqual(first["code"], "image_mismatch")
            send(port, self.signed("4.0.0", 4).read_bytes())
        self.confirmed(device, "4.0.0", 4)
        device.kill()

    def test_in_the_image_that_runs(self):
        for at, bit in self.bits(200 * 1024, RUNS):
            with self.subTest(at=at, bit=bit):
                device, port, events = self.starts(self.wipes["ota_0"] + at, bit=bit)
                self.assertEqual(events["boot"]["version"], "2.0.0")
                self.assertIn("ota_0 does not boot", events["rollback"]["reason"])
                self.takes_the_next(device, port)

    def test_in_the_other_image(self):
        for at, bit in self.bits(200 * 1024, RUNS):
            with self.subTest(at=at, bit=bit):
                device, port, events = self.starts(self.wipes["ota_1"] + at, bit=bit)
                self.assertEqual(events["boot"]["version"], "3.0.0")
                self.takes_the_next(device, port)

    # Of a record of the choice a CRC covers the number alone: that is the bootloader's format.
    def test_in_otadata(self):
        for record in (0, 4096):
            for at, bit in ((0, 0), (1, 7), (3, 5), *((28 + at, bit) for at, bit in self.bits(4, RUNS))):
                with self.subTest(record=record, at=at, bit=bit):
                    device, port, events = self.starts(self.wipes["otadata"] + record + at, bit=bit)
                    chose = int.from_bytes(self.whole[self.wipes["otadata"] + record:][:4], "little")
                    newest = chose == 3
                    self.assertEqual(events["boot"]["version"], "2.0.0" if newest else "3.0.0")
                    self.assertEqual(events["boot"].get("damaged_record"), record // 4096)
                    self.takes_the_next(device, port)
        # What a state became of it no CRC can tell: a whole image runs all the same.
        for at, bit in self.bits(4, RUNS):
            device, port, events = self.starts(self.wipes["otadata"] + 24 + at, self.wipes["otadata"] + 4096 + 24 + at, bit=bit)
            self.assertIn(events["boot"]["version"], ("1.0.0", "2.0.0", "3.0.0"))
            device.kill()

    def test_in_a_record_of_what_is_trusted(self):
        records = [at for at in range(0, len(self.whole), 4096) if self.whole[at:at + 2] == b"US"]
        self.assertEqual(len(records), 2)
        for record in records:
            size = len(self.whole[record:record + 512].rstrip(b"\xFF"))  # behind its pages are notes of releases
            for at, bit in self.bits(size, 2 * RUNS):
                with self.subTest(record=records.index(record), at=at, bit=bit):
                    device, port, events = self.starts(record + at, bit=bit)
                    self.assertEqual(events["keyset"]["version"], 1, "the other one holds")
                    self.assertTrue(events["keyset"]["damaged_record"], "and the event says so")
                    self.assertEqual(events["boot"]["version"], "3.0.0")
                    send(port, self.image("evil", "--version", "6.6.6").read_bytes())
                    self.assertEqual(device.wait("update").get("code"), "not_armed")
                    send(port, self.signed("1.5.0", 1).read_bytes())
                    self.assertEqual(device.wait("update").get("code"), "sequence_old")
                    self.takes_the_next(device, port)
        device = self.device("--raw", 0)
        self.assertNotIn("damaged_record", device.wait("keyset"), "the next release has written both again")

    # Journal and ledgers: what they lose costs time, and lets nothing in.
    def test_in_the_rest_of_what_is_remembered(self):
        begin = self.wipes["updraft"]
        for sector in range(begin, begin + 6 * 4096, 4096):
            used = len(self.whole[sector:sector + 4096].rstrip(b"\xFF"))
            for at, bit in self.bits(max(used, 1), 2):
                with self.subTest(sector=sector - begin, at=at, bit=bit):
                    device, port, events = self.starts(sector + at, bit=bit)
                    self.assertEqual((events["boot"]["version"], events["keyset"]["version"]), ("3.0.0", 1))
                    self.takes_the_next(device, port)


class Trials(Signed, NativeCase):
    def test_back_within_two_boots_and_not_again_unless_by_name(self):
        for number, (knobs, why) in enumerate(((("--app", "crash"), "panic"), (("--confirm", "never", "--confirm-within", 0.5), "not confirmed"))):
            with self.subTest(why=why):
                state = f"device-{number}"
                self.env["XDG_CONFIG_HOME"] = str(self.dir / f"config-{number}")
                device = self.start("--raw", 0, "--http", 0, *self.trusts, *knobs, state=state)
                device.settle()
                ports = {event["scheme"]: event["port"] for event in device.events if "port" in event}
                self.pair(next(event["string"] for event in device.events if event["event"] == "pairing"))
                package = self.signed("2.0.0", 2)
                send(ports["raw"], package.read_bytes())
                device.wait("boot", version="2.0.0")
                self.assertEqual(device.wait("reboot")["reason"], why)
                self.assertEqual(device.wait("boot")["version"], "1.0.0", "the second boot is the old one")
                remembered = device.wait("remember")
                self.assertEqual(remembered["why"], "failed")
                device.settle()
                send(ports["raw"], package.read_bytes())
                self.assertEqual(device.wait("update").get("code"), "known_bad")
                self.assertEqual(self.push(package, check=False)["code"], "known_bad")
                asked = updraft("push", package, f"ws://127.0.0.1:{ports['ws']}", "--json", check=False)
                self.assertEqual(json.loads(asked.stdout.splitlines()[-1])["code"], "known_bad", "by what the device says of itself")
                device.kill()
                self.assertEqual(remembered["digest"], (self.dir / "2.0.0").read_bytes()[-32:].hex()[:16])
                device = self.device("--raw", 0, "--retry", remembered["digest"], state=state)
                send(device.port(), package.read_bytes())
                self.confirmed(device, "2.0.0", 2)
                device.kill()


if __name__ == "__main__":
    unittest.main()
