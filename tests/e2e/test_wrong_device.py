"""Security row 8: an image for another chip, revision or product. Only the diagonal of the matrix passes; the rest is refused by what
its first 288 bytes say, and nothing is erased."""
import socket
import unittest

from harness import PATIENCE, Case, send, updraft
from test_signed_device import CLASS, VENDOR, Signed

CHIPS = ("esp32", "esp32s2", "esp32s3", "esp32c2", "esp32c3", "esp32c5", "esp32c6", "esp32c61", "esp32h2", "esp32p4")
HEAD = 288  # header, first segment's header and app descriptor
REVISIONS_AT = {"least": 15, "most": 17}  # in the header, little-endian


class Refused(Case):
    def first_bytes(self, device, port, data):
        """So much arrives and no more; the verdict, while the sender still waits."""
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as peer:
            peer.sendall(data)
            return device.wait("update")

    def test_only_the_diagonal_of_chips_passes(self):
        images = {chip: self.image(chip, "--chip", chip, "--version", "2.0.0", "--size", "64K").read_bytes() for chip in CHIPS}
        for chip in CHIPS:
            device = self.device("--chip", chip, "--raw", 0, "--allow-unsigned", state=f"device-{chip}")
            port = device.port()
            before = self.slot_bytes("ota_1", f"device-{chip}")
            for other in CHIPS:
                with self.subTest(device=chip, image=other):
                    if other != chip:
                        verdict = self.first_bytes(device, port, images[other][:HEAD])
                        self.assertEqual((verdict["result"], verdict["code"]), ("refused", "wrong_chip"))
            self.assertEqual(self.slot_bytes("ota_1", f"device-{chip}"), before, "no erase, no write")
            send(port, images[chip])
            self.assertEqual(device.wait("boot", version="2.0.0")["chip"], chip)
            device.kill()

    def test_only_the_revisions_that_it_was_built_for(self):
        good = self.image("v2", "--version", "2.0.0", "--size", "64K").read_bytes()
        for revision, least, most, passes in ((3, 0, 99, True), (3, 3, 3, True), (3, 4, 99, False), (101, 0, 100, False)):
            with self.subTest(revision=revision, least=least, most=most):
                image = bytearray(good)
                for name, value in (("least", least), ("most", most)):
                    image[REVISIONS_AT[name]:REVISIONS_AT[name] + 2] = value.to_bytes(2, "little")
                state = f"{revision}-{least}-{most}"
                device = self.device("--chip-revision", revision, "--raw", 0, "--allow-unsigned", state=state)
                port = device.port()
                if not passes:
                    self.assertEqual(self.first_bytes(device, port, bytes(image[:HEAD]))["code"], "wrong_revision")
                    self.assertEqual(set(self.slot_bytes("ota_1", state)), {0xFF})
                else:  # its hash is that of the image before it was changed: it passes what its head says
                    send(port, bytes(image))
                    self.assertEqual(device.wait("update")["code"], "bad_hash")
                device.kill()

    def test_only_the_project_where_the_product_asks(self):
        lamp = self.image("lamp", "--project", "lamp", "--version", "1.0.0")
        other = self.image("other", "--project", "heater", "--version", "2.0.0", "--size", "64K").read_bytes()
        strict = self.device("--firmware", lamp, "--project", "lamp", "--raw", 0, "--allow-unsigned", state="strict")
        self.assertEqual(self.first_bytes(strict, strict.port(), other[:HEAD])["code"], "wrong_product")
        self.assertEqual(set(self.slot_bytes("ota_1", "strict")), {0xFF})
        device = self.device("--firmware", lamp, "--raw", 0, "--allow-unsigned", state="easy")
        send(device.port(), other)
        self.assertEqual(device.wait("boot", version="2.0.0")["project"], "heater")


class Packages(Signed):
    """Well signed, by mistake: for another class, or for the right one with another chip's image in it."""

    def test_a_package_of_another_class(self):
        device = self.device("--raw", 0, *self.trusts)
        port = device.port()
        others = ("demo/esp32c3/2", "demo/esp32s3/1", "radio/esp32c3/1")
        for number, product in enumerate(others):
            with self.subTest(product=product):
                chip = product.split("/")[1]
                image = self.image(f"of-{number}", "--chip", chip, "--version", "2.0.0", "--size", "64K")
                package = self.signed("2.0.0", 2 + number, product=product, image=image)
                send(port, package.read_bytes())
                self.assertEqual(device.wait("update")["code"], "wrong_product")
        self.assertEqual(set(self.slot_bytes("ota_1")), {0xFF}, "no erase, no write")

    def test_the_right_class_with_another_chips_image(self):
        device = self.device("--raw", 0, *self.trusts)
        image = self.image("s3", "--chip", "esp32s3", "--version", "2.0.0", "--size", "64K")
        package = self.dir / "mistake.suit"
        updraft("suit", "make", image, "--product", f"{VENDOR}/{CLASS}", "--sequence", 2, "-o", package, "--key-id", self.key("release"),
                "--signer-cmd", f"openssl dgst -sha256 -sign {self.key('release')}")
        port = device.port()
        send(port, package.read_bytes())
        self.assertEqual(device.wait("update")["code"], "wrong_chip")
        self.assertEqual(set(self.slot_bytes("ota_1")), {0xFF}, "no erase, no write")
        self.install(device, port, "2.0.0", 2)


if __name__ == "__main__":
    unittest.main()
