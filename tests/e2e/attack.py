#!/usr/bin/env python3
"""Strangers at every door of one virtual device for minutes, and its owner in between.

    attack.py [--minutes N] [--seed N] [--crowd] PATH-TO-UPDRAFT

With --crowd, one listener after the other: 47 clients that send a byte, drip, and come back as soon as they are dropped;
some of them complete the protocol's handshake first. Each of the owner's pushes has 15 s to get in, and none may fail.

Without, all of them at once: some send noise, some half of a good image, some open connections and say nothing, some drip a byte a second, some
say begins of each protocol and stop. Every few seconds the owner pushes the next release: it has to arrive, boot and be
confirmed. The device must never end, never run anything else, and its memory must come to rest. Prints the seed;
the same seed gives the same strangers. A run of a minute is a test of its own (test_attack.py).
"""
import argparse
import os
import pathlib
import random
import socket
import tempfile
import threading
import time

import harness
from crowd import Announcer, Crowd, Inviters

HOST = "127.0.0.1"
STRANGERS = 6         # at the same time
OWNER_EVERY = 3.0     # seconds between two pushes
MOST_GROWTH_KIB = 16 * 1024


def connect(port):
    made = socket.create_connection((HOST, port), timeout=5)
    made.settimeout(2)
    return made


def noise(rng, port, image):
    with connect(port) as peer:
        peer.sendall(rng.randbytes(rng.randrange(1, 4096)))


