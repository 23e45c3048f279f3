"""Pre-encrypted images: made, opened and sent by the real program, checked with other people's crypto."""
import base64
import hashlib
import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from harness import SOURCE, UPDRAFT, Case, inspect, netcat, send, updraft

RSA_KEY = SOURCE / "tests/golden/test_rsa_key.pem"
OTHER_KEY = SOURCE / "tests/golden/test_other_rsa_key.pem"
HMAC_KEY = bytes(range(32))
SCALAR_SALT = bytes.fromhex("0e2160642dae76d33448e43d7720123d9f3b1eceb88e573a4e8f7fb94ff0c869")
OPEN = ("--raw", 0, "--allow-unsigned")


def golden(name):
    """The bytes of tests/golden/<name>.hex."""
    data = b""
    for line in (SOURCE / "tests/golden" / f"{name}.hex").read_text().splitlines():
        for word in line.split("#")[0].split():
            digits, _, times = word.partition("*")
            data += bytes.fromhex(digits) * int(times or 1)
    return data


def device_key():
    scalar = hashlib.pbkdf2_hmac("sha256", HMAC_KEY, SCALAR_SALT, 2048)
    return ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())


def open_content(sealed, key):
    """AES-GCM with a library that is not ours."""
    iv, tag = sealed[388:404], sealed[408:424]
    size = int.from_bytes(sealed[404:408], "little")
    assert len(sealed) == 512 + size
    return AESGCM(key).decrypt(iv, sealed[512:] + tag, None)


def open_rsa(sealed):
    """The key is unwrapped by openssl's command line."""
    with tempfile.TemporaryDirectory() as where:
        wrapped = Path(where) / "wrapped"
        wrapped.write_bytes(sealed[4:388])
        key = subprocess.run(["openssl", "pkeyutl", "-decrypt", "-inkey", str(RSA_KEY), "-pkeyopt",
                              "rsa_padding_mode:pkcs1", "-in", str(wrapped)],
                             capture_output=True, check=True).stdout
    assert len(key) == 32
    return open_content(sealed, key)


def open_ecies(sealed):
    x, y = sealed[4:36], sealed[36:68]
    assert sealed[100:388] == bytes(288)
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + x + y)
    shared = device_key().exchange(ec.ECDH(), point)
    key = HKDF(hashes.SHA256(), 32, sealed[68:100], b"_esp_enc_img_ecc").derive(shared)
    return open_content(sealed, key)


class SealedCase(Case):
    def setUp(self):
        super().setUp()
        self.hmac = self.key_file("hmac.bin", HMAC_KEY)
        self.rsa = self.key_file("private.pem", RSA_KEY.read_bytes())
        self.public = self.dir / "public.pem"
        subprocess.run(["openssl", "rsa", "-in", str(RSA_KEY), "-pubout", "-out", str(self.public)],
                       capture_output=True, check=True)

    def key_file(self, name, content):
        path = self.dir / name
        path.write_bytes(content)
        path.chmod(0o600)
        return path

    def sealed(self, image, *keys):
        path = self.dir / (image.name + ".enc")
        updraft("encrypt", image, "-o", path, *keys)
        return path


