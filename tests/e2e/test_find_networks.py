"""Devices on other machines, found and updated by name: namespaces on a switch of their own, and one on a second network."""
import json
import os
import subprocess
import unittest

from harness import PATIENCE, UPDRAFT, Case, Device


class Networks(Case):
    """A switch with the desk in it, 10.99.0.1/24; devices are plugged in there, or by a cable into the desk, 10.98.0.1/24."""

    def setUp(self):
        super().setUp()
        self.desk, self.switch = self.space("desk"), self.space("switch")
        self.ip("-n", self.switch, "link", "add", "ports", "type", "bridge")
        self.ip("-n", self.switch, "link", "set", "ports", "up")
        self.plug(self.desk, "to-desk", "10.99.0.1/24")

    def ip(self, *words):
        try:
            subprocess.run(["ip", *words], check=True, capture_output=True, text=True)
        except FileNotFoundError:
            self.skipTest("there is no ip command here")
        except subprocess.CalledProcessError as error:
            if "link" not in words and "netns" not in words and "bridge" not in words:
                raise AssertionError(f"ip {' '.join(words)}: {error.stderr}") from None
            self.skipTest(f"no networks can be made here: {error.stderr.strip()}")

    def space(self, name):
        space = f"u{os.getpid()}{name}"
        self.ip("netns", "add", space)
        self.addCleanup(subprocess.run, ["ip", "netns", "del", space], stderr=subprocess.DEVNULL)
        self.ip("-n", space, "link", "set", "lo", "up")
        return space

    def cable(self, end, there, space):
        self.ip("link", "add", end, "netns", there, "type", "veth", "peer", "name", "eth0", "netns", space)

    def plug(self, space, end, address):
        self.cable(end, self.switch, space)
        self.ip("-n", self.switch, "link", "set", end, "master", "ports")
        self.ip("-n", self.switch, "link", "set", end, "up")
        self.wire(space, "eth0", address)

    def wire(self, space, interface, address):
        self.ip("-n", space, "addr", "add", address, "dev", interface)
        self.ip("-n", space, "link", "set", interface, "up")

    def plugged(self, where, name, last, net="99"):
        """A device called `name` in a machine called `where`."""
        space, end = self.space(where), f"to-{where}"
        if net == "99":
            self.plug(space, end, f"10.99.0.{last}/24")
        else:
            self.cable(end, self.desk, space)
            self.wire(self.desk, end, f"10.{net}.0.1/24")
            self.wire(space, "eth0", f"10.{net}.0.{last}/24")
        command = ["ip", "netns", "exec", space, UPDRAFT, "device", "--state", self.dir / where, "--json", "--name", name,
                   "--listen", "0.0.0.0", "--http", "0", "--allow-unsigned"]
        device = Device.of(subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, text=True))
        self.addCleanup(lambda: device.process.poll() is None and device.kill())
        return device, device.wait("announced")["name"]

    def at_desk(self, *words, cache=None):
        env = {**os.environ, **({"XDG_CACHE_HOME": str(cache)} if cache else {})}
        return subprocess.run(["ip", "netns", "exec", self.desk, UPDRAFT, *map(str, words)], capture_output=True, text=True,
                              timeout=PATIENCE, env=env)

    def found(self, **options):
        lines = self.at_desk("find", "--seconds", "1.5", "--json", **options).stdout.splitlines()
        return {one["id"]: one for one in map(json.loads, lines) if one["event"] == "device"}

    def expect_pushed(self, version, device, whom, **options):
        done = self.at_desk("push", self.image(f"{version}.bin", "--version", version), whom, "--restart", **options)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        device.wait("boot", version=version)
        device.wait("confirm")

    def test_two_are_updated_by_name_and_a_third_of_one_name_is_told_apart(self):
        shed, attic = self.plugged("shed", "lamp", 2), self.plugged("attic", "fan", 3)
        porch = self.plugged("porch", "lamp", 4)
        self.assertEqual([name for _, name in (shed, attic, porch)], ["lamp", "fan", "lamp-2"])
        self.assertEqual(sorted((one["name"], one["address"]) for one in self.found().values()),
                         [("fan", "10.99.0.3"), ("lamp", "10.99.0.2"), ("lamp-2", "10.99.0.4")])
        for number, (device, name) in enumerate((shed, attic, porch)):
            self.expect_pushed(f"2.{number}.0", device, name)

    def test_one_name_on_two_networks_is_no_name(self):
        devices = dict(zip(("10.99.0.2", "10.98.0.2"), (self.plugged("shed", "lamp", 2), self.plugged("barn", "lamp", 2, net="98"))))
        found = self.found()
        self.assertEqual({one["address"] for one in found.values()}, set(devices))
        done = self.at_desk("push", self.image("v2.bin", "--version", "2.0.0"), "lamp")
        self.assertEqual(done.returncode, 2, done.stdout)
        for number, (device_id, one) in enumerate(found.items()):
            self.assertIn(device_id, done.stderr)
            self.expect_pushed(f"2.{number}.0", devices[one["address"]][0], device_id)

    def test_a_known_device_is_reached_where_the_network_loses_what_goes_to_all(self):
        shed, _ = self.plugged("shed", "lamp", 2)
        self.assertEqual(len(self.found()), 1)
        for end in ("to-shed", "to-desk"):
            self.ip("netns", "exec", self.switch, "bridge", "link", "set", "dev", end, "mcast_flood", "off")
        self.assertEqual(self.found(cache=self.dir / "another desk"), {}, "who never found it cannot")
        self.expect_pushed("2.0.0", shed, "lamp")


if __name__ == "__main__":
    unittest.main()
