"""What every command says: nothing does anything to a terminal, JSON is always UTF-8, a failure is always told."""
import json
import os
import pathlib
import subprocess
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import PATIENCE, UPDRAFT, Case, sampled, updraft
from web_server import Server, give

EVIL = (b"a\x1b[2Jb", b"a\xff\xfeb", "a\u202eb\u009b".encode())


def run(*arguments):
    return subprocess.run([UPDRAFT.encode(), *(a if isinstance(a, bytes) else str(a).encode() for a in arguments)],
                          capture_output=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL)


class EveryName(Case):
    def expect_harmless(self, done, *about):
        for text in (done.stdout, done.stderr):
            self.assertNotIn(b"\x1b", text, about)
            for character in text.decode("utf-8"):  # throws where it is none
                self.assertTrue(character in "\n" or character.isprintable(), (about, text))

    def commands(self, name, good, folder):
        """Each command, with `name` wherever a name may be; nothing of it needs a device."""
        gone = ("raw://127.0.0.1:1", "--wait", 0)
        key = ("--aes-key", "0123456789abcdef0123456789abcdef")
        yield "inspect", name
        yield "image", "verify", name
        yield "image", "make", "-o", folder + b"/x/" + name[-4:]
        yield "encrypt", name, "-o", good + b".enc", *key
        yield "encrypt", good, "-o", name + b".enc", *key
        yield "encrypt", good, "-o", good + b".enc", "--rsa-key", name
        yield "decrypt", name, "-o", good + b".dec", *key
        yield "delta", "make", name, good, "-o", name + b".delta"
        yield "delta", "apply", good, name, "-o", good + b".new"
        yield "key", "id", name
        yield "key", "pub", name, "-o", name + b".pub"
        yield "keyset", "make", "--root", name, "--release", name, "-o", name + b".keyset"
        yield "keyset", "show", name
        yield "sign", good, "--key", name, "--product", b"a.example/x/y/z", "--sequence", 1, "-o", name + b".suit"
        yield "suit", "make", name, "--product", name, "--sequence", 1, "-o", name + b".suit"
        yield "suit", "tbs", name, "-o", name + b".tbs"
        yield "suit", "verify", good, "--keyset", name, "--vendor", name
        yield "push", name, *gone
        yield "push", good, *gone, "--delta-from", name
        yield "push", good, b"raw://" + name, "--wait", 0
        yield "push", good, b"bundle://127.0.0.1:1", "--wait", 0, "--password-file", name
        yield "push", name, b"control:" + name, "--wait", 0
        yield "confirm", name
        yield "rollback", b"ws://" + name
        yield "serve", name, "--raw", 99999
        yield "serve", name + b".none", "--raw", 0
        yield "device", "--state", folder + b"/d", "--firmware", name + b".none", "--raw", 0
        yield "device", "--state", folder + b"/d", "--chip", name
        yield name,
        yield "push", b"--" + name

    def test_in_every_command(self):
        for number, evil in enumerate(EVIL):
            folder = self.dir / str(number)
            folder.mkdir()
            inside = os.fsencode(folder)
            good = inside + b"/good"
            updraft("image", "make", "-o", os.fsdecode(good))
            for kind in (b"image", b"text", b"missing"):
                name = inside + b"/" + evil + kind
                if kind != b"missing":
                    with open(name, "wb") as file:
                        file.write(pathlib.Path(os.fsdecode(good)).read_bytes() if kind == b"image" else b"no image")
                lines = list(sampled(self.commands(name, good, inside), 5))
                with ThreadPoolExecutor(16) as pool:  # some wait for an answer to the name
                    for words, said in zip(lines, pool.map(lambda words: (run(*words), run(*words, "--json")), lines)):
                        for done in said:
                            self.expect_harmless(done, words)

    def test_in_a_bundle(self):
        folder = self.dir / "src"
        folder.mkdir()
        for evil in EVIL:
            with open(os.fsencode(folder) + b"/" + evil, "wb") as file:
                file.write(b"x")
            for json_too in ((), ("--json",)):
                done = run("push", folder, "bundle://127.0.0.1:1", "--wait", 0, "--password", "p", *json_too)
                self.assertNotEqual(done.returncode, 0)
                self.expect_harmless(done, evil)

    def test_of_a_web_server(self):
        def odd(handler):
            handler.wfile.write(b"HTTP/1.1 200 O\x1b[2JK\r\nContent-Encoding: \x1b[2J\xff\r\nX: y\r\n\r\nabc")
        for json_too in ((), ("--json",)):
            done = run("push", Server(self, odd).url, "raw://127.0.0.1:1", "--wait", 0, *json_too)
            self.assertEqual(done.returncode, 3)
            self.expect_harmless(done)

    def test_letters_of_all_languages_stay(self):
        done = updraft("inspect", self.dir / "кухня-厨房.bin", check=False)
        self.assertIn("кухня-厨房.bin", done.stderr)


