"""A project that says once who it is: `updraft sign` and `push --sign-key` take the rest from updraft.toml, and number releases."""
import json
import os
import shutil
import socket
import subprocess
import unittest

from harness import inspect, updraft
from signed_case import PRODUCT, Made, verdict
from test_terminal import Terminal

SETTINGS = """vendor = "updraft.example"
product = "demo"
hardware = "1"
key = "keys/release.pem"
"""


class Project(Made):
    """A project with an updraft.toml, and an image in its build folder."""

    def setUp(self):
        super().setUp()
        self.project = self.dir / "project"
        self.build = self.project / "out/build"
        self.build.mkdir(parents=True)
        (self.project / "keys").mkdir()
        shutil.copy2(self.release, self.project / "keys/release.pem")
        self.settings = self.project / "updraft.toml"
        self.settings.write_text(SETTINGS)
        self.number = self.project / "updraft.sequence"
        self.app = self.build / "app.bin"
        updraft("image", "make", "--version", "1.2.3", "--size", 100_000, "-o", self.app)


class Everyday(Project):
    """One word to sign: the rest is in updraft.toml, and the number in a file beside it."""

    def sequence_of(self, name="app.suit"):
        return inspect(self.build / name)["sequence"]

    def test_what_is_not_named_comes_from_the_project(self):
        for expected in (1, 2, 3):
            done = json.loads(updraft("sign", self.app, "--json").stdout)
            self.assertEqual((done["event"], done["sequence"], done["product"], done["file"]),
                             ("signed", expected, PRODUCT, str(self.build / "app.suit")))
            self.assertEqual((self.sequence_of(), self.number.read_text()), (expected, f"{expected}\n"))
        names = ("--vendor", "updraft.example", "--class", "demo/esp32c3/1", "--installed", 2)
        self.assertEqual(verdict(self.build / "app.suit", self.keyset, *names), "ok")

    def test_inspect_names_the_product(self):
        updraft("sign", self.app)
        self.assertEqual(inspect(self.build / "app.suit")["components"][0]["product"], PRODUCT)
        self.assertIn(f"for {PRODUCT}, as updraft.toml has it", updraft("inspect", self.build / "app.suit").stdout)
        for text in (SETTINGS.replace('"demo"', '"lamp"'), SETTINGS.replace("updraft.example", "other.example"), "x", "vendor = 1\n"):
            self.settings.write_text(text)
            self.assertNotIn("product", inspect(self.build / "app.suit")["components"][0], text)

    def test_from_the_folder_of_the_image_as_well(self):
        done = subprocess.run([os.path.abspath(os.environ.get("UPDRAFT", "build/dev/updraft")), "sign", "app.bin"], cwd=self.build,
                              capture_output=True, text=True, check=True)
        self.assertIn("release 1 of " + PRODUCT, done.stdout)

    def test_the_chip_is_the_images(self):
        updraft("image", "make", "--chip", "esp32s3", "-o", self.build / "s3.bin")
        subprocess.run(["gzip", self.build / "s3.bin"], check=True)
        done = json.loads(updraft("sign", self.build / "s3.bin.gz", "--json").stdout)
        self.assertEqual((done["product"], done["file"]), ("updraft.example/demo/esp32s3/1", str(self.build / "s3.suit")))

    def test_what_is_named_wins(self):
        other = "other.example/lamp/esp32c3/2"
        done = json.loads(updraft("sign", self.app, "--key", self.stranger, "--product", other, "--sequence", 40,
                                  "-o", self.pkg, "--json").stdout)
        kid = updraft("key", "id", self.stranger).stdout.strip()
        self.assertEqual((done["product"], done["sequence"], done["signed_by"]), (other, 40, [kid]))
        self.assertEqual(self.number.read_text(), "40\n", "the number rises")
        updraft("sign", self.app, "--sequence", 7)
        self.assertEqual((self.sequence_of(), self.number.read_text()), (7, "40\n"), "and never falls")
        updraft("sign", self.app)
        self.assertEqual(self.sequence_of(), 41)

    def test_several_keys(self):
        shutil.copy2(self.stranger, self.project / "keys/second.pem")
        self.settings.write_text(SETTINGS.replace('"keys/release.pem"', '["keys/release.pem", "keys/second.pem"]'))
        self.assertEqual(len(json.loads(updraft("sign", self.app, "--json").stdout)["signed_by"]), 2)

    def test_nothing_is_numbered_that_was_not_signed(self):
        (self.project / "keys/release.pem").unlink()
        self.assertNotEqual(updraft("sign", self.app, check=False).returncode, 0)
        self.assertFalse(self.number.exists())
        self.assertFalse((self.build / "app.suit").exists())

    def test_two_at_once_get_two_numbers(self):
        program = os.environ.get("UPDRAFT", "build/dev/updraft")
        running = [subprocess.Popen([program, "sign", self.app, "-o", self.dir / f"{i}.suit"], stdout=subprocess.DEVNULL) for i in range(6)]
        self.assertEqual([one.wait() for one in running], [0] * 6)
        self.assertEqual(sorted(inspect(self.dir / f"{i}.suit")["sequence"] for i in range(6)), [1, 2, 3, 4, 5, 6])
        self.assertEqual(self.number.read_text(), "6\n")

    def test_a_number_file_that_is_none_is_left_alone(self):
        for text in ("", "x\n", "-1\n", "1.5\n", f"{2**53}\n", "9" * 60, "1 2\n", "7" * 100):
            self.number.write_text(text)
            done = updraft("sign", self.app, check=False)
            self.assertIn(done.returncode, (1, 2), text)
            self.assertIn("updraft.sequence", done.stderr)
            self.assertEqual(self.number.read_text(), text)
        self.number.write_text(f"{2**53 - 1}\n")
        self.assertIn("highest", updraft("sign", self.app, check=False).stderr)

    def test_settings_that_are_wrong_are_told_by_name(self):
        for text, words in (("vendor = ", "line 1"), (SETTINGS.replace("product", "prodct"), "prodct is no setting"),
                            (SETTINGS.replace('"demo"', "5"), "product is missing, or no text"), (SETTINGS.replace('"demo"', '""'), "product"),
                            (SETTINGS.replace('"keys/release.pem"', "[]"), "up to 4"), (SETTINGS.replace('"keys/release.pem"', "[1]"), "in quotes"),
                            (SETTINGS.replace("updraft.example", "nodomain"), "vendor"), ("x = " + "[" * 5000, "line 1"),
                            (SETTINGS + "#" * 70_000, "updraft.toml")):
            self.settings.write_text(text)
            done = updraft("sign", self.app, check=False)
            self.assertIn(done.returncode, (1, 2), words)
            self.assertIn(words, done.stderr)
        self.assertFalse(self.number.exists())

    def test_without_settings_it_says_what_to_write(self):
        self.settings.unlink()
        done = updraft("sign", self.app, check=False)
        self.assertEqual(done.returncode, 2)
        lines = [line.strip() for line in done.stderr.splitlines()[1:]]
        self.assertEqual([line.split(" = ")[0] for line in lines], ["vendor", "product", "hardware", "key"])
        self.settings.write_text("\n".join(lines).replace("release.pem", "keys/release.pem"))
        updraft("sign", self.app)
        for words in (("--product", PRODUCT), ("--product", PRODUCT, "--key", self.release)):
            (self.project / "updraft.toml").unlink(missing_ok=True)
            self.assertEqual(updraft("sign", self.app, *words, check=False).returncode, 2)

    # A person is asked once; then the file is there.
    def test_a_terminal_asks_and_writes_them(self):
        self.settings.unlink()
        questions = (b"domain, like example.com:", b"product, like lamp:", b"hardware [1]:", b"file [release.pem]:")
        key = self.project / "keys/release.pem"

        def asked(*answers, image=self.app, options=()):
            terminal = Terminal("sign", image, *options)
            for question, answer in zip(questions, answers):
                terminal.read(question)
                terminal.output = b""
                os.write(terminal.master, answer.encode() + b"\n")
            said = " ".join(terminal.end().split())
            return terminal.process.returncode, said

        for answers, words in ((("nodomain",), "vendor: want a domain"), (("updraft.example", ""), "no answer"),
                               (("updraft.example", "demo/x", ""), "class: want"),
                               (("updraft.example", "demo", "", str(self.dir / "none.pem")), "updraft key gen")):
            status, said = asked(*answers)
            self.assertEqual(status, 2, said)
            self.assertIn(words, said)
            self.assertEqual(list(self.dir.glob("**/updraft.*")), [])
        status, said = asked("updraft.example", "demo", "", str(key))
        self.assertEqual(status, 0, said)
        self.assertEqual((self.build / "updraft.toml").read_text(),
                         'vendor = "updraft.example"\nproduct = "demo"\nhardware = "1"\nkey = ["../../keys/release.pem"]\n')
        self.assertEqual(self.sequence_of(), 1)
        updraft("sign", self.app)  # and nobody is asked again
        self.assertEqual(verdict(self.build / "app.suit", self.keyset, "--installed", 1), "ok")

    def test_by_a_command(self):
        public = self.dir / "pub.pem"
        updraft("key", "pub", self.release, "-o", public)
        updraft("sign", self.app, "--key", public, "--signer-cmd", f"openssl dgst -sha256 -sign {self.release}")
        self.assertEqual(verdict(self.build / "app.suit", self.keyset), "ok")
        done = updraft("sign", self.app, "--key", public, check=False)
        self.assertIn("--signer-cmd", done.stderr)


