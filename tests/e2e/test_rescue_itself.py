"""The rescue app as what is updated."""
import http.client
import json
import unittest

from harness import PATIENCE, inspect, updraft
from rescue_case import RescueCase


class TheRescueAppItself(RescueCase):
    """It is written in place, by the app, and then the next update goes through it."""

    def setUp(self):
        super().setUp()
        self.v2 = self.image("v2", "--version", "2.0.0")
        self.new = self.image("rescue2", "--version", "1.0.7")

    def rescue_in_flash(self, size):
        with (self.dir / "device" / "flash.bin").open("rb") as flash:
            flash.seek(0x2E0000)
            return flash.read(size)

    def holds_the_new_one(self):
        return self.rescue_in_flash(self.new.stat().st_size) == self.new.read_bytes()

    def test_push_to_rescue(self):
        device = self.one_slot("--http", 0, "--form", "--allow-unsigned", "--allow-target", "rescue")
        device.wait("boot")
        url = f"ws://127.0.0.1:{device.port('ws')}"
        before = self.rescue_in_flash(832 * 1024)
        told, done = self.pushed(self.new, url, "--to", "rescue", check=False)
        self.assertEqual((told[-1]["code"], done.returncode), ("local", 2), "a cut leaves none, and nobody has said that this is meant")
        self.assertEqual(self.rescue_in_flash(832 * 1024), before)
        told, _ = self.pushed(self.new, url, "--to", "rescue", "--yes", "--restart")
        self.assertEqual(told[-1]["result"], "ok")
        self.assertEqual(device.wait("update")["result"], "ok")
        self.assertEqual(device.wait("boot")["slot"], "ota_0")
        self.assertTrue(self.holds_the_new_one())
        told, _ = self.pushed(self.v2, url, "--restart")
        self.assertIn("rescue_first", [event["event"] for event in told])
        self.assertEqual(device.wait("boot", slot="rescue")["version"], "1.0.7")
        self.assertEqual(device.wait("boot", slot="ota_0")["version"], "2.0.0")

    def test_by_the_form(self):
        device = self.one_slot("--http", 0, "--form", "--allow-unsigned", "--allow-target", "rescue")
        device.wait("boot")
        self.pushed(self.new, f"form://127.0.0.1:{device.port('form')}", "--to", "rescue", "--yes")
        self.assertTrue(self.holds_the_new_one())

    def test_it_is_refused_where_nobody_allowed_it(self):
        device = self.one_slot("--http", 0, "--allow-unsigned")
        device.wait("boot")
        before = (self.dir / "device" / "flash.bin").read_bytes()
        told, done = self.pushed(self.new, f"ws://127.0.0.1:{device.port('ws')}", "--to", "rescue", "--yes", check=False)
        self.assertEqual((told[-1]["code"], done.returncode), ("wrong_target", 1))
        self.assertIn("--allow-target", done.stderr)
        device.stop()
        self.assertEqual((self.dir / "device" / "flash.bin").read_bytes(), before)

    def test_what_cannot_name_it_says_so(self):
        done = updraft("push", self.new, "raw://127.0.0.1:9", "--to", "rescue", "--yes", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("a package can", done.stderr)

    def test_a_power_cut_is_said_and_the_app_stays(self):
        ways = ("--http", 0, "--allow-unsigned", "--allow-target", "rescue")
        device = self.one_slot(*ways)
        device.wait("boot")
        device.stop()
        device = self.one_slot(*ways, "--cut-power-at", 40)
        self.pushed(self.new, f"ws://127.0.0.1:{device.port('ws')}", "--to", "rescue", "--yes", check=False)
        device.end()
        told = inspect(self.dir / "device")
        memory = next(part for part in told["parts"] if part["kind"] == "updraft_memory")
        self.assertEqual(memory["rescue"]["target"], "rescue")
        device = self.one_slot(*ways)
        self.assertEqual(device.wait("boot")["version"], "1.0.0")
        self.assertEqual(device.wait("rescue")["code"], "rescue_broken")
        url = f"ws://127.0.0.1:{device.port('ws')}"
        told, _ = self.pushed(self.v2, url, check=False)
        self.assertEqual(told[-1]["code"], "rescue_broken")
        self.pushed(self.new, url, "--to", "rescue", "--yes", "--restart")
        self.assertTrue(self.holds_the_new_one())
        told, _ = self.pushed(self.v2, url, "--restart")
        self.assertEqual(told[-1]["version"], "2.0.0")

    def test_the_status_names_it_and_the_rescue_app_does_not(self):
        device = self.one_slot("--http", 0, "--allow-unsigned")
        device.wait("boot")
        port = device.port("ws")

        def target():
            status = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            self.addCleanup(status.close)
            status.request("GET", "/ota/status")
            return [one for one in json.loads(status.getresponse().read())["targets"] if one["name"] == "rescue"]
        self.assertEqual(target(), [{"name": "rescue", "format": "app", "bytes": 832 * 1024, "way": "in_place"}])
        updraft("restart", f"ws://127.0.0.1:{port}", "--into", "rescue")
        device.wait("boot", slot="rescue")
        device.wait("listening", scheme="ws")
        self.assertEqual(target(), [])

    def test_one_that_is_older_than_the_app_needs_is_said(self):
        ways = ("--rescue", self.image("rescue1", "--version", "1.0.6"), "--http", 0, "--allow-unsigned", "--allow-target", "rescue", "--min-rescue", "1.0.7")
        device = self.one_slot(*ways)
        told = device.wait("rescue")
        self.assertEqual((told["code"], told["version"], told["wanted"]), ("too_old", "1.0.6", "1.0.7"))
        port = device.port("ws")
        url = f"ws://127.0.0.1:{port}"

        def rescue():
            status = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
            self.addCleanup(status.close)
            status.request("GET", "/ota/status")
            return json.loads(status.getresponse().read())["rescue"]
        self.assertEqual(rescue(), {"version": "1.0.6", "wanted": "1.0.7", "too_old": True})
        told, done = self.pushed(self.new, url, "--to", "rescue", "--yes", "--restart")
        self.assertEqual(told[-1]["result"], "ok")
        self.assertEqual(done.stderr.count("needs 1.0.7: updraft push"), 1)
        device.wait("boot", slot="ota_0")
        device.wait("listening", scheme="ws")
        self.assertEqual(rescue(), {"version": "1.0.7", "wanted": "1.0.7", "too_old": False})
        told, done = self.pushed(self.v2, url, "--restart")
        self.assertNotIn("rescue app of the device", done.stderr)

if __name__ == "__main__":
    unittest.main()
