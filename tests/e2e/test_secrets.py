"""Threat 31: one run of everything that is given a secret, well and badly; harness.py searches what all of it says."""
import base64
import json
import os
import ssl
import subprocess
import unittest
import urllib.request

import secret_search
from harness import UPDRAFT, Case, updraft
from test_sealed import HMAC_KEY, RSA_KEY

PASSWORD = "correct horse battery staple"
AES = "Q7f-not-to-be-seen-by-anybody-99"
AES_HEX = os.urandom(32).hex()
IV = "0123456789012345"
LOGIN = "hunter2-of-the-web"


class Search(unittest.TestCase):
    """The search itself finds a secret in every form, wherever it stands."""

    def test_it_finds_what_is_there(self):
        secret = bytes(range(40, 72))
        arguments = ["push", "--aes-key", secret.hex()]
        for form in (secret, secret.hex().encode(), secret.hex().upper().encode(), secret.hex(":").encode(),
                     base64.b64encode(secret), base64.b64encode(b"x" + secret), base64.b64encode(b"xy" + secret + b"z"),
                     base64.urlsafe_b64encode(b"\xff\xfe" + secret)):
            with self.assertRaises(AssertionError, msg=form):
                secret_search.expect_silence(b"before " + form + b" after", arguments, {})
        secret_search.expect_silence(b"nothing of it: 28292a", arguments, {})

    def test_it_knows_every_kind(self):
        der = b"".join(secret_search.in_pem(RSA_KEY.read_bytes()))
        kinds = {
            "password": (["--password", PASSWORD], PASSWORD.encode()), "key": ([f"--aes-key={AES}"], AES.encode()),
            "login": (["push", f"http://me:{LOGIN}@127.0.0.1/x"], LOGIN.encode()),
            "private key": (["--rsa-key", RSA_KEY], der[400:416]),
        }
        for kind, (arguments, shown) in kinds.items():
            with self.subTest(kind=kind), self.assertRaises(AssertionError):
                secret_search.expect_silence(b"oh: " + shown.hex().encode(), arguments, {})
        with self.assertRaises(AssertionError):
            secret_search.expect_silence(PASSWORD, [], {"UPDRAFT_PASSWORD": PASSWORD})


