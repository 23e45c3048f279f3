"""The signatures of Secure Boot v2 that end an image, as `updraft inspect` shows them."""
import unittest

from harness import SOURCE, Case, inspect, updraft


class SecureBoot(Case):
    """inspect says whose signatures end an image, and whether they are right."""

    def signatures(self, name, change=None):
        file = self.dir / "image.bin"
        data = bytearray((SOURCE / f"tests/golden/sbv2/{name}.bin").read_bytes())
        if change is not None:
            data[change] ^= 1
        file.write_bytes(data)
        return inspect(file)["signatures"], updraft("inspect", file, check=False).stdout

    def test_right_and_wrong(self):
        for name, scheme, digest in (("demo-1.2.3-ecdsa", "ECDSA P-256", "22c0e75f"), ("demo-1.2.3-rsa3072", "RSA-3072", "0f766f84")):
            (block,), said = self.signatures(name)
            self.assertEqual((block["scheme"], block["key_digest"][:8], block["verifies"]), (scheme, digest, True))
            self.assertIn("the signature is right", said)
        (block,), said = self.signatures("demo-1.2.3-ecdsa", 400)  # a byte between image and sector
        self.assertEqual((block["verifies"], block["digest_right"]), (False, False))
        self.assertIn("WRONG", said)


if __name__ == "__main__":
    unittest.main()
