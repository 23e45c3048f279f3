"""Awkward files as people meet them: what they are, whether a device takes them, and what to do next."""
import gzip
import json
import os
import pathlib
import struct
import subprocess
import unittest

import esp_files as esp
from harness import SOURCE, Case, inspect, send, updraft

INPUTS = pathlib.Path(os.environ.get("UPDRAFT_INPUTS", SOURCE.parent / "shared" / "inputs"))
OPEN = ("--raw", 0, "--allow-unsigned")


class Files(Case):
    def file(self, name, data):
        path = self.dir / name
        path.write_bytes(data)
        return path

    def said(self, *words):
        done = updraft(*words, check=False)
        return done.returncode, done.stdout + done.stderr

    def verify(self, data, *more):
        return self.said("image", "verify", self.file("file", data), *more)

    def looked(self, data, *more):
        return self.said("inspect", self.file("file", data), *more)

    def report(self, data, *more):
        return json.loads(updraft("inspect", self.file("file", data), "--json", *more, check=False).stdout)


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

    def test_an_image_without_descriptor_where_one_is_needed(self):
        data = esp.raw_image("esp32c6", [(0x42000020, esp.noise(1000)), (0x40800000, esp.noise(256))])
        status, text = self.verify(data)
        self.assertEqual(status, 1)
        self.assertIn("no app descriptor", text)
        self.assertNotIn("0xabcd5432", text)

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

    def test_a_patch_is_judged_with_its_base(self):
        v1, v2 = self.image("v1", "--version", "1.0.0"), self.image("v2", "--version", "1.1.0", "--seed", 2)
        updraft("delta", "make", v1, v2, "-o", self.dir / "patch")
        self.assertEqual(self.said("image", "verify", self.dir / "patch")[0], 0)
        status, text = self.said("inspect", self.dir / "patch", "--from", v1)
        self.assertEqual(status, 0)
        self.assertIn("1.1.0", text)
        self.assertEqual(self.said("image", "verify", self.dir / "patch", "--from", v2)[0], 1)


class Tables(Files):
    CSV = "nvs,data,nvs,0x9000,0x5000\notadata,data,ota,0xe000,0x2000\n"

    def test_tables_that_no_update_goes_into_say_so_at_once(self):
        for rows, words in (("app0,app,ota_0,0x10000,1M\n", "no second app slot"),
                            ("app0,app,ota_0,0x10000,1M\napp2,app,ota_2,,1M\n", "ota_0, ota_1"),
                            ("app1,app,ota_1,0x10000,1M\napp2,app,ota_2,,1M\n", "ota_0, ota_1"),
                            ("safeboot,app,factory,0x10000,0xD0000\napp0,app,ota_0,0xE0000,1M\n", "safeboot")):
            with self.subTest(rows):
                self.assertIn(words, self.looked((self.CSV + rows).encode())[1])
        self.assertIn("no otadata", self.looked(b"a,app,ota_0,0x10000,1M\nb,app,ota_1,,1M\n")[1])

    def test_what_is_wrong_is_told_and_the_rest_is_listed(self):
        damaged = bytearray(esp.table())
        damaged[6 * 32 + 16:6 * 32 + 32] = bytes(16)
        for data, words in ((bytes(damaged), ("MD5", "app0", "coredump")), (esp.table()[:150], ("entry 4", "app1")),
                            (b"nvs,dta,nvs,0x9000,0x5000\nota_0,app,ota_0,0x10000,1M\n", ("dta", "partition_table", "ota_0")),
                            ((self.CSV + "a,app,ota_0,0x10000,1M\nb,app,ota_1,0x100000,1M\n").encode(),
                             ("0x100000", "0x110000"))):
            with self.subTest(words):
                status, text = self.looked(data)
                self.assertEqual(status, 1)
                for word in words:
                    self.assertIn(word, text)
        status, text = self.looked((self.CSV + "a,app,ota_0,0x10000,1M\n").encode("utf-16"))
        self.assertIn("UTF-16", text)
        self.assertIn("otadata", text)