class Files(SealedCase):
    def test_others_open_what_we_encrypt(self):
        image = self.image("v1")
        for keys, opened_by in ((("--rsa-key", self.public), open_rsa), (("--rsa-key", self.rsa), open_rsa),
                                (("--ecies-key", self.hmac), open_ecies)):
            with self.subTest(keys[0]):
                self.assertEqual(opened_by(self.sealed(image, *keys).read_bytes()), image.read_bytes())

    def test_a_public_ecies_key_is_enough(self):
        public = self.dir / "device_pub_key.pem"
        public.write_bytes(device_key().public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
        image = self.image("v1")
        self.assertEqual(open_ecies(self.sealed(image, "--ecies-key", public).read_bytes()),
                         image.read_bytes())

    def test_we_open_what_others_encrypt(self):
        vector = self.dir / "vector"
        vector.write_bytes(golden("sealed_image_ecies"))
        forms = {"raw": HMAC_KEY, "hex": HMAC_KEY.hex().encode() + b"\n",
                 "pem": device_key().private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                   serialization.NoEncryption())}
        for name, content in forms.items():
            with self.subTest(name):
                out = self.dir / f"out-{name}"
                updraft("decrypt", vector, "-o", out, "--ecies-key", self.key_file(name, content))
                self.assertEqual(out.read_bytes(), golden("minimal_image_esp32c3"))

    def test_decrypt_writes_nothing_unless_all_is_right(self):
        sealed = self.sealed(self.image("v1"), "--rsa-key", self.public)
        damaged, out = self.dir / "damaged", self.dir / "out"
        data = bytearray(sealed.read_bytes())
        data[-1] ^= 1
        damaged.write_bytes(data)
        for file, keys, status, said in (
                (damaged, ("--rsa-key", self.rsa), 1, "damaged or changed"),
                (sealed, ("--rsa-key", self.key_file("other", OTHER_KEY.read_bytes())), 1, "for another key"),
                (sealed, ("--ecies-key", self.hmac), 2, "--rsa-key"),
                (sealed, (), 2, "--rsa-key")):
            done = updraft("decrypt", file, "-o", out, *keys, check=False)
            self.assertEqual((done.returncode, out.exists()), (status, False), done.stderr)
            self.assertIn(said, done.stderr)
        out.write_text("what was there")
        updraft("decrypt", damaged, "-o", out, "--rsa-key", self.rsa, check=False)
        self.assertEqual(out.read_text(), "what was there")

    def test_raw_aes_both_ways(self):
        image = self.image("v1", "--size", "10000")
        key = ("--aes-key", "12345678901234567890123456789012", "--aes-iv", "0123456789012345")
        sealed, out = self.dir / "aes", self.dir / "out"
        updraft("encrypt", image, "-o", sealed, *key)
        theirs = subprocess.run(["openssl", "enc", "-d", "-aes-256-cbc", "-nosalt", "-nopad", "-K",
                                 key[1].encode().hex(), "-iv", key[3].encode().hex(), "-in", str(sealed)],
                                capture_output=True, check=True).stdout
        updraft("decrypt", sealed, "-o", out, *key)
        self.assertEqual(out.read_bytes(), theirs)
        self.assertEqual(theirs[:image.stat().st_size], image.read_bytes())

    def test_keys_that_are_none(self):
        image = self.image("v1")
        small = self.dir / "small.pem"
        small.write_bytes((SOURCE / "tests/golden/test_rsa_2048_key.pem").read_bytes())
        locked = self.dir / "locked.pem"
        subprocess.run(["openssl", "pkey", "-in", str(RSA_KEY), "-aes-256-cbc", "-passout", "pass:x",
                        "-out", str(locked)], capture_output=True, check=True)
        for keys in (("--rsa-key", small), ("--rsa-key", self.hmac), ("--rsa-key", locked),
                     ("--ecies-key", self.rsa), ("--ecies-key", image)):
            done = updraft("encrypt", image, "-o", self.dir / "out", *keys, check=False)
            self.assertEqual((done.returncode, (self.dir / "out").exists()), (1, False), keys)
            self.assertIn(str(keys[1]), done.stderr)
        for keys in ((), ("--rsa-key", self.public, "--ecies-key", self.hmac)):
            self.assertEqual(updraft("encrypt", image, "-o", self.dir / "out", *keys, check=False).returncode, 2)

    def test_a_key_that_others_can_read_is_told(self):
        sealed = self.sealed(self.image("v1"), "--rsa-key", self.public)
        self.rsa.chmod(0o644)
        done = updraft("decrypt", sealed, "-o", self.dir / "out", "--rsa-key", self.rsa)
        self.assertIn("can be read by others", done.stderr)

    def test_inspect(self):
        image = self.image("v1", "--version", "4.5.6")
        sealed = self.sealed(image, "--rsa-key", self.public)
        report = inspect(sealed)
        self.assertEqual((report["kind"], report["valid"], report["scheme"], report["length"], report["opens"]),
                         ("encrypted_image", True, "rsa", image.stat().st_size, None))
        for key, opens, status in ((self.rsa, True, 0), (OTHER_KEY, False, 1)):
            done = updraft("inspect", sealed, "--json", "--rsa-key", key, check=False)
            report = json.loads(done.stdout)
            self.assertEqual((done.returncode, report["opens"]), (status, opens))
            if opens:
                self.assertEqual((report["content"]["kind"], report["content"]["version"]), ("image", "4.5.6"))
            else:
                self.assertEqual(report["code"], "wrong_key")
        cut = self.dir / "cut"
        cut.write_bytes(sealed.read_bytes()[:-1])
        self.assertEqual((inspect(cut)["valid"], inspect(cut)["code"]), (False, "size_mismatch"))


