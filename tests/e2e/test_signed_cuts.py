"""Security row 4: a signed package is cut off over every protocol, and the device reset there. The old image runs, KeySet and
sequence are as they were, and the next push works. At every byte: tests/powerloss/signed_connection_test.cpp."""
import contextlib
import json
import signal
import socket
import subprocess
import unittest

from control_host import OriginalHost, request
from cutting_proxy import CuttingProxy
from harness import PATIENCE, UPDRAFT, inspect, sampled, send, updraft
from test_sealed_everywhere import AES, PASSWORD
from test_signed_device import Signed

# Door, options of the device, its scheme, options of push.
PUSHED = (("raw", ("--raw", 0), "raw", ()),
          ("raw with AES", ("--raw", 0, *AES), "raw", AES),
          ("bundle", ("--bundle", 0, *PASSWORD), "bundle", PASSWORD),
          ("ws", ("--http", 0), "ws", ()),
          ("wss", ("--https", 0), "wss", ("--insecure",)))


class Cuts(Signed):
    def setUp(self):
        super().setUp()
        self.package = self.signed("2.0.0", 2, size="64K")
        self.bytes = self.package.stat().st_size

    def places(self, more=0):
        """In the head, at the borders of index and chunks, in the image, and right before the end."""
        return sampled([17, 200, 520, 700, 4096, 4800, 9001, 33_333, 60_001, self.bytes - 1 + more], 3)

    def start(self, name, *options):
        device = self.device(*options, *self.trusts, state=name)
        boot = device.wait("boot")
        self.assertEqual((boot["version"], boot["trust"]), ("1.0.0", "unsigned"))
        return device

    def expect_the_old_one(self, device, name):
        device.settle()
        self.assertEqual(device.events[-1]["version"], "1.0.0")
        self.assertNotIn("ok", {e.get("result") for e in device.events})
        self.assertEqual(inspect(self.dir / name)["boots"], "ota_0")

    def test_by_whoever_is_on_the_way(self):
        for door, options, scheme, more in PUSHED:
            name = door.replace(" ", "-")
            device = self.start(name, *options)
            port = device.port(scheme)
            file = self.package
            if door == "bundle":
                file = self.dir / "files"
                file.mkdir()
                (file / "firmware.bin").write_bytes(self.package.read_bytes())
            for most in self.places():
                with self.subTest(door=door, most=most):
                    proxy = CuttingProxy(port, most)
                    done = updraft("push", file, f"{scheme}://127.0.0.1:{proxy.port}", *more, check=False)
                    proxy.close()
                    self.assertNotEqual(done.returncode, 0)
                    self.expect_the_old_one(device, name)
            with self.subTest(door=door, most="all"):
                updraft("push", file, f"{scheme}://127.0.0.1:{port}", *more, *(["--restart"] if scheme in ("ws", "wss") else []))
                self.confirmed(device, "2.0.0", 2)
            device.kill()

    def test_while_the_device_fetches(self):
        serve = subprocess.Popen([UPDRAFT, "serve", str(self.package), "--req", "0", "--json"], stdout=subprocess.PIPE, text=True)
        self.addCleanup(serve.stdout.close)
        self.addCleanup(serve.wait, PATIENCE)
        self.addCleanup(serve.terminate)
        port = json.loads(serve.stdout.readline())["port"]
        for most in self.places():
            with self.subTest(most=most):
                proxy = CuttingProxy(port, most, answers=True)
                device = self.start("pull", "--pull", f"req://127.0.0.1:{proxy.port}")
                self.assertNotEqual(device.wait("update")["result"], "ok")
                device.kill()
                proxy.close()
                self.assertEqual(inspect(self.dir / "pull")["boots"], "ota_0")
        device = self.start("pull", "--pull", f"req://127.0.0.1:{port}")
        self.confirmed(device, "2.0.0", 2)
        device.kill()

    # Nothing of the session survives: the power goes away.
    def test_the_device_is_reset_while_it_receives(self):
        good = self.package.read_bytes()
        for most in self.places():
            with self.subTest(most=most):
                device = self.start("device", "--raw", 0)
                with socket.create_connection(("127.0.0.1", device.port())) as peer:
                    peer.sendall(good[:most])
                    device.settle()
                    device.kill()
                self.assertEqual(inspect(self.dir / "device")["boots"], "ota_0")
        device = self.start("device", "--raw", 0)
        updraft("push", self.package, f"raw://127.0.0.1:{device.port()}")
        self.confirmed(device, "2.0.0", 2)

    # The host beside the chip dies between two frames, or in the middle of one, and the chip with it.
    def test_the_host_beside_the_chip_dies(self):
        good = self.package.read_bytes()
        tty = self.dir / "tty"
        for chunks, part in ((0, 0), (0, 2000), (1, 0), (1, 3999), (9, 17), (len(good) // 4000, 0)):
            with self.subTest(chunks=chunks, part=part):
                device = self.start("device", "--control", tty)
                device.wait("listening", scheme="control")
                host = OriginalHost(tty)
                self.assertTrue(host.ask(116))
                for i in range(chunks):
                    self.assertTrue(host.ask(117, good[4000 * i:4000 * (i + 1)]))
                host.send(request(117, 99, good[4000 * chunks:4000 * (chunks + 1)])[:part])
                device.settle()
                device.kill()
                host.close()
                self.assertEqual(inspect(self.dir / "device")["boots"], "ota_0")
        device = self.start("device", "--control", tty)
        device.wait("listening", scheme="control")
        updraft("push", self.package, f"control:{tty}")
        self.confirmed(device, "2.0.0", 2)


class PowerCuts(Signed):
    """Security row 26. At every flash operation: tests/powerloss/signed_cut_test.cpp, parts_cut_test.cpp."""

    def test_the_power_goes_away_while_a_signed_package_is_installed(self):
        package = self.signed("2.0.0", 2, size="64K").read_bytes()
        for operation in sampled((1, 5, 60, 120, 200, 255), 2):
            for variant in sampled(("before", "torn", "after", "weak"), 2):
                with self.subTest(operation=operation, variant=variant):
                    state = f"cut-{operation}-{variant}"
                    device = self.device("--raw", 0, *self.trusts, "--cut-power-at", operation, "--cut", variant, state=state)
                    with contextlib.suppress(AssertionError):  # the first operations are the boot's
                        send(device.port(), package)
                    self.assertEqual(device.process.wait(PATIENCE), -signal.SIGKILL, "it was cut")
                    device.end()
                    again = self.device("--raw", 0, *self.trusts, state=state)
                    boot = again.wait("boot")
                    if boot["version"] == "1.0.0":
                        self.assertEqual(boot["trust"], "unsigned")
                        send(again.port(), package)
                        again.wait("update", result="ok")
                        boot = again.wait("boot", version="2.0.0")
                    self.assertEqual(boot["sequence"], 2)
                    again.wait("confirm")
                    again.kill()


if __name__ == "__main__":
    unittest.main()