class Logins(Case):
    def test_are_never_shown(self):
        page = Server(self, lambda handler: give(handler, b"<!doctype html>" * 100))
        empty = Server(self, lambda handler: give(handler, b""))
        for server in (page, empty):
            url = server.url.replace("http://", "http://me:secret@")
            for target in ("raw://127.0.0.1:1", "ws://127.0.0.1:1"):
                for more in ((), ("--json",)):
                    done = updraft("push", url, target, "--wait", 0, *more, check=False)
                    self.assertNotIn("secret", done.stdout + done.stderr)
                    self.assertIn("127.0.0.1", done.stdout + done.stderr)

    def test_who_is_asked_for_one_is_told_how(self):
        asked = []

        def answer(handler):
            asked.append(handler.headers.get("Authorization"))
            good = asked[-1] in ("Bearer token", "Basic bWU6c2VjcmV0")
            give(handler, b"x" * 100 if good else b"", status=200 if good else 401)
        server = Server(self, answer)
        gone = ("raw://127.0.0.1:1", "--wait", 0)
        self.assertIn("put user:password@ into the URL, or give --header",
                      updraft("push", server.url, *gone, check=False).stderr)
        for url, more in ((server.url, ("--header", "Authorization: Bearer token")),
                          (server.url.replace("http://", "http://me:secret@"), ())):
            self.assertIn("did not answer", updraft("push", url, *gone, *more, check=False).stderr)
        self.assertEqual(updraft("push", server.url, *gone, "--header", "a\r\nb: c", check=False).returncode, 2)


class EveryFailure(Case):
    def test_is_one_object(self):
        missing = self.dir / "missing"
        good = self.image("good")
        (self.dir / "file").write_text("x")
        rows = [("inspect", missing), ("image", "verify", missing), ("image", "make", "-o", self.dir / "x" / "y"),
                ("encrypt", missing, "-o", self.dir / "o", "--aes-key", "k" * 32),
                ("decrypt", missing, "-o", self.dir / "o", "--aes-key", "k" * 32),
                ("decrypt", good, "-o", self.dir / "o"),
                ("delta", "make", missing, good, "-o", self.dir / "o"),
                ("delta", "apply", good, good, "-o", self.dir / "o"),
                ("serve", missing, "--raw", 0), ("serve", good, "--raw", 0, "--listen", "203.0.113.1"),
                ("device", "--state", self.dir / "file", "--raw", 0, "--allow-unsigned"),
                ("device", "--state", self.dir / "d", "--firmware", missing, "--raw", 0, "--allow-unsigned"),
                ("push", missing, "raw://127.0.0.1:1"), ("push", good, "raw://127.0.0.1:1", "--wait", 0),
                ("push", good, "nonsense"), ("confirm", "ws://127.0.0.1:1", "--wait", 0), ("rollback", "nonsense"),
                ("psuh",), ("push", good, "raw://h", "--restrat")]
        for words in rows:
            with self.subTest(words):
                done = updraft(*words, "--json", check=False)
                self.assertNotEqual(done.returncode, 0)
                lines = [json.loads(line) for line in done.stdout.splitlines()]
                results = [line for line in lines if line.get("event") == "result"]
                self.assertEqual(len(results), 1, done.stdout + done.stderr)
                self.assertTrue(results[0]["code"] and results[0]["message"])
                self.assertIn(results[0]["result"], ("refused", "failed"))


    def test_a_name_that_leads_to_no_file_is_wrong_usage_in_every_command(self):
        good = self.image("good")
        key = ("--aes-key", "k" * 32)
        gone = ("raw://127.0.0.1:1", "--wait", 0)
        for bad in (self.dir / "missing", self.dir, self.dir / "good" / "inside", self.dir / ("n" * 300)):
            for words in (("inspect", bad), ("image", "verify", bad), ("serve", bad, "--raw", 0), ("push", bad, *gone),
                          ("encrypt", bad, "-o", self.dir / "o", *key), ("decrypt", bad, "-o", self.dir / "o", *key),
                          ("delta", "make", bad, good, "-o", self.dir / "o"), ("delta", "apply", good, bad, "-o", self.dir / "o"),
                          ("image", "make", "-o", bad / "o" if bad != self.dir else bad),
                          ("device", "--state", self.dir / "d", "--firmware", bad, "--raw", 0, "--allow-unsigned")):
                if words[0] == "inspect" and bad == self.dir:
                    continue  # a directory may be the state of a virtual device
                with self.subTest(words):
                    done = updraft(*words, check=False)
                    self.assertEqual(done.returncode, 2, done.stderr)


