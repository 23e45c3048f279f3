"""A protocol from outside the tree in the whole program, and the page that explains it."""
import pathlib
import re
import unittest

from harness import SOURCE, Case, send, updraft

HERE = pathlib.Path(__file__).resolve().parent
PAGE = SOURCE / "docs/new-protocol.md"
OPEN = ("--discard", 0, "--allow-unsigned=discard")


class Discard(Case):
    def test_an_update_arrives_and_the_device_restarts_on_its_port(self):
        device = self.device(*OPEN)
        listening = device.wait("listening", scheme="discard")
        self.assertEqual(listening["policy"], "unsigned")
        for version in ("1.1.0", "1.2.0"):
            done = updraft("push", self.image("next", "--version", version),
                           f"discard://127.0.0.1:{listening['port']}")
            self.assertIn("discard://", done.stdout)
            self.assertEqual(device.wait("update")["scheme"], "discard")
            self.assertEqual(device.wait("reboot")["reason"], "update")
            self.assertEqual(device.wait("boot")["version"], version)
            self.assertEqual(device.port("discard"), listening["port"])
            device.wait("confirm")

    def test_the_engine_judges_it_as_any_other(self):
        device = self.device("--discard", 0)
        port = device.port("discard")
        updraft("push", self.image("next"), f"discard://127.0.0.1:{port}", "--quietly", check=False)
        self.assertEqual(device.wait("update")["code"], "unsigned")
        send(port, b"")
        self.assertEqual(device.wait("update")["code"], "payload_missing")

    def test_it_is_in_help_hints_and_refusals(self):
        self.assertIn("discard", updraft("push", "--help").stdout)
        text = updraft("push", "--help", "discard").stdout
        self.assertIn("discard://HOST[:PORT], port 9 if not given", " ".join(text.split()))
        self.assertIn("--quietly", text)
        self.assertIn("--discard", updraft("device", "--help").stdout)
        self.assertIn("discard://192.168.1.20:9", updraft("push", "f", "nonsense://x", check=False).stderr)
        done = updraft("push", "f", "raw://127.0.0.1", "--quietly", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--quietly is an option of discard", done.stderr)


class Page(unittest.TestCase):
    def test_shows_what_is_built_here(self):
        parts = {}
        for file in HERE.glob("*.[hc]pp"):
            for name, text in re.findall(r"// \[(\w+)\]\n(.*?)// \[end\]", file.read_text(), re.DOTALL):
                parts[name] = (file.name, text)
        page = PAGE.read_text()
        shown = re.findall(r"`tests/new_protocol/([\w.]+)`:\n\n```cpp\n(.*?)```", page, re.DOTALL)
        self.assertEqual(sorted(shown), sorted(parts.values()))
        self.assertEqual(page.count("```cpp"), len(shown))

    def test_names_files_that_exist(self):
        for path in re.findall(r"\]\(\.\./([^)#]+)\)", PAGE.read_text()):
            self.assertTrue((SOURCE / path).exists(), path)


if __name__ == "__main__":
    unittest.main()
