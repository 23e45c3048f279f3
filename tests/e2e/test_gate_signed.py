"""Security rows 1 and 2, of a device that holds a KeySet: every scheme x policy x armed or not, exactly the cells of the second table
of spec/security.md section 2. Without a KeySet: test_gate.py; what is signed comes in, and other payloads: test_signed_device.py."""
import shutil
import socket
import subprocess
import unittest

from harness import PATIENCE, UPDRAFT, sampled
from test_gate import GATE, POLICIES, PROVED, SCHEME
from test_sealed_everywhere import ALONE, Doors
from test_signed_device import Signed


class Armed(Signed):
    def cell(self, door, allowed, armed):
        """For an image that nobody signed: the code of its refusal, or "ok" with its trust."""
        if door not in PROVED and SCHEME[door] not in allowed:
            return "unsigned"
        if not armed:
            return "not_armed"
        return "ok sender" if door in PROVED else "ok unsigned"

    def made(self, version):
        return self.image(version, "--version", version, "--size", "64K")

    def expect(self, verdict, cell):
        got = f"ok {verdict['trust']}" if verdict["result"] == "ok" else verdict["code"]
        self.assertEqual(got, cell, verdict)

    def arm(self, device):
        device.say("arm")
        device.wait("armed")

    def brought(self, door, file, *options):
        """To a device that fetches, once somebody has armed it; what it made of that."""
        self.number = getattr(self, "number", 0) + 1
        place = self.dir / f"{door}-{self.number}"
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        if door == "sd":
            place.mkdir()
        way = ("--pull", f"req://127.0.0.1:{port}") if door == "req" else (f"--{door}", place)
        device = self.device(*way, "--raw", 0, *self.trusts, *options, state=f"alone-{self.number}")
        device.wait("listening", scheme="uart" if door == "uart" else "raw")
        self.arm(device)
        sender = None
        if door == "sd":
            shutil.copy(file, self.dir / "new")
            (self.dir / "new").rename(place / "update.bin")
        else:
            command = ["push", file, f"uart:{place}"] if door == "uart" else ["serve", file, "--req", str(port)]
            sender = subprocess.Popen([UPDRAFT, *map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            verdict = device.wait("update")
            while verdict.get("code") == "unreachable":  # it called before somebody served
                verdict = device.wait("update")
            return verdict
        finally:
            device.kill()
            if sender:
                sender.kill()
                sender.wait(PATIENCE)

    def refused(self, policy, armed):
        """All schemes by which that policy lets nothing in."""
        options, allowed = POLICIES[policy]
        doors = Doors(self, "device", *self.trusts, policy=options, pull_with=("--raw", 0))
        before = self.slot_bytes("ota_1")
        file = self.made("2.0.0")
        if armed:
            for device in (doors.main, doors.with_aes):
                self.arm(device)
        for door in sampled(GATE, 3):
            cell = self.cell(door, allowed, armed)
            if cell.startswith("ok") or (armed and door in ALONE):
                continue
            with self.subTest(policy=policy, armed=armed, door=door):
                verdict, _ = doors.send(door, file)
                self.expect(verdict, cell)
                self.assertEqual(self.slot_bytes("ota_1"), before, "no erase, no write")
        events = [event["event"] for event in doors.main.events]
        self.assertEqual(events.count("armed"), int(armed), "nothing from the network arms it")
        self.assertNotIn("disarmed", events, "nor disarms it")

    def test_not_armed_by_default(self):
        self.refused("default", armed=False)

    def test_not_armed_with_all_schemes(self):
        self.refused("all", armed=False)

    def test_armed_by_default(self):
        self.refused("default", armed=True)

    # One after the other, each armed anew: an update that was let in disarms.
    def accepted(self, policy):
        options, allowed = POLICIES[policy]
        doors = Doors(self, "device", *self.trusts, policy=options)
        for number, door in enumerate(sampled(GATE, 3)):
            cell = self.cell(door, allowed, armed=True)
            with self.subTest(policy=policy, door=door):
                file = self.made(f"2.{number}.0")
                if door in ALONE:
                    self.expect(self.brought(door, file, *options), cell)
                    continue
                if not cell.startswith("ok"):
                    continue
                device = doors.pushes[door][0]
                self.arm(device)
                verdict, _ = doors.send(door, file, *(["--restart"] if door in ("ws", "wss") else []))
                self.expect(verdict, cell)
                device.wait("disarmed")
                self.assertEqual(device.wait("boot")["trust"], "unsigned")
                device.wait("confirm")

    def test_what_an_armed_device_lets_in_of_all(self):
        self.accepted("all")

    def test_what_an_armed_device_lets_in_of_senders_that_proved_themselves(self):
        self.accepted("default")


if __name__ == "__main__":
    unittest.main()