class Pushed(Project):
    """What push signs on the way arrives as a package: at a listener that keeps what comes."""

    def sent(self, *options):
        with socket.create_server(("127.0.0.1", 0)) as server:
            program = os.environ.get("UPDRAFT", "build/dev/updraft")
            target = f"raw://127.0.0.1:{server.getsockname()[1]}"
            push = subprocess.Popen([program, "push", self.app, target, *map(str, options)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            connection, _ = server.accept()
            with connection:
                parts = iter(lambda: connection.recv(65536), b"")
                data = b"".join(parts)
            push.communicate(timeout=60)
        return data

    def test_signs_and_numbers(self):
        for expected in (1, 2):
            self.pkg.write_bytes(self.sent("--sign-key", self.release))
            self.assertEqual((inspect(self.pkg)["sequence"], verdict(self.pkg, self.keyset)), (expected, "ok"))
        self.pkg.write_bytes(self.sent("--sign-key", self.release, "--product", "a.example/b/c/d", "--sequence", 9))
        self.assertEqual((inspect(self.pkg)["sequence"], self.number.read_text()), (9, "9\n"))

    def test_a_patch_in_a_package(self):
        old = self.dir / "old.bin"
        updraft("image", "make", "--version", "1.2.2", "--size", 100_000, "-o", old)
        self.pkg.write_bytes(self.sent("--sign-key", self.release, "--delta-from", old))
        self.assertEqual(verdict(self.pkg, self.keyset), "ok")
        self.assertEqual(inspect(self.pkg)["components"][0]["size"], self.app.stat().st_size)
        self.assertLess(self.pkg.stat().st_size, self.app.stat().st_size)

    def test_to_a_device_that_asks_for_signatures(self):
        device = self.device("--raw", 0, "--http", 0, "--keyset", self.keyset, "--vendor", "updraft.example", "--class", "demo/esp32c3/1")
        ws, raw = device.port("ws"), device.port()
        for version, target, more in (("2.0.0", f"raw://127.0.0.1:{raw}", ("--confirm-at", f"ws://127.0.0.1:{ws}")), ("3.0.0", f"ws://127.0.0.1:{ws}", ("--restart",))):
            updraft("image", "make", "--version", version, "--size", 100_000, "-o", self.app)
            done = updraft("push", self.app, target, "--sign-key", self.release, *more, "--json")
            events = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual((events[-1]["result"], events[-1]["version"]), ("ok", version), events[-1])
            self.assertEqual([e["product"] for e in events if e["event"] == "signed"], [PRODUCT])
            device.wait("confirm")
        self.assertEqual(self.number.read_text(), "2\n")
        updraft("image", "make", "--version", "4.0.0", "--size", 100_000, "-o", self.app)
        refused = updraft("push", self.app, f"ws://127.0.0.1:{ws}", "--sign-key", self.stranger, "--restart", "--json", check=False)
        self.assertEqual((refused.returncode, json.loads(refused.stdout.splitlines()[-1])["code"]), (1, "key_unknown"))

    def test_a_package_that_was_signed_before_is_seen_running_too(self):
        device = self.device("--http", 0, "--keyset", self.keyset)
        updraft("image", "make", "--version", "2.0.0", "--size", 100_000, "-o", self.app)
        updraft("sign", self.app)
        done = updraft("push", self.build / "app.suit", f"ws://127.0.0.1:{device.port('ws')}", "--restart", "--json")
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["version"], "2.0.0")

    def test_not_a_bundle(self):
        done = updraft("push", self.dir, "bundle://127.0.0.1:1", "--sign-key", self.release, "--password", "x", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("bundle", done.stderr)


if __name__ == "__main__":
    unittest.main()
