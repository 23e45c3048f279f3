"""A device with one slot and a rescue app, from outside: updates that go through it, trials that end in it, apps that
crash into it."""
import http.client
import json
import subprocess
import unittest

from harness import PATIENCE, UPDRAFT, inspect, netcat, updraft
from rescue_case import ONE_SLOT, RescueCase


class OneSlot(RescueCase):
    def test_push_waits_and_sends_again_by_itself(self):
        v1, v2, bad = (self.image(name, "--version", version, *more) for name, version, more in
                       (("v1", "1.0.0", ()), ("v2", "2.0.0", ()), ("bad", "1.5.0", ("--app", "crash"))))
        device = self.one_slot("--firmware", v1, "--http", 0, "--allow-unsigned")
        self.assertEqual(device.wait("boot")["slot"], "ota_0")
        port = device.port("ws")
        said, _ = self.pushed(bad, f"ws://127.0.0.1:{port}", "--restart", check=False)
        self.assertIn("rescue_first", [event["event"] for event in said])
        self.assertEqual(said[-1]["code"], "rolled_back")
        self.assertEqual(device.wait("update", result="failed")["code"], "rescue_first")
        self.assertEqual(device.wait("rescue")["reason"], "update")
        self.assertEqual(device.wait("update", result="ok")["version"], "1.5.0")
        self.assertEqual(device.wait("rescue")["reason"], "trial_failed")
        said, _ = self.pushed(v2, f"http://127.0.0.1:{port}")
        self.assertEqual(said[-1]["result"], "ok", "the rescue app takes the next at once")
        device.wait("confirm")
        device.stop()
        self.assertEqual(inspect(self.dir / "device")["version"], "2.0.0")

    def test_a_foreign_sender_reads_the_sentence(self):
        device = self.one_slot("--http", 0, "--allow-unsigned")
        device.wait("boot")
        foreign = http.client.HTTPConnection("127.0.0.1", device.port("ws"), timeout=PATIENCE)
        self.addCleanup(foreign.close)
        foreign.request("POST", "/ota", self.image("v2", "--version", "2.0.0").read_bytes(), {"X-Updraft": "1"})
        self.assertIn("send again in a moment", foreign.getresponse().read().decode())
        ended = device.wait("update")
        self.assertEqual((ended["result"], ended["code"]), ("failed", "rescue_first"))
        self.assertIn("send again", ended["message"])
        self.assertEqual(device.wait("boot")["slot"], "rescue")

    def test_nothing_comes_and_the_app_comes_back(self):
        device = self.one_slot("--raw", 0, "--allow-unsigned", "--rescue-wait", 0.3)
        netcat(device.port("raw"), self.image("v2", "--version", "2.0.0"))
        device.wait("boot", slot="rescue")
        back = device.wait("boot", slot="ota_0")
        self.assertEqual((back["version"], back["state"]), ("1.0.0", "valid"))

    def test_what_is_fetched_is_fetched_by_it_as_well(self):
        v2 = self.image("v2", "--version", "2.0.0")
        serve = subprocess.Popen([UPDRAFT, "serve", v2, "--raw", "0", "--json"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (serve.kill(), serve.wait(), serve.stdout.close()))
        port = json.loads(serve.stdout.readline())["port"]
        device = self.one_slot("--pull", f"raw://127.0.0.1:{port}", "--allow-unsigned")
        self.assertEqual(device.wait("rescue")["reason"], "update")
        self.assertEqual(device.wait("update", result="ok")["version"], "2.0.0")
        device.wait("confirm")
        device.stop()

    def test_data_goes_where_it_belongs_because_no_slot_is_idle(self):
        self.table.write_text(ONE_SLOT.replace("fs, data, littlefs, , 256K", "res, 0x40, 0, , 64K\nspare, 0x41, 0, , 192K"))
        device = self.one_slot("--http", 0, "--allow-unsigned")
        device.wait("boot")
        port, flash = device.port("ws"), self.dir / "device" / "flash.bin"
        before = flash.read_bytes()
        data = self.dir / "res.bin"
        data.write_bytes(bytes(range(256)) * 256)
        told, done = self.pushed(data, f"ws://127.0.0.1:{port}", "--to", "fs:res", "--restart", check=False)
        self.assertEqual((told[-1]["code"], done.returncode), ("local", 2), "nobody has said that a cut may leave half of it")
        self.assertEqual(flash.read_bytes(), before)
        self.pushed(data, f"ws://127.0.0.1:{port}", "--to", "fs:res", "--restart", "--yes")
        updraft("restart", f"ws://127.0.0.1:{port}", "--into", "rescue")
        device.wait("boot", slot="rescue")
        other = self.dir / "other.bin"
        other.write_bytes(b"other" + bytes(65531))
        self.pushed(other, f"ws://127.0.0.1:{port}", "--to", "fs:res", "--yes")
        device.stop()
        self.assertEqual(flash.read_bytes()[0x3B0000:0x3C0000], other.read_bytes())
        self.assertEqual(flash.read_bytes()[0x10000:0x3B0000], before[0x10000:0x3B0000], "both apps are as they were")

    def test_a_restart_into_it_says_why(self):
        device = self.one_slot("--http", 0, "--allow-unsigned")
        port = device.port("ws")
        updraft("restart", f"ws://127.0.0.1:{port}", "--into", "rescue")
        self.assertEqual(device.wait("rescue")["reason"], "asked")

    def test_an_app_that_crashes_three_times_ends_in_it(self):
        bad = self.image("bad", "--version", "1.5.0", "--app", "crash")
        device = self.one_slot("--firmware", bad, "--bootloader", "plain", "--raw", 0, "--allow-unsigned")
        # Its record says valid: only an image that was not confirmed crashes here. So it comes as an update.
        netcat(device.port("raw"), self.image("worse", "--version", "1.6.0", "--app", "crash"))
        device.wait("boot", slot="rescue")
        netcat(device.port("raw"), self.image("worse", "--version", "1.6.0", "--app", "crash"))
        self.assertEqual(device.wait("rescue", reason="boot_loop")["reason"], "boot_loop")
        device.wait("boot", slot="rescue")
        panics = sum(event["event"] == "reboot" and event["reason"] == "panic" for event in device.events)
        self.assertEqual(panics, 3)
        netcat(device.port("raw"), self.image("v2", "--version", "2.0.0"))
        self.assertEqual(device.wait("boot", slot="ota_0")["version"], "2.0.0")

    def test_a_rescue_app_that_is_broken_is_said_before_anything_is_written(self):
        device = self.one_slot("--raw", 0, "--allow-unsigned")
        device.wait("boot")
        device.stop()
        flash = self.dir / "device" / "flash.bin"
        with flash.open("r+b") as file:
            file.seek(0x2E0000 + 5000)
            file.write(b"\0\1\2\3")
        before = flash.read_bytes()
        device = self.one_slot("--raw", 0, "--allow-unsigned")
        netcat(device.port("raw"), self.image("v2", "--version", "2.0.0"))
        self.assertEqual(device.wait("update")["code"], "rescue_broken")
        device.stop()
        self.assertEqual(flash.read_bytes(), before)


class Inspected(RescueCase):
    def test_layout_and_boot_counter(self):
        device = self.one_slot("--bootloader", "plain", "--raw", 0, "--allow-unsigned", "--healthy-after", 600)
        worse = self.image("worse", "--version", "1.6.0", "--app", "crash")
        netcat(device.port("raw"), worse)
        device.wait("boot", slot="rescue")
        netcat(device.port("raw"), worse)
        device.wait("reboot", reason="panic")
        device.wait("listening")
        device.kill()
        told = inspect(self.dir / "device")
        self.assertEqual(told["layout"], "one slot and a rescue app")
        memory = next(part for part in told["parts"] if part["kind"] == "updraft_memory")
        self.assertIn(memory["rescue"]["starts"], (1, 2))
        text = updraft("inspect", self.dir / "device").stdout
        self.assertIn("one slot and a rescue app", text)
        self.assertRegex(text, r"starts +[12] by a crash")

if __name__ == "__main__":
    unittest.main()