def half_an_image(rng, port, image):
    with connect(port) as peer:
        peer.sendall(image[:rng.randrange(1, len(image) // 2)])


def silence(rng, port, image):
    with connect(port):
        time.sleep(rng.uniform(0.1, 3))


def drip(rng, port, image):
    with connect(port) as peer:
        for byte in image[:rng.randrange(1, 8)]:
            peer.sendall(bytes([byte]))
            time.sleep(0.3)


def flipped(rng, port, image):
    bad = bytearray(image[:rng.randrange(64, len(image))])
    bad[rng.randrange(len(bad))] ^= 1 << rng.randrange(8)
    with connect(port) as peer:
        peer.sendall(bad)


def http_words(rng, port, image):
    heads = [b"GET /ota/status HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /ota HTTP/1.1\r\n", b"POST /ota/ws HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
             b"GET /ota/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n" + b"\x82\xff" + b"\xff" * 8, b"GET " + b"a" * 9000,
             b"POST /ota HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Updraft: 1\r\nContent-Length: 90000\r\n\r\n" + image[:4000],
             b"POST /ota HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Updraft: 1\r\nContent-Type: multipart/form-data; boundary=b\r\n"
             b"Content-Length: 90000\r\n\r\n--b\r\nContent-Disposition: form-data; name=file\r\n\r\n" + image[:4000]]
    with connect(port) as peer:
        peer.sendall(rng.choice(heads))
        peer.recv(4096)


def reset(rng, port, image):
    with connect(port) as peer:
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        peer.sendall(image[:rng.randrange(1, 2048)])


def datagrams(rng, port, image):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        for _ in range(rng.randrange(1, 20)):
            words = rng.choice([b"0 9 100000 " + b"0" * 32, b"200 " + b"0" * 64 + b" " + b"1" * 64, rng.randbytes(rng.randrange(1472))])
            peer.sendto(words[:rng.randrange(1, 200)] + b"\n", (HOST, port))


PASSWORD = "not-told"
GETS_IN_WITHIN = 15  # seconds that `push --wait` gets: it is long past a place's deadlines
CROWDS = [(scheme, lambda ports, scheme=scheme: Crowd(scheme, ports[scheme])) for scheme in ("raw", "bundle", "ws", "wss", "esphome")]
CROWDS.append(("ws", lambda ports: Crowd("ws", ports["ws"], greets=True)))
CROWDS.append(("native", lambda ports: Crowd("native", ports["native"], clients=16)))  # it has one place
CROWDS.append(("form", lambda ports: Crowd("ws", ports["form"], path=b"/upload")))
CROWDS.append(("elegant", lambda ports: Crowd("ws", ports["elegant"], path=b"/ota/upload")))
CROWDS.append(("arduino", lambda ports: Inviters(ports["arduino"])))
CROWDS.append(("bundle", lambda ports: Announcer(ports["ws"])))

WAYS = [noise, half_an_image, silence, drip, flipped, http_words, reset, datagrams]


class Strangers:
    def __init__(self, seed, ports, image):
        self.stop = threading.Event()
        self.attacks = 0
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._run, args=(random.Random(seed + i), ports, image), daemon=True)
                         for i in range(STRANGERS)]

    def start(self):
        for thread in self._threads:
            thread.start()

    def end(self):
        self.stop.set()
        for thread in self._threads:
            thread.join()

    def _run(self, rng, ports, image):
        while not self.stop.wait(rng.uniform(0.01, 0.2)):
            try:
                rng.choice(WAYS)(rng, rng.choice(ports), image)
            except OSError:
                pass  # turned away: right so
            with self._lock:
                self.attacks += 1


def resident_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def free_ports(count):
    """Ports that no client gets by chance: below those that the system gives out. While the device restarts its port is free, and
    one of thousands of clients would take it sooner or later."""
    lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    ports, rng = [], random.SystemRandom()
    while len(ports) < count:
        port = rng.randrange(2_000, lowest)
        with socket.socket() as trial:
            try:
                trial.bind((HOST, port))
            except OSError:
                continue
        if port not in ports:
            ports.append(port)
    return ports


def release(folder, number):
    file = folder / f"{number}.bin"
    harness.updraft("image", "make", "--version", f"1.{number}.0", "--seed", number, "--size", "96K", "-o", file)
    return file


def push(file, port):
    """The owner tries again while strangers hold the engine: they lose it within seconds."""
    deadline = time.monotonic() + harness.PATIENCE
    while time.monotonic() < deadline:
        done = harness.updraft("push", file, f"ws://{HOST}:{port}", "--restart", "--json", check=False)
        if done.returncode == 0:
            return
        time.sleep(0.5)
    raise AssertionError(f"the owner could not push {file.name} within {harness.PATIENCE} s: {done.stdout}{done.stderr}")


def attack(minutes, seed):
    print(f"attack: --seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="updraft-attack-") as folder:
        attack_in(pathlib.Path(folder), minutes, seed)


def attack_in(folder, minutes, seed):
    raw, bundle, http, arduino, esphome, native = free_ports(6)
    device = harness.Device(folder / "state", "--raw", raw, "--bundle", bundle, "--password", PASSWORD, "--http", http,
                            "--arduino", arduino, "--esphome", esphome, "--native", native, "--allow-unsigned=ws")
    try:
        ports = ports_of(device, 6)
        image = release(folder, 99).read_bytes()
        strangers = Strangers(seed, list(ports.values()), image)
        strangers.start()
        pushes, at_rest, until = 0, None, time.monotonic() + 60 * minutes
        while time.monotonic() < until:
            pushes += 1
            push(release(folder, pushes), ports["ws"])
            device.wait("boot", version=f"1.{pushes}.0")
            device.wait("confirm")
            if pushes == 2:
                at_rest = resident_kib(device.process.pid)
            time.sleep(OWNER_EVERY)
        strangers.end()
        grown = resident_kib(device.process.pid) - (at_rest or 0)
        if device.process.poll() is not None:
            raise AssertionError("the device ended")
        if at_rest is not None and grown > MOST_GROWTH_KIB:
            raise AssertionError(f"the device grew by {grown} KiB")
        print(f"{strangers.attacks} attacks, {pushes} updates, all of them the owner's", flush=True)
    finally:
        device.stop()


class Owner:
    """Pushes one release after the other; each has to get in at the first call."""

    def __init__(self, folder, device, ports, within):
        self.folder, self.device, self.ports, self.within, self.pushes = folder, device, ports, within, 0
        self.env = {**os.environ, "XDG_CONFIG_HOME": str(folder / "config")}
        line = next(event["string"] for event in device.events if event["event"] == "pairing")
        harness.updraft("pair", line, env=self.env)

    def push(self, scheme):
        self.pushes += 1
        file = release(self.folder, self.pushes)
        more = {"ws": ["--restart"], "wss": ["--restart", "--insecure"]}.get(scheme, [])
        if scheme in ("bundle", "arduino", "esphome"):
            more = ["--password", PASSWORD]
        if scheme == "bundle":
            bundle = self.folder / "bundle"
            bundle.mkdir(exist_ok=True)
            file = file.rename(bundle / "firmware.bin").parent
        done = harness.updraft("push", file, f"{scheme}://{HOST}:{self.ports[scheme]}", "--wait", self.within, "--json", *more,
                               check=False, env=self.env, timeout=5 * harness.PATIENCE)  # native push connects three times
        if done.returncode != 0:
            raise AssertionError(f"push {self.pushes} by {scheme} did not get in: {done.stdout}{done.stderr}")
        self.device.wait("boot", version=f"1.{self.pushes}.0")
        self.device.wait("confirm")


def crowded(seconds, crowds=CROWDS, within=GETS_IN_WITHIN):
    with tempfile.TemporaryDirectory(prefix="updraft-crowd-") as folder:
        folder = pathlib.Path(folder)
        raw, bundle, http, https, arduino, esphome, native = free_ports(7)
        device = harness.Device(folder / "state", "--raw", raw, "--bundle", bundle, "--password", PASSWORD, "--http", http,
                                "--https", https, "--form", "--elegant", "--arduino", arduino, "--esphome", esphome,
                                "--native", native, "--allow-unsigned=raw,ws,form,elegant")
        try:
            owner = Owner(folder, device, ports_of(device, 11), within)
            for scheme, make in crowds:
                before, until = owner.pushes, time.monotonic() + seconds
                with make(owner.ports) as strangers:
                    while time.monotonic() < until or owner.pushes == before:
                        owner.push(scheme)
                print(f"{scheme}: {owner.pushes - before} pushes of {owner.pushes - before} got in, past "
                      f"{getattr(strangers, 'connects', 'some')} connections", flush=True)
        finally:
            device.stop()


def ports_of(device, count):
    ports = {}
    while len(ports) < count:
        heard = device.wait("listening")
        ports[heard["scheme"]] = heard["port"]
    return ports


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 20))
    parser.add_argument("--crowd", action="store_true", help="one listener after the other, so many minutes in all")
    parser.add_argument("updraft")
    options = parser.parse_args()
    harness.UPDRAFT = str(pathlib.Path(options.updraft).resolve())
    if options.crowd:
        return crowded(60 * options.minutes / len(CROWDS))
    attack(options.minutes, options.seed)


if __name__ == "__main__":
    main()
