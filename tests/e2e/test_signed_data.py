"""Signed packages that bring data for a partition, alone or with their app, from outside."""
import json
import os
import unittest

from harness import inspect, updraft
from test_parts import TABLE, WEB, littlefs
from rescue_case import FOUR_MB, ONE_SLOT
from test_signed_device import CLASS, VENDOR, Signed


class SignedData(Signed):
    def setUp(self):
        super().setUp()
        self.table = self.dir / "parts.csv"
        self.table.write_text(TABLE)

    def holder(self, *arguments):
        device = self.device("--partitions", self.table, "--http", 0, *self.trusts, *arguments)
        return device, device.port("ws")

    def write(self, name, content):
        path = self.dir / name
        path.write_bytes(content)
        return path

    def package(self, sequence, *what):
        path = self.dir / f"{sequence}.suit"
        updraft("sign", *what, "--key", self.key("release"), "--product", f"{VENDOR}/{CLASS}", "--sequence", sequence, "-o", path)
        return path

    def push(self, port, file, *arguments, status=0):
        done = updraft("push", file, f"ws://127.0.0.1:{port}", "--json", *arguments, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return json.loads(done.stdout.splitlines()[-1])

    def at(self, offset, size):
        flash = (self.dir / "device" / "flash.bin").read_bytes()
        return flash[offset:offset + size]

    def test_data_alone_is_brought_by_the_next_start(self):
        device, port = self.holder()
        web = littlefs(1)
        package = self.package(5, "--fs", f"web={self.write('web.bin', web)}")
        self.assertEqual(inspect(package)["components"][0]["component"], "fs web")
        updraft("suit", "verify", package, "--keyset", self.keyset, "--fs", "web")
        self.assertEqual(updraft("suit", "verify", package, "--keyset", self.keyset, check=False).returncode, 1)
        self.push(port, package, "--restart")
        self.assertEqual(device.wait("update")["result"], "ok")
        device.wait("part", label="web", state="ready")
        device.wait("confirm")
        self.assertEqual(self.at(0x110000, WEB), web)
        old = self.package(4, "--fs", f"web={self.write('old.bin', littlefs(2))}")
        self.assertEqual(self.push(port, old, status=1)["code"], "sequence_old")

    def test_app_and_data_of_one_package_go_and_come_back_as_one(self):
        device, port = self.holder()
        old, new = littlefs(1), littlefs(2)
        good = self.image("2.0.0", "--version", "2.0.0", "--size", "200K")
        bad = self.image("6.6.6", "--version", "6.6.6", "--app", "crash")
        self.push(port, self.package(5, good, "--fs", f"web={self.write('old.bin', old)}"), "--restart")
        device.wait("boot", version="2.0.0")
        device.wait("confirm")
        self.assertEqual(self.at(0x110000, WEB), old)
        self.push(port, self.package(6, bad, "--fs", f"web={self.write('new.bin', new)}"), "--restart", status=3)
        device.wait("boot", version="6.6.6")
        device.wait("boot", version="2.0.0")
        device.wait("part", state="restored")
        self.assertEqual(self.at(0x110000, WEB), old)

    def test_a_rescue_app_in_a_package(self):
        self.table.write_text(ONE_SLOT)
        device = self.device("--partitions", self.table, *FOUR_MB, "--http", 0, "--raw", 0, *self.trusts)
        new = self.image("rescue2", "--version", "1.0.7")
        package = self.dir / "rescue.suit"
        named = ("--product", f"{VENDOR}/{CLASS}", "--sequence", 5)
        updraft("sign", new, "--rescue", "--key", self.key("release"), *named, "-o", package)
        self.assertEqual(inspect(package)["components"][0]["component"], "rescue")
        ports = {scheme: device.port(scheme) for scheme in ("ws", "raw")}
        self.assertEqual(self.push(ports["ws"], new, "--to", "rescue", "--yes", status=1)["code"], "unsigned")
        self.assertEqual(self.push(ports["ws"], package, "--restart", status=2)["code"], "local", "a cut leaves none: --yes")
        self.push(ports["ws"], package, "--yes", "--restart")
        told = device.wait("update", result="ok")
        self.assertEqual(told["trust"], "signed")
        self.assertEqual(self.at(0x2E0000, new.stat().st_size), new.read_bytes())
        device.wait("boot", slot="ota_0")
        device.wait("listening", scheme="raw")
        newer = self.image("rescue3", "--version", "1.0.8")
        updraft("push", newer, f"raw://127.0.0.1:{ports['raw']}", "--to", "rescue", "--yes", "--sign-key", self.key("release"), *named[:3], 6)
        device.wait("update", result="ok")
        self.assertEqual(self.at(0x2E0000, newer.stat().st_size), newer.read_bytes())
        device.wait("boot", slot="ota_0")
        device.wait("listening", scheme="ws")
        self.assertEqual(self.push(ports["ws"], self.signed("2.0.0", 4), status=1)["code"], "sequence_old")
        self.push(ports["ws"], self.signed("2.0.0", 7), "--restart")
        self.assertEqual(device.wait("boot", slot="rescue")["version"], "1.0.8")
        device.wait("boot", version="2.0.0")

    def test_over_the_native_push(self):
        env = {**os.environ, "XDG_CONFIG_HOME": str(self.dir / "config")}
        device = self.device("--partitions", self.table, "--native", 0, "--allow-unsigned", *self.trusts)
        url = f"updraft://127.0.0.1:{device.port('native')}"
        updraft("pair", device.wait("pairing")["string"], env=env)
        app, web = self.image("2.0.0", "--version", "2.0.0", "--size", "200K"), self.write("web.bin", littlefs(1))

        def push(*arguments):
            done = updraft("push", *arguments[:1], url, "--json", *arguments[1:], env=env, check=False)
            return json.loads(done.stdout.splitlines()[-1])

        self.assertEqual(push(web, "--to", "fs:web")["code"], "not_armed")
        both = push(self.package(5, app, "--fs", f"web={web}"))
        self.assertEqual((both["result"], both["version"]), ("ok", "2.0.0"))
        self.assertEqual(self.at(0x110000, WEB), littlefs(1))
        alone = push(self.package(6, "--fs", f"web={self.write('next.bin', littlefs(2))}"))
        self.assertEqual((alone["result"], alone["version"]), ("ok", "2.0.0"))
        self.assertEqual(self.at(0x110000, WEB), littlefs(2))
        self.assertEqual(push(self.package(5, "--fs", f"web={web}"))["code"], "sequence_old")

    def test_what_nobody_signed_stays_outside(self):
        device, port = self.holder("--allow-unsigned")
        web = self.write("web.bin", littlefs(1))
        self.assertEqual(self.push(port, web, "--to", "fs:web", status=1)["code"], "not_armed")
        self.assertEqual(self.push(port, self.package(5, "--fs", f"none={web}"), status=1)["code"], "component_unknown")
        self.assertEqual(self.at(0x110000, WEB), b"\xff" * WEB)

    def test_one_slot_takes_both_in_its_rescue_app(self):
        self.table.write_text(ONE_SLOT)
        web = littlefs(3, 256 * 1024)
        device, port = self.holder(*FOUR_MB)
        good = self.image("2.0.0", "--version", "2.0.0", "--size", "200K")
        done = self.push(port, self.package(5, good, "--fs", f"fs={self.write('web.bin', web)}"), "--restart")
        self.assertEqual((done["result"], done["version"]), ("ok", "2.0.0"))
        device.wait("confirm")
        self.assertEqual(self.at(0x3B0000, len(web)), web)

    def test_words_that_make_no_package(self):
        web = self.write("web.bin", littlefs(1))
        for arguments, words in (((), "name the image, or data"), (("--fs", "web"), "want LABEL=FILE"), (("--fs", f"={web}"), "want LABEL=FILE"),
                                 (("--fs", f"web={web}", "--fs", f"web={web}"), "already"), (("--fs", f"{'x' * 17}={web}"), "a partition's label"),
                                 (("--apart", "--fs", f"web={web}"), "--apart")):
            done = updraft("sign", *arguments, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn(words, done.stderr)


del Signed

if __name__ == "__main__":
    unittest.main()
