"""Drives the real program: a virtual device per test, its JSON events, and files to send."""
import functools
import json
import os
import pathlib
import queue
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from secret_search import expect_silence

UPDRAFT = os.environ.get("UPDRAFT", "build/dev/updraft")
SOURCE = pathlib.Path(__file__).resolve().parents[2]
FIRMWARE = pathlib.Path(os.environ.get("UPDRAFT_FIRMWARE", SOURCE.parent / "shared" / "firmware"))
PATIENCE = 60  # seconds; how long anything may take on a slow machine under a sanitizer


@functools.cache
def drawn():
    """Random numbers of this run; where they begin is printed."""
    seed = int(os.environ.get("UPDRAFT_SEED", random.randrange(1_000_000)))
    print(f"sample of a matrix: UPDRAFT_SEED={seed}", flush=True)
    return random.Random(seed)


def sampled(items, one_in):
    """All of them; where UPDRAFT_SWEEP=sample stands in the environment (it does under sanitizers, which take ten times as
    long) one in a few, others in each run: tests/fakes/sweep.hpp says the same of the sweeps of cuts."""
    items = list(items)
    if os.environ.get("UPDRAFT_SWEEP") != "sample" or not items:
        return items
    return items[drawn().randrange(min(one_in, len(items)))::one_in]


def updraft(*arguments, check=True, **options):
    """Runs the program to its end; returns the CompletedProcess with text output."""
    done = subprocess.run([UPDRAFT, *map(str, arguments)], capture_output=True, text=True,
                          **{"timeout": PATIENCE, **options})
    expect_silence(done.stdout + done.stderr, arguments, options.get("env"))
    if check and done.returncode != 0:
        raise AssertionError(f"updraft {arguments}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def inspect(path, *arguments):
    return json.loads(updraft("inspect", path, *arguments, "--json", check=False).stdout)


class Device:
    """A running `updraft device --json`; iterate or wait for its events."""

    def __init__(self, state, *arguments):
        quiet = () if "--name" in arguments else ("--no-mdns",)  # test_find.py has those that are found
        command = [UPDRAFT, "device", "--state", str(state), "--json", *quiet, *map(str, arguments)]
        self._watch(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                     stderr=subprocess.PIPE, text=True), arguments)

    @classmethod
    def of(cls, process):
        """One that was started in a way of its own."""
        device = cls.__new__(cls)
        device._watch(process)
        return device

    def _watch(self, process, arguments=()):
        self.process = process
        self.events = []
        self.said = ""  # all of its output
        self._arguments = arguments
        self._queue = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.said += line
            self._queue.put(json.loads(line))
        self._queue.put(None)

    def wait(self, event, **members):
        """The next event of that kind with these members; others on the way are kept in `events`."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                got = self._queue.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise AssertionError(f"no {event} {members} within {PATIENCE} s; there were "
                                     f"{self.events}") from None
            if got is None:
                raise AssertionError(f"device ended, waiting for {event}: {self.process.stderr.read()}")
            self.events.append(got)
            if got["event"] == event and all(got.get(k) == v for k, v in members.items()):
                return got

    def port(self, scheme="raw"):
        return self.wait("listening", scheme=scheme)["port"]

    def say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def settle(self):
        """Until the device has done all that was due when this was called: an event tells of an end before the
        answer is written. The first status may overtake what the loop was just about to see, the second cannot."""
        for _ in range(2):
            self.say("status")
            self.wait("status")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.end()

    def stop(self):
        self.process.terminate()
        self.end()

    def end(self):
        self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        if not self.process.stderr.closed:
            self.said += self.process.stderr.read()
        expect_silence(self.said, self._arguments)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


class Case(unittest.TestCase):
    """A temporary directory and devices that are gone afterwards."""

    def setUp(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="updraft-"))
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        os.environ["XDG_CACHE_HOME"] = str(self.dir / "cache")  # what earlier pushes left would change this one

    def device(self, *arguments, state="device"):
        device = Device(self.dir / state, *arguments)
        self.addCleanup(lambda: device.process.poll() is None and device.kill())
        return device

    def image(self, name, *arguments):
        path = self.dir / name
        updraft("image", "make", "-o", path, *arguments)
        return path

    def real(self, name):
        path = FIRMWARE / name
        if not path.exists():
            self.skipTest(f"real firmware is not here: {name}")
        return path

    def slot_bytes(self, label, state="device"):
        flash = (self.dir / state / "flash.bin").read_bytes()
        slot = next(s for s in inspect(self.dir / state)["slots"] if s["slot"] == label)
        return flash[slot["offset"]:slot["offset"] + slot["size"]]


def send(port, data, half_close=True):
    """What a plain TCP sender does: everything, half-close, wait for the device to close."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as peer:
        try:
            peer.sendall(data)
            if half_close:
                peer.shutdown(socket.SHUT_WR)
            while peer.recv(4096):
                pass
        except OSError:
            pass  # a device that has had enough


def netcat(port, path):
    with open(path, "rb") as file:
        subprocess.run(["nc", "-N", "127.0.0.1", str(port)], stdin=file, timeout=PATIENCE, check=False)
