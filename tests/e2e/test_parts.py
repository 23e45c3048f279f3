"""Data partitions from outside: a file system alone, with its app, and what becomes of it when the app is rolled back."""
import http.server
import json
import os
import re
import struct
import subprocess
import threading
import unittest
import urllib.request

from harness import UPDRAFT, inspect, netcat, updraft
from test_ws_cli import CliCase

TABLE = """otadata, data, ota,       0xE000,   0x2000
ota_0,   app,  ota_0,     0x10000,  512K
ota_1,   app,  ota_1,     0x90000,  512K
web,     data, littlefs,  0x110000, 256K
media,   data, fat,       0x150000, 64K
updraft, data, undefined, 0x160000, 0x10000
"""
WEB = 256 * 1024


def littlefs(version, size=WEB):
    """A superblock of a LittleFS of that size, and sectors that differ by version."""
    image = bytearray(b"\xff" * size)
    for block in range(2):
        struct.pack_into("<II8sIIIIIII", image, block * 4096, 1 + block, 0xF0000FFF, b"littlefs", 0x2FE000E0,
                         0x20001, 4096, size // 4096, 255, 2**31 - 1, 1022)
    for sector in range(2, size // 4096, 3):
        image[sector * 4096:(sector + 1) * 4096] = bytes([version, sector % 251]) * 2048
    return bytes(image)


class PartCase(CliCase):
    def table(self, without="-"):
        path = self.dir / "parts.csv"
        path.write_text("".join(line for line in TABLE.splitlines(True) if not line.startswith(without)))
        return path

    def begin(self, *arguments):
        return self.start("--partitions", self.table(), *arguments)

    def write(self, name, content):
        path = self.dir / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def web(self, state="device"):
        flash = (self.dir / state / "flash.bin").read_bytes()
        return flash[0x110000:0x110000 + WEB]


class FileSystem(PartCase):
    def test_is_confirmed_once_a_start_has_brought_it(self):
        device, port = self.begin("--confirm", "never")
        at = f"ws://127.0.0.1:{port}"
        updraft("push", self.write("web.bin", littlefs(1)), at, "--to", "fs:web")
        early = updraft("confirm", at, check=False)
        self.assertEqual(early.returncode, 3)
        self.assertIn("waits for its restart", early.stderr)
        updraft("restart", at)
        self.assertIn("confirmed", updraft("confirm", at).stdout)

    def test_alone_in_its_place_after_the_restart(self):
        device, port = self.begin()
        web = littlefs(1)
        done = self.push(port, self.write("web.bin", web), "--to", "fs:web", "--restart")
        self.assertEqual(done["result"], "ok")
        device.wait("part", label="web", state="ready")
        device.wait("confirm")
        self.assertEqual(self.web(), web)

    def test_what_waits_for_a_restart_gets_it_when_somebody_asks(self):
        device, port = self.begin()
        web = littlefs(1)
        done = updraft("push", self.write("web.bin", web), f"ws://127.0.0.1:{port}", "--to", "fs:web")
        self.assertIn("256.0 KiB for fs:web are received and verified; the device puts them into use at its next restart", done.stdout)
        self.assertNotEqual(self.web(), web)
        self.run_on(port, "restart")
        device.wait("part", label="web", state="ready")
        device.wait("confirm")
        self.assertEqual(self.web(), web)

    def test_the_device_tells_of_it_as_of_a_file(self):
        words = [UPDRAFT, "device", "--state", self.dir / "told", "--partitions", self.table(), "--http", "0", "--allow-unsigned"]
        with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as device:
            port = next(filter(None, (re.search(r"ws://127.0.0.1:(\d+)/", line) for line in device.stdout))).group(1)
            updraft("push", self.write("web.bin", littlefs(1)), f"ws://127.0.0.1:{port}", "--to", "fs:web")
            told = next(line for line in device.stdout if line.startswith("update"))
            device.kill()
        self.assertEqual(told, "update     ok: 1 file was taken\n")

    def test_wrong_files_and_names_change_nothing(self):
        device, port = self.begin()
        before = self.web()
        half = self.write("half.bin", littlefs(1, WEB // 2))
        for file, to, code in ((half, "fs:web", "wrong_format"), (self.write("small.bin", littlefs(1, 32768)), "fs:media", "wrong_format"),
                               (half, "fs:none", "no_partition"), (half, "fs:otadata", "wrong_target"),
                               (half, "fs", "which_partition")):
            done = self.push(port, file, "--to", to, status=1)
            self.assertEqual(done["code"], code, to)
            if to == "fs:web":
                self.assertIn("131072 bytes, the partition 262144", done["message"])
        self.assertEqual(self.web(), before)

    def test_a_file_that_cannot_be_meant_is_not_sent(self):
        device, port = self.begin()
        app = self.file()
        done = updraft("push", app, f"ws://127.0.0.1:{port}", "--to", "fs:web", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is an app", done.stderr)
        done = updraft("push", self.write("web.bin", littlefs(1)), f"ws://127.0.0.1:{port}", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("LittleFS", done.stderr)
        done = updraft("push", self.dir / "web.bin", f"raw://127.0.0.1:{port}", "--to", "fs:web", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--to fs:web", done.stderr)

    def test_only_the_difference_is_sent(self):
        device, port = self.begin()
        old, new = self.write("old.bin", littlefs(1)), self.write("new.bin", littlefs(2))
        self.push(port, old, "--to", "fs:web", "--restart")
        device.wait("part", label="web", state="ready")
        device.wait("confirm")
        done = updraft("push", new, f"ws://127.0.0.1:{port}", "--to", "fs:web", "--delta-from", old, "--restart", "--json")
        told = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertLess(told[0]["patch_bytes"] if "patch_bytes" in told[0] else told[0]["bytes"], WEB // 4)
        device.wait("part", label="web", state="ready")
        device.wait("confirm")
        self.assertEqual(self.web(), new.read_bytes())
        third = self.write("third.bin", littlefs(3))
        done = self.push(port, third, "--to", "fs:web", "--delta-from", old, status=1)
        self.assertEqual(done["code"], "wrong_base", "that was the base once")

    def test_now_it_is_in_its_place_without_a_restart(self):
        device, port = self.begin("--now", "web")
        for version in (1, 2):
            web = self.write("web.bin", littlefs(version))
            self.assertEqual(self.push(port, web, "--to", "fs:web")["result"], "ok")
            device.wait("part", label="web", state="ready")
            device.wait("confirm")
            self.assertEqual(self.web(), web.read_bytes())
        self.assertEqual([event for event in device.events if event["event"] == "reboot"], [])

    def test_never_confirmed_the_old_one_comes_back(self):
        device, port = self.begin("--confirm", "manual")
        old, new = littlefs(1), littlefs(2)
        self.push(port, self.write("old.bin", old), "--to", "fs:web", "--restart")
        device.wait("part", state="ready")
        device.say("confirm")
        device.wait("confirm")
        self.push(port, self.write("new.bin", new), "--to", "fs:web", "--restart")
        device.wait("part", state="ready")
        self.assertEqual(self.web(), new)
        device.say("rollback")
        device.wait("part", state="restored")
        self.assertEqual(self.web(), old)


class RawTo(PartCase):
    """A listener of raw TCP that is bound to a partition: the protocol itself cannot name one."""

    def bound(self, *arguments):
        device = self.device("--partitions", self.table(), "--raw", 0, "--raw-to", "fs:web", "--allow-unsigned", *arguments)
        device.wait("boot")
        return device, device.port()

    def test_what_comes_is_for_the_partition(self):
        device, port = self.bound()
        web = littlefs(1)
        updraft("push", self.write("web.bin", web), f"raw://127.0.0.1:{port}", "--raw-to", "fs:web")
        self.assertEqual(device.wait("update")["result"], "ok")
        device.wait("part", label="web", state="ready")
        device.wait("confirm")
        self.assertEqual(self.web(), web)

    def test_now_a_device_that_restarts_by_itself_does_not(self):
        device, port = self.bound("--now", "web")
        web = self.write("web.bin", littlefs(1))
        netcat(port, web)
        device.wait("part", label="web", state="ready")
        device.wait("confirm")
        self.assertEqual(self.web(), web.read_bytes())
        self.assertEqual([event for event in device.events if event["event"] == "reboot"], [])

    def test_an_app_or_a_package_is_refused_and_nothing_changes(self):
        device, port = self.bound()
        flash = self.dir / "device" / "flash.bin"
        before = flash.read_bytes()
        package = self.dir / "app.suit"
        updraft("key", "gen", self.dir / "release.pem")
        app = self.file()
        updraft("sign", app, "--key", self.dir / "release.pem", "--product", "example.com/lamp/esp32c3/1", "--sequence", 1, "-o", package)
        for file in (app, package):
            netcat(port, file)
            told = device.wait("update")
            self.assertEqual((told["result"], told["code"]), ("refused", "wrong_target"))
        device.stop()
        self.assertEqual(flash.read_bytes(), before)

    def test_a_target_that_is_not_there_is_said_at_the_start(self):
        done = updraft("device", "--state", self.dir / "other", "--partitions", self.table(), "--raw", 0, "--raw-to", "fs:none",
                       "--allow-unsigned", check=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("--raw-to fs:none", done.stderr)


class Inspected(PartCase):
    """What `updraft inspect` shows of a device's flash: which data belongs to which app, where it is kept, and what partitions
    hold."""

    def shown(self):
        told = inspect(self.dir / "device")
        memory = next(part for part in told["parts"] if part["kind"] == "updraft_memory")
        kinds = {part["partition"]: part["kind"] for part in told["parts"] if "partition" in part}
        bound = [(app["slot"], one["label"], one["state"]) for app in memory.get("bound", ()) for one in app["data"]]
        return kinds, bound, memory.get("data_on_trial", False), updraft("inspect", self.dir / "device").stdout

    def test_staged_brought_and_saved(self):
        device, port = self.begin("--confirm", "manual")
        device.stop()
        kinds, bound, on_trial, text = self.shown()
        self.assertEqual((kinds["web"], kinds["media"], bound, on_trial), ("blank", "blank", [], False))
        old, new = self.write("old.bin", littlefs(1)), self.write("new.bin", littlefs(2))
        device, port = self.begin("--confirm", "manual")
        self.push(port, old, "--to", "fs:web", "--restart")
        device.wait("part", label="web", state="ready")
        device.say("confirm")
        device.wait("confirm")
        self.push(port, new, "--to", "fs:web")
        device.wait("part", label="web", state="staged")
        device.kill()
        kinds, bound, on_trial, text = self.shown()
        self.assertEqual((kinds["web"], kinds["media"]), ("littlefs", "blank"))
        self.assertEqual(bound, [("ota_0", "web", "staged"), ("ota_0", "web", "ready")], "the next data, and what there is")
        self.assertTrue(on_trial)
        self.assertIn("web: a LittleFS", text)
        self.assertRegex(text, r"web of ota_0: .*256.0 KiB \(staged\)")
        self.assertIn("data is on trial", text)
        device, port = self.begin("--confirm", "manual")
        device.kill()
        kinds, bound, on_trial, text = self.shown()
        self.assertRegex(text, r"web of ota_0: .*256.0 KiB \(ready\)")
        self.assertRegex(text, r"web of ota_0: .*\(saved\)", "what a rollback would bring back")


class Nothing(http.server.BaseHTTPRequestHandler):
    """A server that has nothing, and counts what is sent to it."""
    posts = 0

    def do_GET(self):
        self.send_error(404)

    def do_POST(self):
        Nothing.posts += 1
        self.send_error(404)

    def log_message(self, *_):
        pass


class Asked(PartCase):
    """What is said, and asked, before data is replaced."""

    def test_what_is_replaced_is_said(self):
        device, port = self.begin()
        done = updraft("push", self.write("web.bin", littlefs(1)), f"ws://127.0.0.1:{port}", "--to", "fs:web")
        self.assertIn("fs:web: all that is in it is replaced, also what the device wrote there", done.stderr)

    def test_the_older_app_is_given_up_only_where_that_is_meant(self):
        device, port = self.begin("--form", "--elegant")
        to = (self.write("web.bin", littlefs(1)), f"ws://127.0.0.1:{port}", "--to", "fs:web")
        self.push(port, self.file(), "--restart")
        device.wait("boot", version="2.0.0")
        device.wait("confirm")
        flash = self.dir / "device" / "flash.bin"
        before = flash.read_bytes()
        for scheme, target in (("ws", "fs:web"), ("form", "fs:web"), ("elegant", "fs")):
            done = updraft("push", to[0], f"{scheme}://127.0.0.1:{port}", "--to", target, "--keep-fallback", "--json", check=False)
            self.assertEqual((done.returncode, json.loads(done.stdout.splitlines()[-1])["code"]), (1, "no_room"), done.stderr)
            self.assertEqual(flash.read_bytes(), before, scheme)
        done = updraft("push", *to)
        self.assertIn("in the slot of the older app, 1.0.0", done.stderr)
        done = updraft("push", to[0], "arduino://127.0.0.1:9", "--to", "fs", "--keep-fallback", check=False)
        self.assertEqual(done.returncode, 2)

    def test_a_partition_for_staging_keeps_the_older_app(self):
        table = self.table()
        table.write_text(TABLE + "staging, data, 0x40,    0x170000, 512K\n")
        device, port = self.start("--partitions", table)
        self.push(port, self.file(), "--restart")
        device.wait("boot", version="2.0.0")
        device.wait("confirm")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ota/status") as reply:
            self.assertTrue(json.load(reply)["targets"][0]["keeps_older_app"])
        self.push(port, self.write("web.bin", littlefs(1)), "--to", "fs:web", "--keep-fallback", "--restart")
        device.wait("part", label="web", state="ready")
        device.wait("confirm")
        self.assertEqual(self.web(), littlefs(1))

    def test_the_device_names_its_targets(self):
        device, port = self.begin("--in-place", "media")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ota/status") as reply:
            status = json.load(reply)
        self.assertEqual(status["targets"], [{"name": "fs:web", "format": "littlefs", "bytes": WEB, "way": "staged"},
                                             {"name": "fs:media", "format": "fat", "bytes": 65536, "way": "in_place"}])

    def test_in_place_only_where_it_is_meant(self):
        device, port = self.begin("--in-place", "web", "--form")
        before, web = self.web(), self.write("web.bin", littlefs(1))
        for scheme in ("ws", "form"):
            done = updraft("push", web, f"{scheme}://127.0.0.1:{port}", "--to", "fs:web", check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("fs:web is received in place: a power cut on the way leaves half of it", done.stderr)
            self.assertIn("--yes", done.stderr)
            self.assertEqual(self.web(), before, scheme)
        updraft("push", web, f"form://127.0.0.1:{port}", "--to", "fs:web", "--yes", "--no-wait")
        self.assertEqual(self.web(), web.read_bytes())

    def test_a_device_without_a_status_cannot_say_what_it_gives_up(self):
        server = http.server.HTTPServer(("127.0.0.1", 0), Nothing)
        self.addCleanup(server.server_close)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        url = f"form://127.0.0.1:{server.server_port}"
        done = updraft("push", self.write("web.bin", littlefs(1)), url, "--to", "fs:web", "--keep-fallback", check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("has no status", done.stderr)
        self.assertEqual(Nothing.posts, 0)

    def test_without_a_way_back_only_where_it_is_meant(self):
        device, port = self.begin()
        to = (self.write("web.bin", littlefs(1)), f"ws://127.0.0.1:{port}", "--to", "fs:web", "--one-way")
        before = (self.dir / "device/flash.bin").read_bytes()
        done = updraft("push", *to, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("no way back", done.stderr)
        self.assertEqual((self.dir / "device/flash.bin").read_bytes(), before)
        updraft("push", *to, "--yes")
        device.wait("part", state="staged")


class EveryLink(PartCase):
    """By each protocol that can say what a file is for."""

    def send(self, scheme, way, listening, to):
        device = self.device("--partitions", self.table("media" if to == "fs" else "-"), *way, "--allow-unsigned",
                             state=scheme)
        web = littlefs(3)
        port = device.port(listening)
        done = updraft("push", self.write("web.bin", web), f"{scheme}://127.0.0.1:{port}", "--to", to, "--json",
                       check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        device.wait("part", label="web", state="staged")
        device.wait("part", label="web", state="ready")
        self.assertEqual(self.web(scheme), web)

    def test_form(self):
        self.send("form", ("--http", 0, "--form"), "form", "fs:web")

    def test_the_last_line_is_about_data(self):
        web = self.write("web.bin", littlefs(1))
        for scheme, to in (("form", "fs:web"), ("elegant", "fs")):
            with self.subTest(scheme):
                device = self.device("--partitions", self.table("media"), "--http", 0, f"--{scheme}", "--allow-unsigned", state=scheme)
                done = updraft("push", web, f"{scheme}://127.0.0.1:{device.port(scheme)}", "--to", to)
                self.assertIn(f"for {to} are received and verified; the device puts them into use, after a restart where it needs one", done.stdout)

    def test_arduino_to_the_only_file_system(self):
        self.send("arduino", ("--arduino", 0), "arduino", "fs")

    def test_elegant_to_the_only_file_system(self):
        self.send("elegant", ("--http", 0, "--elegant"), "elegant", "fs")


class Together(PartCase):
    def bundle(self, port, version, web, *arguments):
        app = self.image(version, "--version", version, *arguments)
        self.write("src/firmware.bin", app.read_bytes())
        self.write("src/part/web.bin", web)
        return updraft("push", self.dir / "src", f"bundle://127.0.0.1:{port}", "--json",
                       env=dict(os.environ, UPDRAFT_PASSWORD="hunter2"))

    def test_app_and_data_go_and_come_back_as_one(self):
        device = self.device("--partitions", self.table(), "--bundle", 0, "--password", "hunter2")
        port = device.port("bundle")
        old, new = littlefs(1), littlefs(2)
        self.bundle(port, "2.0.0", old)
        self.assertEqual(device.wait("boot", version="2.0.0")["version"], "2.0.0")
        device.wait("confirm")
        self.assertEqual(self.web(), old)
        self.bundle(port, "6.6.6", new, "--app", "crash")
        device.wait("boot", version="6.6.6")
        device.wait("boot", version="2.0.0")
        device.wait("part", state="restored")
        self.assertEqual(self.web(), old)


del CliCase

if __name__ == "__main__":
    unittest.main()