class Flash(Files):
    def test_the_table_is_found_at_any_place(self):
        for at in range(0x3000, 0x21000, 0x1000):
            rows = (("otadata", "data", "ota", 0x22000, 0x2000), ("app0", "app", "ota_0", 0x30000, 0x100000),
                    ("app1", "app", "ota_1", 0x130000, 0x100000))
            with self.subTest(hex(at)):
                report = self.report(esp.flash(chip="esp32c3", rows=rows, table_at=at))
                self.assertEqual((report["table_offset"], report["boots"]), (at, "app0"))

    def test_the_bootloader_is_read(self):
        for name, data, words in (
                ("none", esp.flash(boot=False), "there is none at 0x0"),
                ("another place", esp.flash(boot_at=0x1000), "it lies at 0x1000"),
                ("another chip", esp.flash(parts=((0, esp.bootloader("esp32s3")),)), "esp32s3"),
                ("damaged", esp.flash(parts=((500, b"\x55"),)), "checksum is wrong"),
                ("4 MB under a table of 16", esp.flash(0x1000000, size_nibble=2, rows=esp.USUAL[:3] + (
                    ("app1", "app", "ota_1", 0x800000, 0x400000),)), "its header says 4.0 MiB")):
            with self.subTest(name):
                status, text = self.looked(data)
                self.assertEqual(status, 1, text)
                self.assertIn(words, text)
        status, text = self.looked(esp.flash())
        self.assertEqual(status, 0, text)
        for word in ("DIO", "80 MHz", "SHA-256 right", "assumed", "ESP-IDF v5.5"):
            self.assertIn(word, text)

    def test_a_virtual_device_needs_none(self):
        device = self.device(*OPEN)
        device.wait("boot")
        device.stop()
        status, text = self.said("inspect", self.dir / "device")
        self.assertEqual(status, 0)
        self.assertIn("none: a virtual device", text)

    def test_a_file_that_ends_early_is_judged_as_far_as_it_goes(self):
        rows = (("otadata", "data", "ota", 0xE000, 0x2000), ("app0", "app", "ota_0", 0x10000, 0x600000),
                ("app1", "app", "ota_1", 0x610000, 0x600000))
        whole = esp.flash(0x1000000, rows=rows, apps={"app0": esp.app(), "app1": esp.app(version="2.0")}, records=((1, 2),))
        for size in (0x400000, 0x3FFFFF, 0x123457, 0x11000):
            with self.subTest(hex(size)):
                report = self.report(whole[:size])
                self.assertEqual((report["complete"], report["boots"], report["needed"]), (False, "app0", 0x1000000))
                self.assertIn("read the whole chip", " ".join(report["advice"]))
        other = esp.flash(0x1000000, rows=rows, apps={"app0": esp.app(), "app1": esp.app(version="2.0")},
                          records=((1, 2), (2, 2)))
        report = self.report(other[:0x400000])
        self.assertEqual((report["boots"], report["boots_known"]), (None, False))

    def test_a_file_for_installation_is_called_one(self):
        image = esp.app()
        report = self.report(esp.flash(apps={"app0": image})[:0x10000 + len(image)])
        self.assertEqual((report["boots"], report["installation"], report["complete"]), ("app0", True, False))
        self.assertIn("updraft flash extract", " ".join(report["advice"]))
        updraft("flash", "extract", self.dir / "file", "app0", "-o", self.dir / "app")
        self.assertEqual((self.dir / "app").read_bytes(), image)

    def test_an_app_partition_larger_than_a_chip_can_map(self):
        rows = esp.USUAL[:2] + (("app0", "app", "ota_0", 0x10000, 0x1100000),)
        status, text = self.looked(esp.flash(0x2000000, rows=rows, records=((1, 2),)))
        self.assertEqual(status, 1)
        self.assertIn("larger than 16 MiB", text)

    def test_advice_comes_in_the_order_of_least_harm(self):
        broken = bytearray(esp.app(version="2.0"))
        broken[700] ^= 1
        report = self.report(esp.flash(apps={"app0": esp.app()[:600], "app1": esp.app(version="2.0")}, records=((1, 2),)))
        self.assertEqual(report["boots"], "app1")
        self.assertIn("write an app to app0 again", " ".join(report["advice"]))
        report = self.report(esp.flash(apps={"app0": esp.app(), "app1": bytes(broken)}, records=((1, 2), (2, 2))))
        self.assertIn("erase-otadata", report["advice"][0])


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

    def test_unnamed_firmware_is_told_by_its_build(self):
        data = esp.app(version="", project="")
        text = self.looked(data)[1]
        self.assertIn("unnamed built Jan  2 2026 12:34:56", text)
        self.assertIn(data[-32:].hex()[:16], text)


