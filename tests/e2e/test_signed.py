"""Keys, KeySets and signed packages from the command line: made, signed elsewhere, verified, read by other programs."""
import gzip
import json
import os
import stat
import subprocess
import unittest

from harness import SOURCE, Case, inspect, updraft
from signed_case import PRODUCT, Made, verdict

VECTORS = SOURCE / "tests/golden/suit"


class Vectors(Case):
    def test_each_gets_its_code(self):
        rows = json.loads((VECTORS / "vectors.json").read_text())
        seen = 0
        for row in rows["vectors"]:
            device = rows["devices"].get(row["device"], {})
            if "keyset" not in device:
                continue
            more = ["--vendor", device["vendor"], "--class", device["class"], "--slot-size", device["slot_size"],
                    "--installed", device["installed"]["sequence"]]
            if "cp_class" in device:
                more += ["--cp-class", device["cp_class"]]
            if "nonce" in device:
                more += ["--nonce", device["nonce"], "--device-id", device["device_id"]]
            with self.subTest(row["file"]):
                self.assertEqual(verdict(VECTORS / row["file"], VECTORS / device["keyset"], *more), row["expect"])
            seen += 1
        self.assertEqual(seen, 45)

    def test_a_product_by_its_names_is_the_same(self):
        names = ("--vendor", "updraft.example", "--class", "demo/esp32c3/1")
        self.assertEqual(verdict(VECTORS / "p01-integrated.hex", VECTORS / "k01-keyset-1.hex", *names), "ok")
        self.assertEqual(verdict(VECTORS / "n10-other-class.hex", VECTORS / "k01-keyset-1.hex", *names), "wrong_product")

    def test_inspect_tells_what_they_are(self):
        package = inspect(VECTORS / "p01-integrated.hex")
        self.assertEqual((package["kind"], package["sequence"], package["version"], package["signed_by"], package["valid"]),
                         ("signed_package", 42, "1.2.3", ["f0f4cda3ee081331"], True))
        keyset = inspect(VECTORS / "k02-keyset-2.hex")
        self.assertEqual((keyset["kind"], keyset["version"], keyset["root"]["threshold"], len(keyset["revoked"])), ("key_set", 2, 2, 1))
        token = inspect(VECTORS / "f01-token.hex")
        self.assertEqual((token["kind"], token["newest_sequence"], token["signed_by"]), ("freshness_token", 43, ["510d03326531d939"]))
        self.assertFalse(inspect(VECTORS / "n14-invoke.hex")["valid"])
        said = updraft("inspect", VECTORS / "p01-integrated.hex").stdout
        self.assertIn("f0f4cda3ee081331", said)