class Meant(Case):
    """A mistyped line is answered with what was meant."""

    def test_says_what(self):
        good = self.image("good")
        for words, said in (
                (("psuh", good), "did you mean updraft push?"),
                (("pushh",), "did you mean updraft push?"),
                (("frobnicate",), "there is no command frobnicate"),
                (("image", "mkae"), "did you mean make?"),
                (("image",), "make or verify"),
                (("push", good, "ws://h", "--restrat"), "there is no option --restrat; did you mean --restart?"),
                (("push", good, "ws://h", "--comfirm=1"), "did you mean --confirm?"),
                (("push", good, "ws://h", "more"), "more is one argument too many: it takes FILE TARGET"),
                (("device", "--state", "d", "--http", 80888), "80888 not in range 0 to 65535"),
                (("serve", good, "--raw", "x"), "0 to 65535"),
                (("push", good, "192.168.1.20"), "did you mean raw://192.168.1.20, "),
                (("push", good, "192.168.1.20"), " or native://192.168.1.20?"),
                (("push", good, "raw://nosuch.invalid", "--wait", 0), "the name nosuch.invalid is not known"),
                (("push", good, "ws://nosuch.invalid", "--wait", 0), "the name nosuch.invalid is not known"),
                (("push", good, "http://nosuch.invalid", "--wait", 0), "the name nosuch.invalid is not known"),
        ):
            with self.subTest(said):
                done = updraft(*words, check=False)
                self.assertIn(said, done.stderr)
                self.assertEqual(done.returncode, 3 if "nosuch" in said else 2)

    def test_the_spellings_of_data_sheets(self):
        for chip in ("ESP32-C3", "esp32-c3", "ESP32C3"):
            image = self.image(chip, "--chip", chip)
            self.assertEqual(json.loads(updraft("inspect", image, "--json").stdout)["chip"], "esp32c3")
            updraft("image", "verify", image, "--chip", chip)
        done = updraft("push", self.image("x"), "WS://127.0.0.1:1", "--wait", 0, check=False)
        self.assertEqual(done.returncode, 3, done.stderr)

    def test_a_demo_has_a_flash_frequency_that_its_chip_knows(self):
        for chip, frequency in (("esp32c6", 0), ("esp32c3", 15), ("esp32", 15)):
            self.assertEqual(self.image(chip, "--chip", chip).read_bytes()[3] & 15, frequency, chip)

    def test_serve_prints_a_url_that_works(self):
        serve = subprocess.Popen([UPDRAFT, "serve", self.image("x"), "--raw", "0", "--listen", "::1"],
                                 stdout=subprocess.PIPE, text=True)
        self.addCleanup(serve.stdout.close)
        self.addCleanup(serve.wait)
        self.addCleanup(serve.terminate)
        self.assertRegex(serve.stdout.readline(), r"raw://\[::1\]:\d+")


if __name__ == "__main__":
    unittest.main()