class WholeRun(Case):
    """All that the program is asked to keep, in use and refused. The assertions are those of updraft() and Device."""

    def file(self, name, content):
        path = self.dir / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(0o600)
        return path

    def setUp(self):
        super().setUp()
        self.password = self.file("password", PASSWORD + "\n")
        self.hmac = self.file("hmac.bin", HMAC_KEY)
        self.v2 = self.image("v2", "--version", "2.0.0")
        self.folder = self.dir / "files"
        self.folder.mkdir()
        (self.folder / "main.py").write_text("print('hello')\n")

    def refused(self, *arguments, **options):
        done = updraft(*arguments, check=False, **options)
        self.assertNotEqual(done.returncode, 0, done.stdout)
        return done

    def test_the_bundle_password(self):
        device = self.device("--bundle", 0, "--password-file", self.password)
        url = f"bundle://127.0.0.1:{device.port('bundle')}"
        for number, (options, env) in enumerate(((("--password", PASSWORD), {}), (("--password-file", self.password), {}),
                                                 ((), {"UPDRAFT_PASSWORD": PASSWORD}))):
            (self.folder / "main.py").write_text(f"print({number})\n")
            updraft("push", self.folder, url, "--json", *options, env={**os.environ, **env})
            device.wait("update", result="ok")
        self.refused("push", self.folder, url, "--json", "--password", PASSWORD + "!")
        self.refused("push", self.v2, url, "--password", PASSWORD)
        self.refused("push", self.v2, "raw://127.0.0.1:1", "--password", PASSWORD)
        device.say("status")
        device.wait("status")
        device.stop()

    def test_the_keys_of_the_raw_link(self):
        for key in (AES, AES_HEX, f"@{self.file('aes', AES)}"):
            device = self.device("--raw", 0, "--allow-unsigned", "--aes-key", key, "--aes-iv", IV, state=f"of-{hash(key)}")
            url = f"raw://127.0.0.1:{device.port()}"
            updraft("push", self.v2, url, "--aes-key", key, "--aes-iv", IV, check=False)
            device.wait("update", result="ok")
            device.wait("confirm")
            updraft("push", self.v2, url, "--aes-key", "another-key-with-32-characters-x", "--aes-iv", IV, "--json", check=False)
            device.wait("update")
            device.stop()
        self.refused("push", self.v2, "raw://127.0.0.1:1", "--aes-key", AES[:-1], "--aes-iv", IV)
        self.refused("push", self.v2, "raw://127.0.0.1:1", "--aes-key", AES + "-too-long-by-far-to-be-one-of-them", "--aes-iv", IV)
        self.refused("push", self.v2, "ws://127.0.0.1:1", "--aes-key", AES)
        self.refused("device", "--state", self.dir / "x", "--aes-key", AES, "--http", 0)
        updraft("encrypt", self.v2, "-o", self.dir / "enc", "--aes-key", AES, "--aes-iv", IV, "--json")
        updraft("decrypt", self.dir / "enc", "-o", self.dir / "dec", "--aes-key", AES, "--aes-iv", IV)
        updraft("decrypt", self.dir / "enc", "-o", self.dir / "dec", "--aes-key", AES[::-1], "--aes-iv", IV, check=False)

    def test_the_keys_of_images(self):
        for option, key in (("--rsa-key", self.file("rsa.pem", RSA_KEY.read_bytes())), ("--ecies-key", self.hmac),
                            ("--ecies-key", self.file("hex", HMAC_KEY.hex() + "\n"))):
            sealed = self.dir / "sealed"
            updraft("encrypt", self.v2, "-o", sealed, option, key, "--json")
            updraft("inspect", sealed, option, key, "--json")
            updraft("decrypt", sealed, "-o", self.dir / "out", option, key)
            sealed.write_bytes(sealed.read_bytes()[:-1] + b"\0")
            self.refused("decrypt", sealed, "-o", self.dir / "out", option, key)
            device = self.device("--raw", 0, "--allow-unsigned", option, key, state=f"{option}-{key.name}")
            url = f"raw://127.0.0.1:{device.port()}"
            updraft("push", sealed, url, check=False)
            device.wait("update")
            device.stop()
        locked = self.dir / "locked.pem"
        subprocess.run(["openssl", "rsa", "-in", RSA_KEY, "-aes256", "-passout", "pass:of-the-key", "-out", locked],
                       capture_output=True, check=True)
        self.refused("decrypt", self.dir / "sealed", "-o", self.dir / "out", "--rsa-key", locked)
        self.refused("decrypt", self.dir / "sealed", "-o", self.dir / "out", "--ecies-key", self.file("short", HMAC_KEY[:-1]))

    def test_the_key_of_https_and_the_status_document(self):
        key, certificate = self.dir / "tls.key", self.dir / "tls.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                        "-out", certificate, "-subj", "/CN=localhost", "-days", "2"], capture_output=True, check=True)
        device = self.device("--https", 0, "--tls-cert", certificate, "--tls-key", key, "--allow-unsigned", "--bundle", 0,
                             "--password-file", self.password)
        port = device.port("wss")
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        for path in ("/ota", "/ota/status"):
            with urllib.request.urlopen(f"https://127.0.0.1:{port}{path}", context=trust, timeout=30) as answer:
                said = answer.read()
            secret_search.expect_silence(said, ("--tls-key", key, "--password-file", self.password), {})
        updraft("push", self.v2, f"wss://127.0.0.1:{port}", "--insecure", "--restart", "--json")
        device.stop()
        generated = self.device("--https", 0, state="own-key")
        generated.port("wss")
        generated.stop()
        own = [path for path in (self.dir / "own-key").iterdir() if path.is_file() and b"PRIVATE KEY" in path.read_bytes()]
        self.assertTrue(own, "the device made a key of its own")
        secret_search.expect_silence(generated.said, ("--tls-key", own[0]), {})

    def test_a_login_in_a_url(self):
        for url in (f"http://me:{LOGIN}@127.0.0.1:1/app.bin", f"https://me:{LOGIN}@127.0.0.1:1/app.bin"):
            self.refused("push", url, "raw://127.0.0.1:1", "--json")
            self.refused("push", url, "ws://127.0.0.1:1")

    def test_served_with_a_key(self):
        serve = subprocess.Popen([UPDRAFT, "serve", str(self.v2), "--raw", "0", "--aes-key", AES, "--aes-iv", IV, "--once", "--json"],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        port = json.loads(serve.stdout.readline())["port"]
        device = self.device("--pull", f"raw://127.0.0.1:{port}", "--allow-unsigned", "--aes-key", AES, "--aes-iv", IV)
        device.wait("update", result="ok")
        said, errors = serve.communicate(timeout=60)
        secret_search.expect_silence(said + errors, ("--aes-key", AES))
        device.stop()


if __name__ == "__main__":
    unittest.main()
