"""What `updraft flash plan` says of tables with a rescue app, and of those that get one."""
import json
import unittest

from harness import PATIENCE, updraft
from rescue_case import RescueCase


class Plan(RescueCase):
    def plan(self, *arguments, status=0):
        done = updraft("flash", "plan", *arguments, "--json", check=False, timeout=10 * PATIENCE)  # --try computes
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return json.loads(done.stdout)

    def csv(self, name, text):
        path = self.dir / name
        path.write_text("nvs, data, nvs, 0x9000, 0x5000\notadata, data, ota, 0xe000, 0x2000\n" + text)
        return path

    def test_answers_and_exit_statuses(self):
        default = self.csv("default.csv", "app0, app, ota_0, 64K, 1280K\napp1, app, ota_1, , 1280K\nspiffs, data, spiffs, , 1408K\n")
        larger = self.csv("larger.csv", "app0, app, ota_0, 64K, 1920K\napp1, app, ota_1, , 1920K\nspiffs, data, spiffs, , 192K\n")
        self.assertEqual(self.plan(default, default)["answer"], "safe")
        told = self.plan(default, larger, status=1)
        self.assertEqual((told["rule"], told["code"]), (6, "unsafe_layout"))
        told = self.plan(default, larger, "--lose", "spiffs", status=3)
        self.assertEqual((told["answer"], told["window_ms"], told["window_worst_ms"]), ("46 ms of risk", 45.4, 403))
        told = self.plan(default, larger, "--lose", "spiffs", "--running", "app1", status=3)
        self.assertEqual(told["steps"][0]["what"], "move")
        guard = self.dir / "guard.bin"
        guard.write_bytes(b"... UDGUARD1 ...")
        self.assertEqual(self.plan(default, larger, "--lose", "spiffs", "--bootloader", guard)["answer"], "safe")
        self.assertEqual(updraft("flash", "plan", default, larger, "--running", "nobody", check=False).returncode, 2)
        text = updraft("flash", "plan", default, larger, check=False).stdout
        self.assertTrue(text.startswith("answer     not over the air: rule 6"), text)

    def test_a_dump_says_itself_what_runs(self):
        device = self.device("--raw", 0, "--allow-unsigned", "--flash-size", "4MB")
        device.wait("boot")
        device.stop()
        told = self.plan(self.dir / "device" / "flash.bin", self.dir / "device" / "flash.bin")
        self.assertTrue(told["same"])

    def test_try_counts_every_cut(self):
        told = self.plan(self.table, self.table, "--try")
        tried = told["try"]
        self.assertGreater(tried["cuts"], 1000)
        self.assertEqual((tried["finished"], tried["dead"], tried["stuck"]), (tried["cuts"], 0, 0))
        text = updraft("flash", "plan", self.table, self.csv("one.csv", "app0, app, ota_0, 64K, 2880K\n"), "--lose", "fs", "--lose", "updraft",
                       "--try", check=False).stdout
        self.assertIn("no update over the air is possible with the new table", text)

if __name__ == "__main__":
    unittest.main()
