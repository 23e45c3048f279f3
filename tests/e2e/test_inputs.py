"""Awkward files as people meet them: what they are, whether a device takes them, and what to do next."""
import gzip
import json
import os
import pathlib
import socket
import subprocess
import unittest
import zlib

import esp_files as esp
from files_case import Files
from harness import PATIENCE, SOURCE, FIRMWARE, send, updraft
from test_req import Serve

INPUTS = pathlib.Path(os.environ.get("UPDRAFT_INPUTS", SOURCE.parent / "shared" / "inputs"))
OPEN = ("--raw", 0, "--allow-unsigned")


class NoApps(Files):
    """Bootloaders and files for cable installation: refused by a code of their own, before an erase."""

    def rows(self, chip):
        image = esp.app(chip)
        factory = esp.flash(0x20000, chip, apps={"app0": image}, size_nibble=2)[:0x10000 + len(image)]
        at = esp.CHIPS[chip][1]
        return {"bootloader": esp.bootloader(chip), "bootloader without descriptor": esp.bootloader(chip, False),
                "factory from 0": factory, "from the bootloader on": factory[at:],
                "whole flash": esp.flash(0x400000, chip)}

    def test_verify_refuses_them(self):
        for chip in esp.CHIPS:
            for name, data in self.rows(chip).items():
                with self.subTest(f"{chip}: {name}"):
                    status, text = self.verify(data)
                    self.assertEqual(status, 1)
                    self.assertIn("send the app's .bin", text)
                    code = json.loads(updraft("image", "verify", self.dir / "file", "--json", check=False).stdout)["code"]
                    self.assertEqual(code, "not_an_app")

    def test_a_device_refuses_them_and_erases_nothing(self):
        device = self.device("--firmware", self.file("v1", esp.app("esp32c3")), *OPEN)
        port = device.port()
        before = (self.dir / "device" / "flash.bin").read_bytes()
        for name, data in self.rows("esp32c3").items():
            with self.subTest(name):
                send(port, data)
                self.assertEqual(device.wait("update")["code"], "not_an_app")
        self.assertEqual((self.dir / "device" / "flash.bin").read_bytes(), before)

    def test_no_way_in_takes_them(self):
        v1 = self.file("v1", esp.app("esp32c3"))
        source, link = self.dir / "src", self.dir / "line"
        source.mkdir()
        device = self.device("--firmware", v1, "--raw", 0, "--http", 0, "--bundle", 0, "--password", "p", "--control", link,
                             "--allow-unsigned")
        ports = {}
        while len(ports) < 4:
            told = device.wait("listening")
            ports[told["scheme"]] = told.get("port")
        before = (self.dir / "device" / "flash.bin").read_bytes()
        urls = (f"raw://127.0.0.1:{ports['raw']}", f"ws://127.0.0.1:{ports['ws']}", f"control:{link}")
        rows = self.rows("esp32c3")
        del rows["whole flash"]  # larger than the slot, which some protocols tell first
        for name, data in rows.items():
            path = self.file("file", data)
            (source / "firmware.bin").write_bytes(data)
            bundle = ("push", source, f"bundle://127.0.0.1:{ports['bundle']}")
            for words in (*(("push", path, url) for url in urls), bundle):
                with self.subTest(f"{name}: {words[2].split(':')[0]}"):
                    done = updraft(*words, "--json", check=False, env={**os.environ, "UPDRAFT_PASSWORD": "p"})
                    self.assertEqual(device.wait("update")["code"], "not_an_app", done.stderr)
                    if not words[2].startswith("raw"):  # which carries no answer
                        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertEqual((self.dir / "device" / "flash.bin").read_bytes(), before)

    def test_a_device_that_fetches_one_refuses_it(self):
        v1 = self.file("v1", esp.app("esp32c3"))
        served = Serve(self, self.file("b", esp.bootloader()), "--raw", 0, "--req", 0)
        for scheme in ("raw", "req"):
            device = self.device("--firmware", v1, "--pull", f"{scheme}://127.0.0.1:{served.port(scheme)}",
                                 f"--allow-unsigned={scheme}", state=scheme)
            self.assertEqual(device.wait("update")["code"], "not_an_app")
            device.stop()

    def test_a_new_device_does_not_begin_with_one(self):
        done = updraft("device", "--state", self.dir / "d", "--firmware", self.file("b", esp.bootloader()), check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("bootloader", done.stderr)


class Unloadable(Files):
    def test_a_segment_without_memory_does_not_boot_and_is_told(self):
        for chip, address in (("esp32", 0x60000000), ("esp32", 0x40078000), ("esp32", 0x3FFE0000),
                              ("esp32c3", 0x403CE710), ("esp32c3", 0x20000000), ("esp32s3", 0x3FCE2810),
                              ("esp32c6", 0x4086E610)):
            with self.subTest(f"{chip} {address:#x}"):
                data = esp.app(chip, ram=address)
                status, text = self.verify(data)
                self.assertEqual(status, 1)
                self.assertIn(f"{address:#010x}", text)
                report = self.report(esp.flash(chip=chip, apps={"app0": data, "app1": esp.app(chip, "0.9")},
                                               records=((1, 2),)))
                self.assertEqual(report["boots"], "app1")
                self.assertIn("a segment is loaded to", " ".join(report["why"]))

    def test_a_device_refuses_one_and_erases_nothing(self):
        device = self.device("--firmware", self.file("v1", esp.app()), *OPEN)
        port = device.port()
        before = (self.dir / "device" / "flash.bin").read_bytes()
        for address in (0x60000000, 0x403CE710, 0x3FCD5710, 0x20000000, 0x3FC7FFFC, 0x50002000):
            with self.subTest(hex(address)):
                send(port, esp.app(version="1.1.0", ram=address))
                told = device.wait("update")
                self.assertEqual(told["code"], "malformed")
                self.assertIn(f"{address:#010x}", told["message"])
        self.assertEqual((self.dir / "device" / "flash.bin").read_bytes(), before)

    def test_an_image_without_descriptor_where_one_is_needed(self):
        for chip in ("esp32c2", "esp32c6", "esp32c61", "esp32h2"):
            with self.subTest(chip):
                _, _, data, ram, *_ = esp.CHIPS[chip]
                status, text = self.verify(esp.raw_image(chip, [(data + 0x20, esp.noise(1000)), (ram, esp.noise(256))]))
                self.assertEqual(status, 1)
                self.assertIn("no app descriptor", text)
                self.assertIn("bootloader needs one", text)
                self.assertNotIn("0xabcd5432", text)
        for chip in ("esp32", "esp32s2", "esp32c3", "esp32s3", "esp32p4"):
            with self.subTest(chip):
                _, _, data, ram, *_ = esp.CHIPS[chip]
                self.assertEqual(self.verify(esp.raw_image(chip, [(data + 0x20, esp.noise(1000)), (ram, esp.noise(256))]))[0], 0)

    def test_an_image_for_the_first_p4_does_not_go_into_a_later_one(self):
        p4 = self.file("p4", esp.app("esp32p4", min_rev=300, max_rev=399))
        device = self.device("--firmware", p4, "--chip-revision", "v3.1", *OPEN)
        send(device.port(), esp.app("esp32p4", "1.1.0", min_rev=100, max_rev=199))
        message = device.wait("update")["message"]
        self.assertIn("v1.0 to v1.99", message)
        self.assertIn("v3.1", message)

    def test_revisions_are_ranges_and_the_block_has_its_own(self):
        v1 = self.file("v1", esp.app("esp32c3"))
        device = self.device("--firmware", v1, "--chip-revision", "v1.1", "--block-revision", "v1.3", *OPEN)
        port = device.port()
        for data, words in ((esp.app("esp32c3", block_min=25185), ("eFuse block revision", "v251.85 and up", "v1.3")),
                            (esp.app("esp32c3", block_max=99), ("eFuse block revision", "up to v0.99", "v1.3")),
                            (esp.app("esp32c3", min_rev=300, max_rev=399), ("v3.0 to v3.99", "device is v1.1")),
                            (esp.app("esp32c3", max_rev=100), ("up to v1.0", "device is v1.1"))):
            send(port, data)
            told = device.wait("update")
            self.assertEqual(told["code"], "wrong_revision")
            for word in words:
                self.assertIn(word, told["message"])
        send(port, esp.app("esp32c3", "1.1.0", block_min=103, block_max=103))
        self.assertEqual(device.wait("update")["result"], "ok")


class Padding(Files):
    def test_padding_is_neither_sent_nor_counted(self):
        v1 = self.file("v1", esp.app("esp32c3"))
        csv = self.file("p.csv", b"otadata,data,ota,0x9000,0x2000\nota_0,app,ota_0,0x10000,128K\nota_1,app,ota_1,,128K\n")
        for filler in (b"\xff", b"\0"):
            with self.subTest(filler):
                data = esp.app("esp32c3", "1.1.0").ljust(0x400000, filler)
                state = f"d{filler[0]}"
                device = self.device("--firmware", self.file("v1p", v1.read_bytes().ljust(0x200000, filler)), "--partitions", csv,
                                     "--flash-size", "1MB", *OPEN, state=state)
                done = updraft("push", self.file("v2", data), f"raw://127.0.0.1:{device.port()}", "--json")
                self.assertEqual(device.wait("update")["version"], "1.1.0")
                self.assertLess(max(e.get("received", 0) for e in device.events), 4096)
                self.assertNotIn("4194304", done.stdout)
                device.wait("confirm")
                device.stop()


    def test_serve_and_a_bundle_leave_it_out_too(self):
        image = esp.app("esp32c3", "1.1.0")
        padded = self.file("v2", image.ljust(1 << 20, b"\xff"))
        served = Serve(self, padded, "--raw", 0)
        with socket.create_connection(("127.0.0.1", served.port("raw")), timeout=PATIENCE) as peer:
            self.assertEqual(b"".join(iter(lambda: peer.recv(65536), b"")), image)
        source = self.dir / "src"
        source.mkdir()
        (source / "firmware.bin").write_bytes(padded.read_bytes())
        device = self.device("--firmware", self.file("v1", esp.app("esp32c3")), "--bundle", 0, "--password", "p")
        done = updraft("push", source, f"bundle://127.0.0.1:{device.port('bundle')}", "--json",
                       env={**os.environ, "UPDRAFT_PASSWORD": "p"})
        self.assertEqual(device.wait("update")["version"], "1.1.0")
        self.assertNotIn(str(1 << 20), done.stdout)

    def test_what_is_told_of_it(self):
        data = esp.app("esp32c3", "1.1.0")
        for filler in (b"\xff", b"\0"):
            for size in (len(data) + 1, 0x10000, 0x400000):
                report = self.report(data.ljust(size, filler))
                self.assertEqual((report["valid"], report["length"], report["file_bytes"]), (True, len(data), size))


class Wrapped(Files):
    def test_both_look_inside_compressed_files(self):
        image = esp.app("esp32c3", "7.8.9")
        good = gzip.compress(image)
        for data in (good, gzip.compress(good)):
            self.assertEqual(self.verify(data)[0], 0)
            self.assertEqual(self.looked(data)[0], 0)
            self.assertIn("7.8.9", self.looked(data)[1])
        flipped = bytearray(good)
        flipped[len(good) // 2] ^= 0x10
        wrong = bytearray(image)
        wrong[600] ^= 1
        for name, data in {"cut": good[:-30], "flipped": bytes(flipped), "damaged inside": gzip.compress(bytes(wrong)),
                           "three times": gzip.compress(gzip.compress(good)), "text": gzip.compress(b"hello" * 100),
                           "bootloader": gzip.compress(esp.bootloader())}.items():
            with self.subTest(name):
                self.assertEqual(self.verify(data)[0], 1)
                self.assertEqual(self.looked(data)[0], 1)

    def test_zlib_and_a_patch_in_gzip_too(self):
        self.assertIn("7.8.9", self.looked(zlib.compress(esp.app("esp32c3", "7.8.9")))[1])
        v1, v2 = self.image("v1", "--version", "1.0.0"), self.image("v2", "--version", "1.1.0", "--seed", 2)
        updraft("delta", "make", v1, v2, "-o", self.dir / "patch")
        packed = gzip.compress((self.dir / "patch").read_bytes())
        self.assertEqual(self.verify(packed)[0], 0)
        status, text = self.looked(packed, "--from", v1)
        self.assertEqual(status, 0, text)
        self.assertIn("1.1.0", text)

    def test_a_sealed_image_is_judged_with_its_key(self):
        key = self.dir / "key.pem"
        subprocess.run(["openssl", "genrsa", "-out", key, "3072"], check=True, capture_output=True)
        wrong = bytearray(esp.app("esp32c3", "7.8.9"))
        wrong[600] ^= 1
        for name, image, status, words in (("sound", esp.app("esp32c3", "7.8.9"), 0, "7.8.9"), ("damaged", bytes(wrong), 1, ""),
                                           ("bootloader", esp.bootloader(), 1, "bootloader"),
                                           ("gzip", gzip.compress(esp.app("esp32c3", "7.8.9")), 0, "7.8.9")):
            with self.subTest(name):
                updraft("encrypt", self.file("plain", image), "--rsa-key", key, "-o", self.dir / "sealed", check=False)
                sealed = (self.dir / "sealed").read_bytes()
                for look in (self.verify, self.looked):
                    got, text = look(sealed, "--rsa-key", key)
                    self.assertEqual(got, status, text)
                    self.assertIn(words, text)
        self.assertEqual(self.looked(sealed)[0], 0)
        flipped = bytearray(sealed)
        flipped[-1] ^= 1
        self.assertEqual(self.looked(bytes(flipped), "--rsa-key", key)[0], 1)

    def test_a_patch_is_judged_with_its_base(self):
        v1, v2 = self.image("v1", "--version", "1.0.0"), self.image("v2", "--version", "1.1.0", "--seed", 2)
        updraft("delta", "make", v1, v2, "-o", self.dir / "patch")
        self.assertEqual(self.said("image", "verify", self.dir / "patch")[0], 0)
        status, text = self.said("inspect", self.dir / "patch", "--from", v1)
        self.assertEqual(status, 0)
        self.assertIn("1.1.0", text)
        self.assertEqual(self.said("image", "verify", self.dir / "patch", "--from", v2)[0], 1)


class Kinds(Files):
    def test_every_kind_has_a_name_and_a_next_step(self):
        for data, words in ((b"\x7fELF\x01\x01\x01" + bytes(200), "ELF"), (b"PK\x03\x04" + bytes(99) + b"\1", "ZIP"),
                            (b"7z\xbc\xaf\x27\x1c" + bytes(99), "7z"), (b"\xfd7zXZ\0" + bytes(99), "xz"),
                            (b":10000000000102030405060708090A0B0C0D0E0F78\n", "Intel HEX"),
                            (b"UF2\nWQ]\x9e" + bytes(500), "UF2"), (bytes(8) + b"littlefs" + bytes(8000), "LittleFS"),
                            (b"\x1e\xf1\xee\x0b" + bytes(99), "Zigbee"), (b"\x1e\xf1\xee\x1b" + bytes(99), "Matter"),
                            (b"version https://git-lfs.github.com/spec/v1\noid x\n", "Git LFS"),
                            (b'{"message":"Not Found"}', "JSON"), (b"<!doctype html>", "web page"),
                            (b"\xff" * 5000, "erased"), (esp.noise(65536), "noise"), (b"Salted__\x01\x80" + esp.noise(99), "openssl"),
                            (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", "web server")):
            with self.subTest(words):
                status, text = self.looked(data)
                self.assertIn(words, text)
                self.assertGreater(len(text.split()), 6, "and a next step")
                status, text = self.verify(data)
                self.assertEqual(status, 1)
                self.assertIn(words, text)

    def test_push_and_serve_say_it_too(self):
        device = self.device("--firmware", self.file("v1", esp.app()), *OPEN)
        url = f"raw://127.0.0.1:{device.port()}"
        for data, words in ((b"\x7fELF\x01\x01\x01" + bytes(200), "an ELF file"), (b"PK\x03\x04" + bytes(99) + b"\1", "a ZIP"),
                            (b'{"message":"Not Found"}', "JSON"), (esp.table(), "partition table"),
                            (esp.bootloader(), "second-stage bootloader"), (b"Salted__\x01\x80" + esp.noise(99), "openssl")):
            with self.subTest(words):
                path = self.file("file", data)
                self.assertIn(words, self.said("push", path, url)[1])
                served = Serve(self, path, "--raw", 0)
                served.port("raw")
                served.process.kill()
                self.assertIn(words, served.process.communicate()[1])

    def test_a_private_key_stays_here(self):
        key = self.dir / "release.pem"
        updraft("key", "gen", key)
        device = self.device("--firmware", self.file("v1", esp.app()), *OPEN)
        for words in (("push", key, f"raw://127.0.0.1:{device.port()}"), ("serve", key, "--raw", 0), ("serve", key, "--http", 0)):
            with self.subTest(words[0]):
                done = updraft(*words, check=False)
                self.assertEqual((done.returncode, "holds a private key, and stays here" in done.stderr), (1, True), done.stderr)

    def test_unnamed_firmware_is_told_by_its_build(self):
        data = esp.app(version="", project="")
        text = self.looked(data)[1]
        self.assertIn("unnamed built Jan  2 2026 12:34:56", text)
        self.assertIn(data[-32:].hex()[:16], text)


@unittest.skipUnless(FIRMWARE.exists(), "the real releases are not here")
class RealReleases(Files):
    def test_every_one_is_an_app_that_its_chip_can_load(self):
        for path in sorted(FIRMWARE.glob("*/*.bin")):
            with self.subTest(path.name):
                status, text = self.said("image", "verify", path, "--chip", path.parent.name.split("-")[-1])
                self.assertEqual(status, 0, text)


@unittest.skipUnless(INPUTS.exists(), "the collected files are not here")
class Collected(Files):
    def given(self, name):
        path = INPUTS / name
        if path.exists():
            return path.read_bytes()
        return gzip.decompress((INPUTS / (name + ".gz")).read_bytes())

    def test_what_they_are(self):
        for name, status, words in (
                ("factory-esp32s3-from-0.bin", 0, "app0"), ("factory-esp32-from-0.bin", 0, "app0"),
                ("release-esp32-from-0x1000.bin", 0, "from 0x1000"), ("bootloader-esp32s3-with-descriptor.bin", 0, "bootloader"),
                ("app-segment-at-0x60000000.bin", 1, "0x60000000"), ("app-esp32c6-no-descriptor.bin", 1, "no app descriptor"),
                ("app-gz.gz", 0, "demo"), ("dump-table-at-0x9000.bin", 0, "at 0x9000"),
                ("dump-esp32c3-bootloader-at-0x1000.bin", 1, "0x1000"), ("dump-no-bootloader.bin", 1, "there is none at 0x1000"),
                ("dump-4M-read-of-16M.bin", 1, "the table needs 16.0 MiB"),
                ("dump-esp32-app-partition-17M.bin", 1, "larger than 16 MiB"), ("one-slot.csv", 0, "no second app slot"),
                ("safeboot-and-ota0.csv", 0, "safeboot"), ("slots-ota0-ota2.csv", 0, "ota_0, ota_1"),
                ("slots-ota1-ota2.csv", 0, "ota_0, ota_1"), ("two-slots-no-otadata.csv", 0, "no otadata"),
                ("table-md5-wrong.bin", 1, "MD5"), ("table-cut-at-150-bytes.bin", 1, "entry 4"),
                ("table-utf16.csv", 0, "UTF-16"), ("http-redirect-long-head.txt", 1, "web server"), ("README.md", 1, "text")):
            with self.subTest(name):
                got, text = self.looked(self.given(name))
                self.assertIn(words, text)
                self.assertEqual(got, status, text)


if __name__ == "__main__":
    unittest.main()
