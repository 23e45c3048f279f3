"""A device that holds a KeySet, attacked over every protocol: what its owner signed comes in, and nothing else."""
import gzip
import json
import socket
import unittest

from cutting_proxy import CuttingProxy
from harness import SOURCE, Case, inspect, sampled, send, updraft
from test_sealed_everywhere import ALONE, DOORS, Doors

GOLDEN = SOURCE / "tests/golden/suit"
VENDOR, CLASS = "updraft.example", "demo/esp32c3/1"


class Signed(Case):
    def setUp(self):
        super().setUp()
        for name in ("root", "release", "next", "stranger"):
            updraft("key", "gen", self.dir / f"{name}.pem")
        self.keyset = self.key_set(1, "release")
        self.trusts = ("--keyset", self.keyset, "--vendor", VENDOR, "--class", CLASS)

    def key(self, name):
        return self.dir / f"{name}.pem"

    def key_set(self, version, release, *more):
        path = self.dir / f"{version}-{release}.keyset"
        updraft("keyset", "make", "--version", version, "--root", self.key("root"), "--release", self.key(release), *more, "-o", path)
        return path

    def signed(self, version, sequence, key="release", product=CLASS, size="200K", image=None):
        path = self.dir / f"{version}-{sequence}-{key}.suit"
        image = image or self.image(version, "--version", version, "--size", size)
        updraft("sign", image, "--key", self.key(key), "--product", f"{VENDOR}/{product}", "--sequence", sequence, "-o", path)
        return path

    def confirmed(self, device, version, sequence):
        boot = device.wait("boot")
        self.assertEqual((boot["version"], boot["trust"], boot["sequence"]), (version, "signed", sequence))
        device.wait("confirm")

    def install(self, device, port, version, sequence, **options):
        send(port, self.signed(version, sequence, **options).read_bytes())
        self.assertEqual(device.wait("update").get("trust"), "signed")
        self.confirmed(device, version, sequence)


class Everywhere(Signed):
    def test_what_the_owner_signed_comes_in(self):
        doors = Doors(self, "device", *self.trusts, policy=())
        self.assertEqual({e["policy"] for e in doors.main.events if e["event"] == "listening"}, {"signed"})
        for number, door in enumerate((*DOORS, "native")):
            with self.subTest(door=door):
                sequence, version = number + 2, f"2.{number}.0"
                package = self.signed(version, sequence, size="600K" if number % 2 else "100K")
                verdict, status = doors.send(door, package, *(["--restart"] if door in ("ws", "wss") else []))
                self.assertEqual((verdict["result"], verdict.get("version"), verdict.get("trust"), verdict.get("sequence")),
                                 ("ok", version, "signed", sequence), verdict)
                self.assertIn(status, (0, None))
                if door in ALONE:
                    continue  # a device of its own
                device = doors.pushes[door][0]
                self.confirmed(device, version, sequence)
                # ws:// shows what runs, and push would not send an older version by itself.
                old, _ = doors.send(door, self.signed("1.9.9", sequence - 1), *(["--force"] if door in ("ws", "wss") else []))
                self.assertEqual(old.get("code"), "sequence_old")

    def test_nothing_else_does(self):
        image = self.image("evil", "--version", "6.6.6")
        plain = self.signed("2.0.0", 2)
        damaged = self.dir / "damaged.suit"
        data = bytearray(plain.read_bytes())
        data[-50_000] ^= 1
        damaged.write_bytes(data)
        unsigned = self.dir / "unsigned.suit"
        updraft("suit", "make", image, "--product", f"{VENDOR}/{CLASS}", "--sequence", 9, "-o", unsigned)
        wrapped = self.dir / "wrapped.gz"
        wrapped.write_bytes(gzip.compress(plain.read_bytes()))
        rows = ((image, "not_armed"), (wrapped, "malformed"), (unsigned, "unsigned"),
                (self.signed("2.0.0", 3, key="stranger"), "key_unknown"), (self.signed("2.0.0", 4, key="root"), "key_unknown"),
                (self.signed("2.0.0", 5, product="demo/esp32c3/2"), "wrong_product"), (damaged, "chunk_mismatch"))
        for at in range(0, len(rows), 4):  # a device tells of 60 refusals a minute, and of no more
            self.refused(Doors(self, f"device-{at}", *self.trusts, policy=("--allow-unsigned",), pull_with=("--raw", 0)), rows[at:at + 4])

    def refused(self, doors, rows):
        before = self.slot_bytes("ota_1", doors.name)
        for number, (file, code) in enumerate(rows):
            # A card and a line cost seconds: they see one in three.
            # By native push it goes in parts: none is in gzip, a damaged one is asked for again, and one without signatures is a build.
            paired = ("native",) if code not in ("malformed", "unsigned", "chunk_mismatch") else ()
            for door in sampled([one for one in (*DOORS, *paired) if number % 3 == 0 or one not in ALONE[1:]], 3):
                with self.subTest(file=file.name, door=door):
                    verdict, _ = doors.send(door, file)
                    self.assertEqual(verdict.get("code"), code, verdict)
                    if code != "chunk_mismatch":
                        self.assertEqual(self.slot_bytes("ota_1", doors.name), before, "no erase, no write")
        for device in (doors.main, doors.with_aes):
            device.say("status")
            self.assertEqual(device.wait("status")["version"], "1.0.0")
            self.assertNotIn("armed", {e["event"] for e in device.events})  # security row 2
            device.kill()

    def test_a_key_set_follows_another(self):
        doors = Doors(self, "device", *self.trusts, policy=())
        old = self.signed("2.0.0", 2)
        version = {}
        for door in (*DOORS, "native"):
            with self.subTest(door=door):
                device = doors.pushes[door][0] if door not in ALONE else None
                version[device] = version.get(device, 1) + 1
                number = version[device] if device else 2
                verdict, status = doors.send(door, self.key_set(number, "next"))
                self.assertEqual((verdict["result"], verdict.get("keyset")), ("ok", number), verdict)
                self.assertIn(status, (0, None))
                if device:
                    self.assertEqual(doors.send(door, old)[0].get("code"), "key_unknown")
                    again, _ = doors.send(door, self.key_set(number, "next"))
                    self.assertEqual(again.get("code"), "keyset_version", "other bytes of the same version")


