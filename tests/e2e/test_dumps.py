"""Partition tables and flash dumps as people bring them: what they are, what boots, and what can be made of them."""
import gzip
import json
import unittest

import esp_files as esp
from files_case import Files
from harness import SOURCE, inspect, send, updraft

OPEN = ("--raw", 0, "--allow-unsigned")


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


    def test_more_that_is_wrong(self):
        twice = esp.table()
        end = twice.index(b"\xeb\xeb")
        rows = (*esp.USUAL[:3], ("app1", "app", "ota_1", 0x140000, 0x140000))
        app = b"a,app,ota_0,0x10000,1M\n"
        for data, words in (
                (twice[:end + 32] + twice[end:end + 32] + b"\xff" * 32, ("second MD5",)),
                (twice[:96] + b"\x12\x34" + twice[98:], ("entry 3", "1234", "app0")),
                (esp.table((*esp.USUAL[:2], ("app0", "app", "ota_0", 0xFFFF0000, 0x20000))), ("past the end", "app0")),
                (esp.table()[:20], ("cut off",)),
                (self.CSV.encode() + app + b"x,data,spifs,,1M\n", ("spifs", "spiffs", "line 4")),
                (self.CSV.encode() + app + b"x,data,spiffs,,1Q\n", ("1Q", "line 4")),
                (self.CSV.encode() + app + b"a,app,ota_1,,1M\n", ("twice", '"a"')),
                (self.CSV.encode() + app + b"b,app,ota_1,0x118000,1M\n", ("0x118000", "0x10000")),
                (self.CSV.encode() + app + b"b,app,ota_1,,1M,encripted\n", ("encripted", "encrypted"))):
            with self.subTest(words):
                status, text = self.looked(data)
                self.assertEqual(status, 1, text)
                for word in words:
                    self.assertIn(word, text)
        text = self.looked(esp.table(rows))[1]
        self.assertIn("app0 (0x10000 to 0x150000) and app1 (0x140000 to 0x280000) overlap", text)

    def test_any_encoding_of_a_table_is_read(self):
        csv = self.CSV + "a,app,ota_0,0x10000,1M\nb,app,ota_1,,1M\n"
        for encoding, word in (("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("utf-32", "UTF-32")):
            with self.subTest(encoding):
                report = self.report(csv.encode(encoding))
                self.assertEqual((report["valid"], report["encoding"], len(report["partitions"])), (True, word, 4))
        swapped = b"\xfe\xff" + csv.encode("utf-16-be")
        self.assertEqual(self.report(swapped)["encoding"], "UTF-16")
        state = self.device("--partitions", self.file("t.csv", csv.encode("utf-16")), *OPEN)
        self.assertEqual(state.wait("boot")["slot"], "a")

    def test_placement_follows_the_table(self):
        csv = b"otadata,data,ota,,0x2000\na,app,ota_0,,1M\nb,app,ota_1,,1M\n"
        for at in (0x8000, 0x9000, 0xC000, 0x10000, 0x1F000, 0x20000):
            report = self.report(csv, "--table-offset", hex(at))
            self.assertEqual(report["partitions"][0]["offset"], at + 0x1000)


class Devices(Files):
    """A virtual device with such a table."""

    def device_of(self, rows, state):
        csv = self.file(f"{state}.csv", (Tables.CSV + rows if "," in rows else rows).encode())
        return self.device("--partitions", csv, "--flash-size", "8MB", "--firmware", self.file("v1", esp.app()), *OPEN, state=state)

    def test_it_says_at_once_and_before_an_erase_that_no_update_is_possible(self):
        for i, (rows, words, update) in enumerate((
                ("app0,app,ota_0,0x10000,1M\n", "no second app slot", False),
                ("app0,app,ota_0,0x10000,1M\napp2,app,ota_2,,1M\n", "ota_0, ota_1", False),
                ("app0,app,ota_0,0x10000,1M\napp1,app,ota_1,,1M\napp3,app,ota_3,,1M\n", "ota_0, ota_1", False),
                ("f,app,factory,0x10000,1M\napp1,app,ota_1,,1M\napp2,app,ota_2,,1M\n", "ota_0, ota_1", False),
                ("f,app,factory,0x10000,1M\n", "no second app slot", False),
                ("safeboot,app,factory,0x10000,0xD0000\napp0,app,ota_0,0xE0000,1M\n", "safeboot", True))):
            with self.subTest(rows):
                device = self.device_of(rows, f"d{i}")
                port = device.port()
                before = (self.dir / f"d{i}" / "flash.bin").read_bytes()
                send(port, esp.app(version="1.1.0"))
                told = device.wait("update")
                self.assertEqual(told["result"], "ok" if update else "refused", told)
                if not update:
                    self.assertEqual(told["code"], "no_other_image")
                    self.assertIn(words, told["message"])
                    self.assertEqual((self.dir / f"d{i}" / "flash.bin").read_bytes(), before)
                device.process.kill()
                self.assertIn(words, device.process.stderr.read())
                device.end()
        self.assertIn("no otadata", self.said("inspect", self.file(
            "t", b"a,app,ota_0,0x10000,1M\nb,app,ota_1,,1M\n"))[1])

    def test_without_otadata_nothing_is_erased(self):
        csv = self.file("t.csv", b"a,app,ota_0,0x10000,1M\nb,app,ota_1,,1M\n")
        device = self.device("--partitions", csv, "--firmware", self.file("v1", esp.app()), *OPEN)
        port = device.port()
        before = (self.dir / "device" / "flash.bin").read_bytes()
        send(port, esp.app(version="1.1.0"))
        told = device.wait("update")
        self.assertEqual(told["code"], "no_other_image")
        self.assertIn("no otadata", told["message"])
        self.assertEqual((self.dir / "device" / "flash.bin").read_bytes(), before)

    def test_the_second_update_beside_a_factory_app_says_where_to_restart(self):
        device = self.device_of("safeboot,app,factory,0x10000,0xD0000\napp0,app,ota_0,0xE0000,1M\n", "d")
        send(device.port(), esp.app(version="1.1.0"))
        self.assertEqual(device.wait("update")["result"], "ok")
        device.wait("boot", slot="app0")
        port = device.port()
        device.wait("confirm")
        send(port, esp.app(version="1.2.0"))
        told = device.wait("update")
        self.assertEqual(told["code"], "no_other_image")
        self.assertIn("restart into", told["message"])

    def test_a_restart_into_the_factory_app_lets_the_next_update_in(self):
        csv = self.file("t.csv", (Tables.CSV + "safeboot,app,factory,0x10000,0xD0000\napp0,app,ota_0,0xE0000,1M\n").encode())
        device = self.device("--partitions", csv, "--firmware", self.file("v1", esp.app()), "--http", 0, "--allow-unsigned")
        url = f"ws://127.0.0.1:{device.port('ws')}"
        updraft("push", self.file("v2", esp.app(version="1.1.0")), url, "--restart")
        device.wait("boot", slot="app0")
        device.wait("confirm")
        v3 = self.file("v3", esp.app(version="1.2.0"))
        status, text = self.said("push", v3, url)
        self.assertEqual(status, 1)
        self.assertIn("restart into the factory app", text)
        for into in ("app0", "nothing", "safeboots"):
            self.assertEqual(self.said("restart", url, "--into", into)[0], 1, into)
        self.assertEqual(self.said("restart", url, "--into", "more than sixteen")[0], 2)
        self.assertEqual(json.loads(updraft("restart", url, "--json").stdout.splitlines()[-1])["slot"], "app0")
        told = json.loads(updraft("restart", url, "--into", "safeboot", "--json").stdout.splitlines()[-1])
        self.assertEqual((told["result"], told["slot"], told["version"]), ("ok", "safeboot", "1.0.0"))
        updraft("push", v3, url, "--restart")
        device.wait("boot", slot="app0", version="1.2.0")
        device.wait("confirm")
        device.say("restart safeboot")
        device.wait("boot", slot="safeboot")

    def test_no_restart_into_it_by_whom_nothing_is_taken_from(self):
        csv = self.file("t.csv", (Tables.CSV + "safeboot,app,factory,0x10000,0xD0000\napp0,app,ota_0,0xE0000,1M\n").encode())
        device = self.device("--partitions", csv, "--firmware", self.file("v1", esp.app()), "--http", 0, "--raw", 0,
                             "--allow-unsigned=raw")
        ports = {told["scheme"]: told["port"] for told in (device.wait("listening"), device.wait("listening"))}
        send(ports["raw"], esp.app(version="1.1.0"))
        device.wait("boot", slot="app0")
        device.wait("confirm")
        self.assertEqual(self.said("restart", f"ws://127.0.0.1:{ports['ws']}", "--into", "safeboot")[0], 1)
        self.assertEqual(device.wait("update")["code"], "unsigned")

    def test_the_table_stands_where_it_is_told(self):
        for at in (0x9000, 0xC000, 0x10000, 0x1F000, 0x20000):
            with self.subTest(hex(at)):
                state = f"d{at:x}"
                device = self.device("--table-offset", hex(at), "--firmware", self.file("v1", esp.app()), *OPEN, state=state)
                send(device.port(), esp.app(version="1.1.0"))
                self.assertEqual(device.wait("update")["result"], "ok")
                device.wait("confirm")
                device.stop()
                report = inspect(self.dir / state)
                self.assertEqual((report["table_offset"], report["boots"]), (at, "ota_1"))
                (self.dir / state / "device.json").unlink()
                again = self.device(*OPEN, state=state)
                self.assertEqual(again.wait("boot")["slot"], "ota_1", "a dump alone is enough")
                again.stop()
        for at in ("0x0", "0x8800", "0x21000"):
            done = updraft("device", "--state", self.dir / "x", "--table-offset", at, *OPEN, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("0x1000", done.stderr)


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

    def test_more_of_the_bootloader(self):
        unhashed = bytearray(esp.bootloader())
        unhashed[2] = 0  # esptool sets the mode, and leaves the hash
        status, text = self.looked(esp.flash(parts=((0, bytes(unhashed)),)))
        self.assertEqual(status, 0, text)
        self.assertIn("SHA-256 wrong", text)
        self.assertIn("QIO", text)
        for chip in esp.CHIPS:
            with self.subTest(chip):
                status, text = self.looked(esp.flash(chip=chip))
                self.assertEqual(status, 0, text)
                self.assertIn(f"at {esp.CHIPS[chip][1]:#x}, {chip}", text)
                for other in {0, 0x1000, 0x2000} - {esp.CHIPS[chip][1]}:
                    status, text = self.looked(esp.flash(chip=chip, boot_at=other))
                    self.assertEqual(status, 1, text)
                    self.assertIn(f"it lies at {other:#x}", text)
        for size, nibble in ((0x800000, 1), (0x800000, 2), (0x1000000, 3), (0x2000000, 4)):
            rows = (*esp.USUAL[:3], ("app1", "app", "ota_1", size // 2, size // 4), ("fs", "data", "spiffs", size // 4 * 3, size // 4))
            self.assertEqual(self.looked(esp.flash(size, rows=rows, size_nibble=nibble))[0], 1)
        no_descriptor = esp.flash(parts=((0, b"\xff" * 0x8000), (0, esp.bootloader(described=False))))
        self.assertEqual(self.looked(no_descriptor)[0], 0)

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
        for size in (0x400000, 0x3FFFFF, 0x123457, 0x11801):
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

    def test_an_app_partition_off_the_grid(self):
        for at in (0x11000, 0x18000, 0x1F000, 0x14000, 0x12000):
            with self.subTest(hex(at)):
                rows = esp.USUAL[:2] + (("app0", "app", "ota_0", at, 0x100000), ("app1", "app", "ota_1", 0x150000, 0x100000))
                status, text = self.looked(esp.flash(rows=rows))
                self.assertEqual(status, 1, text)
                self.assertIn("does not begin at a multiple of 64 KiB", text)

    def test_a_choice_that_does_not_boot_is_no_sound_flash(self):
        sound, v2 = esp.app(), esp.app(version="2.0")
        broken = v2[:700] + b"x" + v2[701:]
        for apps, records, status, boots, words in (
                ({"app0": sound, "app1": broken}, ((1, 2), (2, 2)), 1, "app0", "app1, which otadata asks for"),
                ({"app0": sound}, ((1, 2), (2, 2)), 1, "app0", "it is empty"),
                ({"app1": v2}, ((1, 2),), 1, "app1", "app0, which otadata asks for"),
                ({"app0": broken, "app1": broken}, (), 1, None, "nothing"),
                ({"app0": sound, "app1": broken}, ((1, 2),), 0, "app0", "does not boot"),
                ({"app0": sound}, (), 0, "app0", "empty"),
                ({"app0": sound, "app1": v2}, ((1, 2), (2, 2)), 0, "app1", "boots")):
            with self.subTest(words):
                data = esp.flash(apps=apps, records=records)
                got, text = self.looked(data)
                self.assertEqual(got, status, text)
                self.assertIn(words, text)
                self.assertEqual(self.report(data)["boots"], boots)

    def test_beta_and_unknown_chips_are_called_so(self):
        image = bytearray(esp.app())
        for chip, words in ((4, "beta"), (6, "beta"), (7, "beta"), (10, "beta"), (14, "beta"), (17, "beta"), (0x7A, "does not know"),
                            (0x101, "does not know"), (0xFFFF, "does not know")):
            with self.subTest(hex(chip)):
                image[12:14] = chip.to_bytes(2, "little")
                for look in (self.verify, self.looked):
                    status, text = look(bytes(image))
                    self.assertEqual(status, 1)
                    self.assertIn(words, text)

    def test_advice_comes_in_the_order_of_least_harm(self):
        broken = bytearray(esp.app(version="2.0"))
        broken[700] ^= 1
        report = self.report(esp.flash(apps={"app0": esp.app()[:600], "app1": esp.app(version="2.0")}, records=((1, 2),)))
        self.assertEqual(report["boots"], "app1")
        self.assertIn("write an app to app0 again", " ".join(report["advice"]))
        report = self.report(esp.flash(apps={"app0": esp.app(), "app1": bytes(broken)}, records=((1, 2), (2, 2))))
        self.assertIn("erase-otadata", report["advice"][0])


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


# ---- what the objects of --json hold ----

def faults(value, schema, root, where="it"):
    """What of a JSON Schema `value` breaks, as far as docs/inspect.schema.json uses the language; a member that
    the schema does not name counts at the top and in what is inside."""
    if "$ref" in schema:
        return faults(value, root if schema["$ref"] == "#" else root["$defs"][schema["$ref"].split("/")[-1]], root, where)
    kinds = {"string": str, "integer": int, "boolean": bool, "object": dict, "array": list, "null": type(None)}
    types = schema.get("type", [])
    types = types if isinstance(types, list) else [types]
    if types and not any(isinstance(value, kinds[t]) and (t != "integer" or value is not True) for t in types):
        return [f"{where} is no {types}: {value!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where} is none of {schema['enum']}"]
    found = []
    if isinstance(value, dict):
        known = schema.get("properties", {})
        found += [f"{where} has no {name}" for name in schema.get("required", []) if name not in value]
        if schema is root:
            found += [f"{where}: {name} is in no schema" for name in value if name not in known]
        for name in value:
            if name in known:
                found += faults(value[name], known[name], root, f"{where}.{name}")
    if isinstance(value, list):
        for i, item in enumerate(value):
            found += faults(item, schema.get("items", {}), root, f"{where}[{i}]")
    return found


class Schema(Files):
    def test_every_report_keeps_to_it(self):
        schema = json.loads((SOURCE / "docs" / "inspect.schema.json").read_text())
        image = esp.app()
        rows = (("otadata", "data", "ota", 0xE000, 0x2000), ("app0", "app", "ota_0", 0x10000, 0x1100000))
        device = self.device(*OPEN)
        device.wait("boot")
        device.stop()
        files = {"app": image, "gzip": gzip.compress(image), "cut": gzip.compress(image)[:-9], "bootloader": esp.bootloader(),
                 "flash": esp.flash(records=((1, 2),)), "part of one": esp.flash()[:0x123456], "no bootloader": esp.flash(boot=False),
                 "17 MiB": esp.flash(0x2000000, rows=rows), "table": esp.table(), "csv": Tables.CSV.encode(),
                 "broken": esp.table()[:150], "otadata": esp.record(1, 2).ljust(0x1000, b"\xff") + esp.record(2, 2).ljust(0x1000, b"\xff"),
                 "elf": b"\x7fELF\x01\x01" + bytes(99), "text": b"hello", "nothing": b"", "blank": b"\xff" * 4096,
                 "virtual": (self.dir / "device" / "flash.bin").read_bytes(), "unknown": bytes(range(7)) * 5,
                 "nvs": bytes.fromhex("feffffff00000000fe" + "ff" * 19 + "842dbab9").ljust(0x3000, b"\xff"),
                 "core": bytes.fromhex("00010000040105000100000000000000") + b"\x7fELF" + bytes(236),
                 "efuses": b"WAFER_VERSION_MAJOR (BLOCK0)  = 3 R/W (0x3)\nespefuse EFUSE_NAME (Block)\n",
                 "patch": None, "device": None, "memory": None}
        v1, v2 = self.image("v1", "--version", "1.0.0"), self.image("v2", "--version", "1.1.0", "--seed", 2)
        updraft("delta", "make", v1, v2, "-o", self.dir / "patch")
        updraft("flash", "extract", self.dir / "device" / "flash.bin", "updraft", "--whole", "-o", self.dir / "memory")
        for name, data in files.items():
            with self.subTest(name):
                path = self.dir / name if data is None else self.file("file", data)
                done = updraft("inspect", path, "--json", check=False)
                report = json.loads(done.stdout)
                self.assertEqual(faults(report, schema, schema), [])
                self.assertEqual(report["valid"], done.returncode == 0)


if __name__ == "__main__":
    unittest.main()
