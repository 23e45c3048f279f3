"""The first-use journeys: what the documents tell to type works as printed, in that order, in a fresh shell."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from journey import fenced

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[1]
UPDRAFT = os.environ.get("UPDRAFT", SOURCE / "build/dev/updraft")
ALONE = ["unshare", "-rn"]
CAN = subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0


@unittest.skipUnless(CAN, "no network of its own can be had here")
class Documents(unittest.TestCase):
    def walk(self, document, *seen):
        done = subprocess.run([*ALONE, sys.executable, HERE / "journey.py", SOURCE / document, UPDRAFT],
                              capture_output=True, text=True, timeout=600, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        for words in seen:
            self.assertIn(words, done.stdout)

    def test_readme(self):
        self.walk("README.md", "$ updraft push v2.suit raw://127.0.0.1:18000", "$ nc ", "$ updraft push v2.enc")

    def test_start(self):
        self.walk("docs/start.md", "$ updraft push v2.suit raw://127.0.0.1:18000")

    def test_raw(self):
        self.walk("docs/raw.md", "$ updraft push app.suit raw://", "$ updraft push v2.bin raw://")

    def test_ws(self):
        self.walk("docs/ws.md", "$ updraft push app.suit ws://", "running", "$ updraft push v2.bin wss://")

    def test_http(self):
        self.walk("docs/http.md", "--data-binary @app.suit http://", '{"result":"ok"', "$ updraft push v2.bin http://", "the device runs this already")

    def test_https(self):
        self.walk("docs/https.md", "demo 1.2.0", "demo 2.0.0")

    def test_form(self):
        self.walk("docs/form.md", "$ curl -f -F file=@app.suit", "OTA OK, restarting...", "$ updraft push v2.bin form://", "demo 1.1.0")

    def test_elegant(self):
        self.walk("docs/elegant.md", "$ updraft push app.suit elegant://", "$ updraft push v2.bin elegant://", "running demo 1.1.0")

    def test_bundle(self):
        self.walk("docs/bundle.md", "installed them all")

    def test_control(self):
        self.walk("docs/control.md", "$ updraft push app.suit control:", "it restarted and runs")

    def test_uart(self):
        self.walk("docs/uart.md", "$ updraft push app.suit uart:", "$ updraft push v2.bin uart:")

    def test_sd(self):
        self.walk("docs/sd.md", "$ updraft push app.suit sd:", "$ updraft push v2.bin sd:")

    def test_arduino(self):
        self.walk("docs/arduino.md", "has verified it and starts it")

    def test_native(self):
        self.walk("docs/native.md", "$ updraft pair", "running demo 2.0.0", "runs this already; nothing was sent", "the device holds KeySet 1",
                  "running demo 3.0.0")

    def test_esphome(self):
        self.walk("docs/esphome.md", "has verified it and starts it")

    def test_delta(self):
        self.walk("docs/delta.md", "applied", "as the difference to demo 1.0.1")

    def test_req(self):
        self.walk("docs/req.md", "demo 1.2.0", "demo 1.1.0")

    def test_page(self):
        self.walk("docs/page.md", "http://127.0.0.1:8080", "$ updraft push v2.bin ws://127.0.0.1:8081", "running demo 1.1.0")

    def test_inspect(self):
        self.walk("docs/inspect.md", "$ updraft flash extract dump.bin coredump", "$ updraft flash merge")

    def test_one_slot(self):
        self.walk("docs/one-slot.md", "$ updraft push v2.bin ws://", "--into rescue", "the rescue app, ", "is in place and verified; running demo 1.0.0")

    def test_signed(self):
        self.walk("docs/signed.md", "$ updraft suit attach", "$ updraft suit verify product-2.keyset")

    def test_no_page_is_left_out(self):
        """A page with commands of ours has its journey, or stands here with the reason."""
        elsewhere = {
            "examples/README.md",   # needs a web server and a co-processor on a real line
            "docs/new-protocol.md", "docs/esp-idf.md",  # commands of a build: tests/new_protocol, tests/esp_idf
            "spec/protocols/native.md", "spec/server/fleet.md",  # to come
        }
        walked = set(re.findall(r'self\.walk\("([^"]+)"', pathlib.Path(__file__).read_text()))
        pages = [page for folder in ("", "docs", "examples", "spec/protocols", "spec/server")
                 for page in (SOURCE / folder).glob("*.md")]
        ours = {str(page.relative_to(SOURCE)) for page in pages
                if any(line.startswith("updraft ") for lines in fenced(page) for line in lines)}
        self.assertEqual(ours - walked - elsewhere, set())
        self.assertEqual(walked - ours, set())


class Program(unittest.TestCase):
    """After ./quickstart, `updraft` is a command, or the one line to type is said."""

    def link(self, home, path):
        return subprocess.run([SOURCE / "tools/link-program", UPDRAFT], capture_output=True, text=True, check=True,
                              env={"HOME": str(home), "PATH": path}).stdout

    def test_is_linked(self):
        with tempfile.TemporaryDirectory() as folder:
            bin_folder = pathlib.Path(folder) / ".local/bin"
            said = self.link(folder, "/usr/bin:/bin")
            self.assertIn(f'export PATH="{bin_folder}:$PATH"', said)
            said = self.link(folder, f"{bin_folder}:/usr/bin:/bin")
            self.assertNotIn("export", said)
            version = subprocess.run(["bash", "-c", "updraft --version"], capture_output=True, text=True, check=True,
                                     env={"PATH": f"{bin_folder}:/usr/bin:/bin"}).stdout
            self.assertRegex(version, r"^\d+\.\d+")
            (bin_folder / "updraft").unlink()
            (bin_folder / "updraft").write_text("somebody else's")
            self.link(folder, "/usr/bin:/bin")
            self.assertEqual((bin_folder / "updraft").read_text(), "somebody else's")


if __name__ == "__main__":
    unittest.main()