class Device(Signed):
    def start(self, *more):
        device = self.device("--raw", 0, *self.trusts, *more)
        return device, device.port()

    # Security row 23: the drill.
    def test_a_stolen_release_key(self):
        device, port = self.start()
        self.install(device, port, "2.0.0", 2)
        send(port, self.signed("6.6.6", 3).read_bytes())  # by the thief, and the owner is late
        self.confirmed(device, "6.6.6", 3)
        send(port, self.key_set(2, "next", "--floor", f"{VENDOR}/{CLASS}=5").read_bytes())
        self.assertEqual(device.wait("update").get("keyset"), 2)
        for package, code in ((self.signed("6.6.7", 9), "key_unknown"), (self.signed("2.0.1", 4, key="next"), "sequence_floor")):
            send(port, package.read_bytes())
            self.assertEqual(device.wait("update").get("code"), code)
        self.install(device, port, "3.0.0", 5, key="next")

    def test_remembers_over_a_restart_without_its_options(self):
        device, port = self.start()
        self.install(device, port, "2.0.0", 2)
        device.kill()
        device = self.device("--raw", 0, "--allow-unsigned")
        self.assertEqual(device.wait("boot")["sequence"], 2)
        self.assertEqual(device.wait("keyset")["version"], 1)
        listening = device.wait("listening")
        self.assertEqual(listening["policy"], "signed")
        for payload, code in ((self.image("app").read_bytes(), "not_armed"), (self.signed("1.5.0", 1).read_bytes(), "sequence_old")):
            send(listening["port"], payload)
            self.assertEqual(device.wait("update").get("code"), code)

    # Security row 2: it opens from the console alone, for a time, or one update.
    def test_arming(self):
        device, port = self.start("--allow-unsigned")
        image = self.image("app", "--version", "1.5.0").read_bytes()
        device.say("arm 5")
        device.settle()
        send(port, image)
        self.assertEqual(device.wait("update").get("code"), "not_armed")
        device.say("arm")
        self.assertEqual(device.wait("armed")["seconds"], 300)
        device.say("disarm")
        device.wait("disarmed")
        send(port, image)
        self.assertEqual(device.wait("update").get("code"), "not_armed")
        device.say("arm 10")
        device.wait("armed", seconds=10)
        device.wait("disarmed")  # by itself
        device.say("arm 3600")
        device.wait("armed")
        send(port, image)
        self.assertEqual(device.wait("update").get("trust"), "unsigned")
        device.wait("disarmed")
        self.assertEqual(device.wait("boot")["trust"], "unsigned")
        device.wait("confirm")
        send(port, self.image("more", "--version", "1.6.0").read_bytes())
        self.assertEqual(device.wait("update").get("code"), "not_armed", "a restart disarms")

    # Security row 28.
    def test_a_signed_image_that_crashes_leaves_the_sequence(self):
        device, port = self.start("--app", "crash")
        package = self.signed("2.0.0", 2)
        send(port, package.read_bytes())
        device.wait("boot", version="2.0.0")
        device.wait("rollback")
        device.wait("remember")
        port = device.port()
        send(port, package.read_bytes())
        self.assertEqual(device.wait("update").get("code"), "known_bad")
        device.kill()
        device, port = self.start()
        self.install(device, port, "2.1.0", 1)  # the number was never used up

    # Security row 3: whoever is on the way changes a bit.
    def test_no_changed_bit_gets_in(self):
        good = self.signed("2.0.0", 2, size="64K").read_bytes()
        device, port = self.start()
        places = [*range(0, 500, 7), *range(500, 3000, 97), *range(3000, len(good), 2311), len(good) - 1]
        for at in sampled(places, 4):
            bad = bytearray(good)
            bad[at] ^= 1 << at % 8
            send(port, bytes(bad))
        device.say("status")
        self.assertEqual(device.wait("status")["version"], "1.0.0")
        self.assertNotIn("ok", {e.get("result") for e in device.events})
        send(port, good)
        self.confirmed(device, "2.0.0", 2)

    # Security row 4.
    def test_cut_anywhere_leaves_the_old_one(self):
        good = self.signed("2.0.0", 2, size="64K").read_bytes()
        device, port = self.start()
        for at in sampled([*range(16, 700, 41), *range(700, len(good), 3001), len(good) - 1], 4):
            send(port, good[:at])
            self.assertIn(device.wait("update").get("code"), ("malformed", "size_mismatch"), at)
        send(port, good)
        self.confirmed(device, "2.0.0", 2)

    # Security row 33: the flash changes after the last chunk was written, and before the slot is chosen.
    def test_flash_that_changes_after_the_check(self):
        image = self.image("v2", "--version", "2.0.0", "--size", "64K")
        package = self.signed("2.0.0", 2, image=image).read_bytes()
        device, port = self.start()
        with socket.create_connection(("127.0.0.1", port), timeout=60) as peer:
            peer.sendall(package[:-1])
            written = image.read_bytes()[:60 * 1024]  # all but the last chunk
            while self.slot_bytes("ota_1")[:len(written)] != written:
                device.settle()
            slot = next(s for s in inspect(self.dir / "device")["slots"] if s["slot"] == "ota_1")
            with open(self.dir / "device" / "flash.bin", "r+b") as flash:
                flash.seek(slot["offset"] + 30_000)
                flash.write(bytes([written[30_000] ^ 4]))
            peer.sendall(package[-1:])
            peer.shutdown(socket.SHUT_WR)
            self.assertEqual(device.wait("update").get("code"), "image_mismatch")
        self.assertEqual(inspect(self.dir / "device")["boots"], "ota_0")
        self.install(device, port, "2.0.0", 2, image=image)

    # A bundle is signed if its one file is a signed package; files beside it are what nobody signed.
    def test_files_of_a_bundle_are_not_signed(self):
        device = self.device("--bundle", 0, "--password", "hunter2", *self.trusts)
        listening = device.wait("listening")
        self.assertEqual(listening["policy"], "signed")
        target = (f"bundle://127.0.0.1:{listening['port']}", "--password", "hunter2")
        folder = self.dir / "bundle"
        folder.mkdir()
        (folder / "main.py").write_text("print('evil')")
        for firmware in (None, self.signed("2.0.0", 2).read_bytes()):
            if firmware:
                (folder / "firmware.bin").write_bytes(firmware)
            updraft("push", folder, *target, check=False)
            self.assertEqual(device.wait("update").get("code"), "not_armed")
        device.say("arm")
        device.wait("armed")
        updraft("push", folder, *target)
        device.wait("disarmed")
        self.assertEqual(device.wait("boot")["version"], "2.0.0")

    # Security row 27: a record that rots gives way to the one before.
    def test_a_record_that_rots(self):
        device, port = self.start()
        self.install(device, port, "2.0.0", 2)
        device.kill()
        flash = self.dir / "device" / "flash.bin"
        whole = flash.read_bytes()
        records = [at for at in range(0, len(whole), 4096) if whole[at:at + 2] == b"US"]
        self.assertEqual(len(records), 2)
        for at in records:
            with self.subTest(at=at):
                rotten = bytearray(whole)
                rotten[at + 200] ^= 8
                flash.write_bytes(rotten)
                device = self.device("--raw", 0, "--allow-unsigned")
                self.assertEqual(device.wait("keyset")["version"], 1)
                self.assertEqual(device.wait("listening")["policy"], "signed")
                device.kill()

    def test_inspect_tells_whom_it_trusts_and_what_it_remembers(self):
        def remembered():
            [memory] = [part for part in inspect(self.dir / "device")["parts"] if part["kind"] == "updraft_memory"]
            return memory["signing"]

        device, port = self.start("--confirm", "manual")
        self.assertEqual(remembered()["keyset"]["version"], 1)
        package = self.signed("2.0.0", 2)
        send(port, package.read_bytes())
        device.wait("boot", version="2.0.0")
        self.assertEqual((remembered()["installed"], remembered()["pending"]["sequence"]), (None, 2))
        self.assertIn("release 2 waits to be confirmed", updraft("inspect", self.dir / "device").stdout)
        device.say("confirm")
        device.wait("confirm")
        digest = inspect(package)["digest"]
        send(port, self.key_set(2, "next", "--revoke", digest, "--floor", f"{VENDOR}/{CLASS}=5").read_bytes())
        device.wait("update", keyset=2)
        device.kill()
        now = remembered()
        kid = updraft("key", "id", self.key("next")).stdout.strip()
        self.assertEqual((now["keyset"]["version"], now["keyset"]["release"]["keys"], now["keyset"]["revoked"]), (2, [kid], [digest]))
        self.assertEqual((now["installed"]["sequence"], now["installed"]["manifest"], now["pending"]), (2, digest, None))
        said = updraft("inspect", self.dir / "device").stdout
        for words in ("the device holds a KeySet", "version 2", kid, f"revoked    {digest}", "floor      release 5", "release 2 is confirmed"):
            self.assertIn(words, said)

    # Over a link that can choose what comes next, what the slot holds is not sent again.
    def test_an_update_that_was_cut_off_goes_on(self):
        package = self.signed("2.0.0", 2, size="900K")
        device = self.device("--http", 0, *self.trusts)
        port = device.port("ws")
        size = package.stat().st_size
        cut = CuttingProxy(port, size * 2 // 3)
        self.assertNotEqual(updraft("push", package, f"ws://127.0.0.1:{cut.port}", check=False).returncode, 0)
        cut.close()
        device.settle()
        rest = CuttingProxy(port, 2 * size)
        updraft("push", package, f"ws://127.0.0.1:{rest.port}", "--restart")
        rest.close()
        self.assertLess(rest.carried, size // 2)
        self.confirmed(device, "2.0.0", 2)

    # Made on a desk for a device with more parts than this one has.
    def test_parts_that_the_device_does_not_have(self):
        device, port = self.start()
        package, app = self.dir / "parts.suit", self.image("app", "--version", "2.0.0")
        more = (("--fs", f"storage={app}"), ("--cp", app, "--cp-product", f"{VENDOR}/radio/esp32c6/1"))
        for options in more:
            updraft("suit", "make", app, "--product", f"{VENDOR}/{CLASS}", "--sequence", 2, *options, "-o", package, "--key-id",
                    self.key("release"), "--signer-cmd", f"openssl dgst -sha256 -sign {self.key('release')}")
            before = self.slot_bytes("ota_1")
            send(port, package.read_bytes())
            update = device.wait("update")
            self.assertEqual((update["code"], update["message"]),
                             ("component_unknown", "The package names a component that this device does not have."))
            self.assertEqual(self.slot_bytes("ota_1"), before)

    def test_where_there_is_no_room_it_says_so(self):
        table = self.dir / "table.csv"
        table.write_text("otadata,data,ota,0x9000,0x2000\nota_0,app,ota_0,0x10000,1M\nota_1,app,ota_1,,1M\nupdraft,data,0x40,,0x3000\n")
        done = updraft("device", "--state", self.dir / "tight", "--partitions", table, "--raw", 0, *self.trusts, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no room for a KeySet", done.stderr)

    def test_a_key_set_that_nobody_would_hold_is_refused_at_the_start(self):
        damaged = self.dir / "damaged.keyset"
        data = bytearray(self.keyset.read_bytes())
        data[-1] ^= 1
        damaged.write_bytes(data)
        done = updraft("device", "--state", self.dir / "d", "--raw", 0, "--keyset", damaged, check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--keyset", done.stderr)


class OfVectors(Signed):
    """The running program, brought into a state that the specification's vectors name."""

    def start(self, rows, state):
        about = rows["devices"][state]
        first = "k01-keyset-1.hex" if state == "d2" else about["keyset"]  # KeySet 2 follows 1, and has a floor
        device = self.device("--raw", 0, "--keyset", GOLDEN / first, "--vendor", about["vendor"], "--class", about["class"], state=state)
        port = device.port()
        path = self.dir / f"{state}.suit"
        keys = [word for name in ("release-1", "release-2") for word in ("--key", GOLDEN / f"{name}.pem")]
        updraft("sign", self.image(f"{state}.bin", "--version", "1.5.0"), *keys, "--product", f"{VENDOR}/{CLASS}",
                "--sequence", about["installed"]["sequence"], "-o", path)
        send(port, path.read_bytes())
        self.confirmed(device, "1.5.0", 41)
        if first != about["keyset"]:
            send(port, bytes.fromhex("".join((GOLDEN / about["keyset"]).read_text().split())))
            device.wait("update", keyset=2)
        return device, port


class Vectors(OfVectors):
    # Security rows 3, 6, 23 and 24, by what the specification counts up.
    def test_each_is_refused_with_its_code(self):
        rows = json.loads((GOLDEN / "vectors.json").read_text())
        seen = 0
        for state in ("d1", "d2", "d3"):
            device, port = self.start(rows, state)
            for row in rows["vectors"]:
                file, expected = row["file"], row["expect"]
                if row["device"] != state or file.startswith("f") or expected in ("ok", "too_big"):
                    continue  # a token is asked for; this device has larger slots
                with self.subTest(file=file, state=state):
                    send(port, bytes.fromhex("".join((GOLDEN / file).read_text().split())))
                    code = device.wait("update").get("code")
                    self.assertEqual(code, "bad_checksum" if file.startswith("n18") else expected)  # of the image, on the way
                seen += 1
            device.say("status")
            self.assertEqual(device.wait("status")["version"], "1.5.0")
            device.kill()
            self.assertEqual(inspect(self.dir / state)["boots"], "ota_1")
        self.assertGreater(seen, 25)

    # Security row 6: the state is that of a device that installed 41, under a floor or not.
    def test_nothing_older_comes_in(self):
        device = self.device("--raw", 0, *self.trusts)
        port = device.port()
        self.install(device, port, "2.0.0", 41)
        for sequence, code in ((40, "sequence_old"), (41, "sequence_old"), (1, "sequence_old"), (0, "sequence_old")):
            send(port, self.signed("2.1.0", sequence).read_bytes())
            self.assertEqual(device.wait("update").get("code"), code, sequence)
            device.settle()
        send(port, self.key_set(2, "release", "--floor", f"{VENDOR}/{CLASS}=50").read_bytes())
        device.wait("update", keyset=2)
        for sequence, code in ((41, "sequence_old"), (42, "sequence_floor"), (49, "sequence_floor")):
            send(port, self.signed("2.1.0", sequence).read_bytes())
            self.assertEqual(device.wait("update").get("code"), code, sequence)
        self.install(device, port, "2.1.0", 50)


if __name__ == "__main__":
    unittest.main()