class Inspected(Made):
    def test_verifying_an_image_says_who_looks_at_what_is_signed(self):
        self.sign()
        for file, word in ((self.pkg, "it is a signed package; updraft suit verify"), (self.keyset, "it is a KeySet; updraft keyset show")):
            done = updraft("image", "verify", file, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn(word, done.stdout)

    def test_what_a_device_with_a_key_set_would_say(self):
        self.sign()
        said = inspect(self.pkg, "--keyset", self.keyset)
        self.assertEqual((said["valid"], said["device"]), (True, {"result": "ok"}))
        self.assertIn("one that trusts this KeySet takes it", updraft("inspect", self.pkg, "--keyset", self.keyset).stdout)
        self.assertNotIn("device", inspect(self.pkg))
        self.sign(self.stranger)
        said = inspect(self.pkg, "--keyset", self.keyset)
        self.assertEqual((said["valid"], said["device"]["result"], said["device"]["code"]), (True, "refused", "key_unknown"))
        self.assertIn("refuses it", updraft("inspect", self.pkg, "--keyset", self.keyset).stdout)
        later = self.dir / "later.keyset"
        updraft("keyset", "make", "--version", 3, "--root", self.root, "--release", self.release, "-o", later)
        self.assertEqual(inspect(later, "--keyset", self.keyset)["device"]["code"], "keyset_version")
        self.assertEqual(inspect(VECTORS / "f01-token.hex", "--keyset", VECTORS / "k01-keyset-1.hex")["device"], {"result": "ok"})
        for file, keyset, words in ((self.app, self.keyset, "judges packages"), (self.pkg, self.app, "is no KeySet")):
            done = updraft("inspect", file, "--keyset", keyset, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(words, " ".join(done.stderr.split()))


class Keys(Case):
    def test_are_for_their_owner_alone_and_never_overwritten(self):
        key = self.dir / "k.pem"
        os.umask(0)
        kid = updraft("key", "gen", key).stdout.strip()
        self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
        before = key.read_bytes()
        self.assertEqual(updraft("key", "gen", key, check=False).returncode, 2)
        self.assertEqual(key.read_bytes(), before)
        self.assertEqual(updraft("key", "id", key).stdout.strip(), kid)
        text = subprocess.run(["openssl", "pkey", "-in", key, "-noout", "-text"], capture_output=True, text=True, check=True).stdout
        self.assertIn("P-256", text)

    def test_are_not_overwritten_by_what_another_command_writes(self):
        key, other = self.dir / "k.pem", self.dir / "root.pem"
        updraft("key", "gen", key)
        updraft("key", "gen", other)
        before = key.read_bytes()
        for words in (("keyset", "make", "--root", other, "--release", key), ("image", "make"), ("key", "pub", key)):
            with self.subTest(words[0]):
                done = updraft(*words, "-o", key, check=False)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertIn("holds a private key, so it stays; name another file", done.stderr)
                self.assertEqual(key.read_bytes(), before)

    def test_public_halves_are_those_of_openssl(self):
        key = self.dir / "k.pem"
        updraft("key", "gen", key)
        ours = updraft("key", "pub", key).stdout
        theirs = subprocess.run(["openssl", "pkey", "-in", key, "-pubout"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(ours, theirs)
        (self.dir / "pub.pem").write_text(ours)
        self.assertEqual(updraft("key", "id", self.dir / "pub.pem").stdout, updraft("key", "id", key).stdout)

    def test_encrypted_ones_open_with_their_password_alone(self):
        key = self.dir / "k.pem"
        right, wrong = ({**os.environ, "UPDRAFT_PASSWORD": word} for word in ("correct horse", "battery staple"))
        kid = updraft("key", "gen", key, "--encrypt", env=right).stdout
        self.assertIn("ENCRYPTED", key.read_text())
        opened = updraft("key", "id", key, env=right, stdin=subprocess.DEVNULL, start_new_session=True)
        self.assertEqual((opened.stdout, opened.stderr), (kid, ""), "OpenSSL itself asks nobody")
        done = updraft("key", "id", key, env=wrong, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("password", done.stderr)
        none = {**os.environ, "UPDRAFT_PASSWORD": ""}
        done = updraft("key", "id", key, env=none, stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("needs a password: UPDRAFT_PASSWORD or --password-file\n", done.stderr)

    def test_ids_are_those_of_the_specification(self):
        for name, kid in (("root-a", "29d935f26da2227a"), ("release-1", "f0f4cda3ee081331"), ("stranger", "c4d9d0cd1fb49a6b")):
            self.assertEqual(updraft("key", "id", VECTORS / f"{name}.pem").stdout.strip(), kid)


class Signing(Made):
    def test_in_one_step(self):
        self.sign()
        self.assertEqual(verdict(self.pkg, self.keyset, "--vendor", "updraft.example", "--class", "demo/esp32c3/1", "--installed", 6), "ok")
        self.assertEqual(verdict(self.pkg, self.keyset, "--installed", 7), "sequence_old")
        self.assertEqual(verdict(self.pkg, self.keyset, "--slot-size", "512K"), "too_big")
        self.assertEqual(inspect(self.pkg)["version"], "1.2.3")
        self.sign(self.stranger)
        self.assertEqual(verdict(self.pkg, self.keyset), "key_unknown")
        done = updraft("sign", self.pkg, "--key", self.release, "--product", PRODUCT, "--sequence", 8, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("is a signed package already", done.stderr)

    def test_any_changed_byte_is_seen(self):
        self.sign()
        good = self.pkg.read_bytes()
        for at in (0, 100, 200, 400, 2000, len(good) // 2, len(good) - 1):
            bad = bytearray(good)
            bad[at] ^= 1
            self.pkg.write_bytes(bad)
            self.assertNotEqual(verdict(self.pkg, self.keyset), "ok", at)

    def test_with_openssl_in_the_middle(self):
        self.make()
        self.assertEqual(verdict(self.pkg, self.keyset), "unsigned")
        public, message, signature = (self.dir / name for name in ("pub.pem", "tbs.bin", "sig.bin"))
        updraft("key", "pub", self.release, "-o", public)
        message.write_bytes(subprocess.run([os.environ.get("UPDRAFT", "build/dev/updraft"), "suit", "tbs", self.pkg, "--alg", "esp256"],
                                           capture_output=True, check=True).stdout)
        self.assertEqual(len(message.read_bytes()), 55)
        subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.release, "-out", signature, message], check=True)
        before = self.pkg.read_bytes()
        wrong = updraft("suit", "attach", self.pkg, "--key-id", self.stranger, "--signature", signature, check=False)
        self.assertEqual((wrong.returncode, self.pkg.read_bytes()), (1, before), wrong.stderr)
        updraft("suit", "attach", self.pkg, "--key-id", public, "--signature", signature)
        self.assertEqual(verdict(self.pkg, self.keyset), "ok")
        again = updraft("suit", "attach", self.pkg, "--key-id", public, "--signature", signature, check=False)
        self.assertEqual(again.returncode, 1)

    def test_by_the_id_of_a_key_in_the_keyset(self):
        self.make()
        message, signature = self.dir / "tbs.bin", self.dir / "sig.bin"
        updraft("suit", "tbs", self.pkg, "-o", message)
        subprocess.run(["openssl", "dgst", "-sha256", "-sign", self.release, "-out", signature, message], check=True)
        kid = updraft("key", "id", self.release).stdout.strip()
        updraft("suit", "attach", self.pkg, "--key-id", kid, "--keyset", self.keyset, "--signature", signature)
        self.assertEqual(verdict(self.pkg, self.keyset), "ok")

    def test_by_a_command(self):
        self.make("--key-id", self.release, "--signer-cmd", f"openssl dgst -sha256 -sign {self.release}")
        self.assertEqual(verdict(self.pkg, self.keyset), "ok")
        for command in ("false", "echo no", f"openssl dgst -sha256 -sign {self.stranger}"):
            done = updraft("suit", "make", self.app, "--product", PRODUCT, "--sequence", 8, "-o", self.dir / "none",
                           "--key-id", self.release, "--signer-cmd", command, check=False)
            self.assertIn(done.returncode, (1, 3), command)
            self.assertFalse((self.dir / "none").exists())

    def test_two_of_two(self):
        keyset = self.dir / "two.keyset"
        updraft("keyset", "make", "--root", self.root, "--release", self.release, self.stranger, "--release-threshold", 2, "-o", keyset)
        self.sign()
        self.assertEqual(verdict(self.pkg, keyset), "threshold_not_met")
        self.make("--key", self.release, "--key", self.stranger, command=("sign",))
        self.assertEqual(verdict(self.pkg, keyset), "ok")

    def test_a_compressed_image(self):
        packed = self.dir / "app.bin.gz"
        subprocess.run(["gzip", "-k", self.app], check=True)
        self.sign(image=packed)
        self.assertEqual(verdict(self.pkg, self.keyset), "ok")
        self.assertEqual(inspect(self.pkg)["components"][0]["size"], self.app.stat().st_size)

    def test_a_change_of_the_keyset(self):
        """A stolen release key: the next KeySet leaves it out, and revokes what it signed."""
        self.sign()
        digest = inspect(self.pkg)["digest"]
        new = self.dir / "new.keyset"
        updraft("keyset", "make", "--version", 2, "--root", self.root, "--release", self.stranger, "--revoke", digest,
                "--floor", f"{PRODUCT}=9", "-o", new)
        self.assertEqual(verdict(new, self.keyset), "ok")
        self.assertEqual(verdict(self.pkg, new), "key_unknown")
        self.sign(self.stranger, sequence=8)
        self.assertEqual(verdict(self.pkg, new), "sequence_floor")
        self.sign(self.stranger, sequence=9)
        self.assertEqual(verdict(self.pkg, new), "ok")

    def test_a_keyset_of_two_roots_is_signed_in_turn(self):
        public = self.dir / "pub.pem"
        updraft("key", "pub", self.stranger, "-o", public)
        keyset = self.dir / "two.keyset"
        done = updraft("keyset", "make", "--root", self.root, public, "--root-threshold", 2, "--release", self.release, "-o", keyset)
        self.assertIn("more of its root keys must sign it", done.stderr)
        self.assertEqual(updraft("keyset", "show", keyset, check=False).returncode, 1)
        updraft("keyset", "sign", keyset, "--key", self.stranger)
        self.assertIn("2 of 2", updraft("keyset", "show", keyset).stdout)

    def test_a_key_that_is_no_root_key_is_said_to_be_none(self):
        done = updraft("keyset", "sign", self.keyset, "--key", self.stranger)
        kid = updraft("key", "id", self.stranger).stdout.strip()
        self.assertIn(f"{kid} is no root key of {self.keyset}", " ".join(done.stderr.split()))
        unsigned = self.dir / "unsigned.keyset"
        public = self.dir / "pub.pem"
        updraft("key", "pub", self.root, "-o", public)
        updraft("keyset", "make", "--root", public, "--release", self.release, "-o", unsigned)
        self.assertEqual(updraft("keyset", "sign", unsigned, "--key", self.root).stderr, "")

    def test_what_is_no_keyset_or_package_is_said_to_be_none(self):
        self.sign()
        key = ("--key", self.root)
        for words, file, what in ((("keyset", "show"), self.app, "KeySet"), (("keyset", "show"), self.pkg, "KeySet"),
                                  (("keyset", "sign"), self.pkg, "KeySet"), (("suit", "tbs"), self.keyset, "package"),
                                  (("suit", "tbs"), self.app, "package")):
            with self.subTest(words=words, file=file.name):
                done = updraft(*words, file, *(key if words[1] == "sign" else ()), check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn(f"{file} is no {what}; updraft inspect says what it is", " ".join(done.stderr.split()))
        for words in (("suit", "verify", self.pkg), ("device", "--state", self.dir / "d", "--raw", 0)):
            done = updraft(*words, "--keyset", self.app, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertIn("is no KeySet", done.stderr)

    def test_a_floor_is_a_whole_number_that_a_release_can_have(self):
        for number in ("", "x", "9x", "-1", "1.5", 2**53, 2**64, 10**30):
            done = updraft("keyset", "make", "--root", self.root, "--release", self.release, "--floor", f"{PRODUCT}={number}",
                           "-o", self.dir / "floor.keyset", check=False)
            self.assertEqual(done.returncode, 2, number)
            self.assertIn("--floor", done.stderr)
        self.assertFalse((self.dir / "floor.keyset").exists())

    def test_what_is_packed_is_no_larger_than_a_slot_can_be(self):
        """Whatever size the manifest claims: nothing of 64 MiB is unpacked in memory."""
        large = self.dir / "large.bin"
        large.write_bytes(self.app.read_bytes() + bytes(64 << 20))
        packed = self.dir / "large.bin.gz"
        packed.write_bytes(gzip.compress(large.read_bytes()))
        self.make("--key", self.release, "--image", large, command=("sign",), image=packed)
        self.assertEqual(verdict(self.pkg, self.keyset), "too_big")

    def test_usage_is_told(self):
        for words in (("sign", self.app, "--key", self.release, "--product", "demo", "--sequence", 1, "-o", self.pkg),
                      ("sign", self.app, "--key", self.release, "--product", "no-domain/a/b/c", "--sequence", 1, "-o", self.pkg),
                      ("sign", self.app, "--key", self.release, "--product", PRODUCT, "--sequence", 2**53, "-o", self.pkg),
                      ("suit", "verify", self.app), ("keyset", "make", "--root", self.root, "-o", self.pkg),
                      ("suit", "attach", self.app, "--key-id", "0011223344556677", "--signature", self.app)):
            done = updraft(*words, check=False)
            self.assertIn(done.returncode, (1, 2), words)
            self.assertTrue(done.stderr)
        self.assertFalse(self.pkg.exists())


class Elsewhere(Made):
    """Keys of other people's programs, tokens and packages of several parts."""

    def test_a_keyset_by_a_command(self):
        public = self.dir / "pub.pem"
        updraft("key", "pub", self.root, "-o", public)
        keyset = self.dir / "new.keyset"
        updraft("keyset", "make", "--root", public, "--release", self.release, "-o", keyset)
        before = keyset.read_bytes()
        for command in (f"openssl dgst -sha256 -sign {self.stranger}", "false", "echo"):
            done = updraft("keyset", "sign", keyset, "--key", public, "--signer-cmd", command, check=False)
            self.assertNotEqual(done.returncode, 0, command)
            self.assertEqual(keyset.read_bytes(), before, "nothing is written that is not right")
        updraft("keyset", "sign", keyset, "--key", public, "--signer-cmd", f"openssl dgst -sha256 -sign {self.root}")
        self.assertEqual(updraft("keyset", "show", keyset).returncode, 0)

    def test_a_token(self):
        fresh = self.dir / "fresh.pem"
        updraft("key", "gen", fresh)
        keyset, token = self.dir / "f.keyset", self.dir / "token"
        updraft("keyset", "make", "--root", self.root, "--release", self.release, "--freshness", fresh, "-o", keyset)
        self.sign()
        nonce, who = "000102030405060708090a0b0c0d0e0f", ("--device-id", "a0b1c2d3e4f5")
        words = ("suit", "token", self.pkg, "--keyset", keyset, *who, "-o", token, "--nonce")
        updraft(*words, nonce, "--key", fresh, "--now", 1790000000)
        seen = inspect(token)
        self.assertEqual((seen["newest_sequence"], seen["newest_keyset"], seen["now"]), (7, 1, 1790000000))
        self.assertEqual(verdict(token, keyset, "--nonce", nonce, *who), "ok")
        self.assertEqual(verdict(token, keyset, "--nonce", nonce[2:] + "00", *who), "nonce_mismatch")
        token.unlink()
        for more in ((nonce, "--key", self.release), ("00", "--key", fresh), (nonce, "--key", fresh, "--device-id", "x" * 65)):
            self.assertIn(updraft(*words, *more, check=False).returncode, (1, 2), more)
        self.pkg.write_bytes(self.pkg.read_bytes()[:200])
        self.assertEqual(updraft(*words, nonce, "--key", fresh, check=False).returncode, 1)
        self.assertFalse(token.exists())

    def test_an_app_its_co_processor_and_files_in_one_package(self):
        radio, files = self.dir / "radio.bin", self.dir / "files.img"
        updraft("image", "make", "--chip", "esp32c6", "--size", 60_000, "-o", radio)
        files.write_bytes(os.urandom(9000))
        more = ("--cp", radio, "--cp-product", "updraft.example/radio/esp32c6/1", "--fs", f"storage={files}")
        self.make(*more, "--key-id", self.release, "--signer-cmd", f"openssl dgst -sha256 -sign {self.release}")
        names = [part["component"] for part in inspect(self.pkg)["components"]]
        self.assertEqual(names, ["app", "fs storage", "cp"])
        self.assertEqual(verdict(self.pkg, self.keyset), "component_unknown", "such a device has no co-processor")
        self.make("--cp", radio, "--cp-product", "updraft.example/radio/esp32c6/1", "--key-id", self.release,
                  "--signer-cmd", f"openssl dgst -sha256 -sign {self.release}")
        device = ("--vendor", "updraft.example", "--class", "demo/esp32c3/1", "--cp-class")
        self.assertEqual(verdict(self.pkg, self.keyset, *device, "radio/esp32c6/1"), "ok")
        self.assertEqual(verdict(self.pkg, self.keyset, *device, "radio/esp32c6/2"), "wrong_product")
        good = self.pkg.read_bytes()
        self.pkg.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
        self.assertEqual(verdict(self.pkg, self.keyset, *device, "radio/esp32c6/1"), "chunk_mismatch")
        for wrong in (("--cp", radio), ("--fs", "=x"), ("--fs", str(files)), ("--fs", f"{'l' * 17}={files}"),
                      tuple(word for i in range(4) for word in ("--fs", f"l{i}={files}"))):
            done = updraft("suit", "make", self.app, "--product", PRODUCT, "--sequence", 1, "-o", self.dir / "no", *wrong, check=False)
            self.assertIn(done.returncode, (1, 2), wrong)


# Run by Debian's own python3, which has python3-cbor2 (tools/install check).
DEBIAN = "/usr/bin/python3"
READ_PACKAGE = """
import cbor2, sys
package, app = (open(name, "rb").read() for name in sys.argv[1:])
envelope = cbor2.loads(package)
assert envelope.tag == 107 and list(envelope.value) == [2, 3, "#ix", "#img"], envelope
manifest = cbor2.loads(envelope.value[3])
assert (manifest[1], manifest[2]) == (1, 7), manifest
assert envelope.value["#img"] == app
again = cbor2.CBORTag(107, {**envelope.value, 3: cbor2.dumps(manifest, canonical=True)})
assert cbor2.dumps(again) == package
"""
READ_KEYSET = """
import cbor2, sys
data = open(sys.argv[1], "rb").read()
read = cbor2.loads(data)
assert read.tag == 98 and cbor2.loads(read.value[2])[1] == 1, read
assert cbor2.dumps(read.value[2]) == cbor2.dumps(cbor2.dumps(cbor2.loads(read.value[2]), canonical=True))
assert cbor2.dumps(read) == data
"""


class OtherPrograms(Made):
    """An independent library reads what we write, and writes the same bytes."""

    def run_there(self, script, *files):
        if subprocess.run([DEBIAN, "-c", "import cbor2"], capture_output=True, check=False).returncode != 0:
            self.skipTest("python3-cbor2 is not here (tools/install check)")
        done = subprocess.run([DEBIAN, "-c", script, *files], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_read_a_package_and_write_the_same_bytes(self):
        self.sign()
        self.run_there(READ_PACKAGE, self.pkg, self.app)

    def test_read_a_keyset(self):
        self.run_there(READ_KEYSET, self.keyset)


if __name__ == "__main__":
    unittest.main()