class Dumps(Files):
    def test_parts_come_out_and_the_table_as_text(self):
        image = esp.app(version="3.2.1")
        dump = self.file("dump", esp.flash(apps={"app0": image}))
        updraft("flash", "extract", dump, "app0", "-o", self.dir / "app")
        self.assertEqual((self.dir / "app").read_bytes(), image)
        updraft("flash", "extract", dump, "app0", "--whole", "-o", self.dir / "app")
        self.assertEqual((self.dir / "app").stat().st_size, 0x140000)
        updraft("flash", "extract", dump, "all", "-o", self.dir / "parts")
        self.assertEqual(sorted(p.name for p in (self.dir / "parts").iterdir()),
                         ["app0.bin", "app1.bin", "coredump.bin", "nvs.bin", "otadata.bin", "spiffs.bin", "table.csv"])
        updraft("flash", "table", dump, "-o", self.dir / "t.csv")
        self.assertEqual(inspect(self.dir / "t.csv")["partitions"], inspect(dump)["partitions"])

    def test_the_choice_changes_in_a_copy_alone(self):
        data = esp.flash(apps={"app0": esp.app(), "app1": esp.app(version="2.0")}, records=((1, 2), (2, 2)))
        dump = self.file("dump", data)
        self.assertEqual(inspect(dump)["boots"], "app1")
        updraft("flash", "select", dump, "app0", "-o", self.dir / "other")
        self.assertEqual(inspect(self.dir / "other")["boots"], "app0")
        updraft("flash", "erase-otadata", dump, "-o", self.dir / "other")
        self.assertEqual(inspect(self.dir / "other")["boots"], "app0")
        self.assertEqual(dump.read_bytes(), data)
        self.assertEqual(updraft("flash", "select", dump, "app0", "-o", dump, check=False).returncode, 2)
        self.assertEqual(updraft("flash", "select", dump, "nothing", "-o", self.dir / "o", check=False).returncode, 1)

    def test_merged_files_boot(self):
        for chip in esp.CHIPS:
            with self.subTest(chip):
                boot, app = self.file("boot", esp.bootloader(chip)), self.file("app", esp.app(chip))
                csv = self.file("t.csv", b"otadata,data,ota,0xe000,0x2000\nota_0,app,ota_0,0x10000,1M\nota_1,app,ota_1,,1M\n")
                out, manifest = self.dir / "merged", self.dir / "manifest.json"
                updraft("flash", "merge", "--bootloader", boot, "--table", csv, "--app", app, "-o", out, "--manifest", manifest)
                data = out.read_bytes()
                self.assertEqual(data[esp.CHIPS[chip][1]:][:len(boot.read_bytes())], boot.read_bytes())
                self.assertEqual(data[0x10000:], app.read_bytes())
                self.assertEqual(inspect(out)["boots"], "ota_0")
                self.assertEqual(json.loads(manifest.read_text())["builds"][0]["parts"][0]["offset"], 0)
        self.assertEqual(updraft("flash", "merge", "--bootloader", app, "--table", csv, "--app", app, "-o", out,
                                 check=False).returncode, 1)


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
