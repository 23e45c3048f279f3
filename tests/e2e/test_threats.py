"""Rows of spec/security.md section 3 about memory: what a stranger sends does not make the running device larger.

Resident memory is read from the system, as the most that the process ever had (VmHWM). The flash is a file in memory, and
counts as it is written.
"""
import os
import pathlib
import socket
import subprocess
import unittest
import zlib

from harness import UPDRAFT, Case, Device, send
from ws_client import WebSocket

FLASH_KIB = 8 * 1024
SANITIZED = b"__asan_init" in pathlib.Path(UPDRAFT).read_bytes()  # around what it allocates it keeps as much again, and shadows
MOST_GROWTH_KIB = (16 if SANITIZED else 4) * 1024


def most_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1])
    raise AssertionError("the system does not say")


class Memory(Case):
    def start(self, *arguments):
        command = [UPDRAFT, "device", "--state", str(self.dir / "device"), "--json", *map(str, arguments)]
        environment = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=1:thread_local_quarantine_size_kb=64"}
        device = Device.of(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                            text=True, env=environment))
        self.addCleanup(lambda: device.process.poll() is None and device.kill())
        return device

    def stays_small(self, device, before, flash=FLASH_KIB):
        self.assertLess(most_kib(device.process.pid) - before, MOST_GROWTH_KIB + flash)

    def next_push_works(self, device, port):
        send(port, self.image("next", "--version", "2.0.0").read_bytes())
        device.wait("boot", version="2.0.0")

    def bomb(self):
        """1 GiB that is about 1 MiB, with a good image at its head."""
        image = self.image("head", "--version", "6.6.6", "--size", "64K").read_bytes()
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        packed = packer.compress(image[:4096])
        zeros = bytes(1 << 20)
        for _ in range(1024):
            packed += packer.compress(zeros)
        return packed + packer.flush()

    def test_row_10_a_bomb_stops_at_the_limit(self):
        device = self.start("--raw", 0, "--allow-unsigned")
        port = device.port()
        before = most_kib(device.process.pid)
        send(port, self.bomb())
        self.assertIn(device.wait("update")["result"], ("refused", "failed"))
        self.stays_small(device, before)
        self.next_push_works(device, port)

    def test_row_15_a_flood_and_huge_frames(self):
        device = self.start("--raw", 0, "--http", 0, "--esphome", 0, "--arduino", 0, "--password", "not-told", "--allow-unsigned")
        ports = {scheme: device.wait("listening", scheme=scheme)["port"] for scheme in ("ws", "arduino", "esphome", "raw")}
        raw, ws = ports["raw"], ports["ws"]
        before = most_kib(device.process.pid)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            for number in range(1000):
                peer.sendto(f"0 {number + 1} {2**63} ".encode() + b"0" * 32 + b"\n", ("127.0.0.1", ports["arduino"]))
        for port in (raw, ws, ports["esphome"]):
            open_now = []
            for _ in range(1000):
                open_now.append(socket.create_connection(("127.0.0.1", port)))
                if len(open_now) > 500:
                    open_now.pop(0).close()
            for peer in open_now:
                peer.close()
        for _ in range(20):
            client = WebSocket(ws)
            client.sock.sendall(b"\x82\xff" + (1 << 63).to_bytes(8, "big") + bytes(4) + bytes(65536))
            client.close()
        self.stays_small(device, before, flash=0)
        self.next_push_works(device, raw)

    def test_row_14_clients_that_come_back_cost_no_memory(self):
        from crowd import Crowd
        device = self.start("--raw", 0, "--http", 0, "--allow-unsigned")
        ws = device.wait("listening", scheme="ws")["port"]
        raw = device.port()
        before = most_kib(device.process.pid)
        for scheme, port in (("raw", raw), ("ws", ws)):
            with Crowd(scheme, port, clients=200) as crowd:
                while crowd.connects < 1000:
                    device.say("status")
                    device.wait("status")
        self.stays_small(device, before, flash=0)
        self.next_push_works(device, raw)


if __name__ == "__main__":
    unittest.main()