class Devices(SealedCase):
    def test_raw_takes_both_schemes(self):
        device = self.device(*OPEN, "--rsa-key", self.rsa, "--ecies-key", self.hmac)
        port = device.port()
        for version, keys in (("1.1.0", ("--rsa-key", self.public)), ("1.2.0", ("--ecies-key", self.hmac))):
            sealed = self.sealed(self.image(version, "--version", version), *keys)
            done = updraft("push", sealed, f"raw://127.0.0.1:{port}")
            self.assertNotIn("warning", done.stderr)
            self.assertEqual(device.wait("update", result="ok")["version"], version)
            device.wait("confirm")

    def test_compressed_and_over_an_encrypted_link(self):
        link = ("--aes-key", "12345678901234567890123456789012", "--aes-iv", "0123456789012345")
        device = self.device(*OPEN, *link, "--rsa-key", self.rsa)
        packed = self.dir / "v2.gz"
        with open(packed, "wb") as out:
            subprocess.run(["gzip", "-c", str(self.image("v2", "--version", "1.1.0"))], stdout=out, check=True)
        updraft("push", self.sealed(packed, "--rsa-key", self.public), f"raw://127.0.0.1:{device.port()}", *link)
        self.assertEqual(device.wait("update", result="ok")["version"], "1.1.0")

    def test_req_takes_them(self):
        sealed = self.sealed(self.image("v2", "--version", "1.1.0"), "--rsa-key", self.public)
        serve = subprocess.Popen([UPDRAFT, "serve", str(sealed), "--req", "0", "--json"],
                                 stdout=subprocess.PIPE, text=True)
        self.addCleanup(serve.stdout.close)
        self.addCleanup(serve.wait)
        self.addCleanup(serve.terminate)
        port = json.loads(serve.stdout.readline())["port"]
        device = self.device("--pull", f"req://127.0.0.1:{port}", "--allow-unsigned", "--rsa-key", self.rsa)
        self.assertEqual(device.wait("update", result="ok")["version"], "1.1.0")

    def test_a_bundle_takes_them(self):
        bundle = self.dir / "bundle"
        bundle.mkdir()
        sealed = self.sealed(self.image("v2", "--version", "1.1.0"), "--ecies-key", self.hmac)
        (bundle / "firmware.bin").write_bytes(sealed.read_bytes())
        device = self.device("--bundle", 0, "--password", "hunter2", "--ecies-key", self.hmac)
        port = device.port("bundle")
        updraft("push", bundle, f"bundle://127.0.0.1:{port}", "--password", "hunter2")
        self.assertEqual(device.wait("update", result="ok")["version"], "1.1.0")

    def test_without_the_key_or_with_another_nothing_changes(self):
        sealed = self.sealed(self.image("v2"), "--rsa-key", self.public)
        other = self.key_file("other.pem", OTHER_KEY.read_bytes())
        for name, keys, said in (("none", (), "no key"), ("other", ("--rsa-key", other), "another key"),
                                 ("ecies", ("--ecies-key", self.hmac), "no key")):
            with self.subTest(name):
                device = self.device(*OPEN, *keys, state=name)
                netcat(device.port(), sealed)
                update = device.wait("update")
                self.assertEqual((update["result"], update["code"]), ("refused", "wrong_key"))
                self.assertIn(said, update["message"])
                device.stop()

    def test_encryption_is_no_signature(self):
        device = self.device("--raw", 0, "--rsa-key", self.rsa)
        netcat(device.port(), self.sealed(self.image("v2"), "--rsa-key", self.public))
        self.assertEqual(device.wait("update")["code"], "unsigned")

    def test_no_output_shows_a_key(self):
        said = ""
        for keys in (("--rsa-key", self.rsa), ("--ecies-key", self.hmac)):
            sealed = self.sealed(self.image("v2", "--version", "1.1.0"), *keys)
            device = self.device(*OPEN, *keys, state=keys[0])
            done = updraft("push", sealed, f"raw://127.0.0.1:{device.port()}")
            device.wait("update", result="ok")
            device.wait("confirm")
            device.process.terminate()
            said += device.process.stderr.read() + done.stdout + done.stderr
            device.end()
            for words in (("decrypt", sealed, "-o", self.dir / "out", *keys), ("inspect", sealed, *keys),
                          ("encrypt", self.dir / "v2", "-o", sealed, *keys),
                          ("decrypt", sealed, "-o", self.dir / "out", "--rsa-key", OTHER_KEY)):
                for form in ((), ("--json",)):
                    done = updraft(*words, *form, check=False)
                    said += done.stdout + done.stderr
            said += json.dumps(device.events)
        scalar = device_key().private_numbers().private_value.to_bytes(32, "big")
        secrets = [line for line in RSA_KEY.read_text().splitlines() if not line.startswith("--")]
        for secret in (HMAC_KEY, scalar):
            secrets += [secret.hex(), base64.b64encode(secret).decode().rstrip("="), repr(secret)[2:-1]]
        for secret in secrets:
            self.assertNotIn(secret.lower(), said.lower())


if __name__ == "__main__":
    unittest.main()
