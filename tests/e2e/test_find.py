"""Devices that tell the local network of themselves, and are found and updated by name. Here the network is this
machine's own; where it may, a test makes networks of its own (ip netns)."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest

from harness import PATIENCE, UPDRAFT, Case, updraft


def question(name, kind):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return struct.pack(">6H", 7, 0, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">2H", kind, 1)


def handles_interrupts(pid):
    caught = re.search(r"SigCgt:\s*([0-9a-f]+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]
    return int(caught, 16) >> (signal.SIGINT - 1) & 1


class Stranger:
    """Answers for a device whose name is no name, as none of ours would."""

    def __init__(self, name):
        self.name = name
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for option in (socket.SO_REUSEADDR, socket.SO_REUSEPORT):
            self.socket.setsockopt(socket.SOL_SOCKET, option, 1)
        self.socket.bind(("", 5353))
        local = socket.inet_aton("127.0.0.1")
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("224.0.0.251") + local)
        self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, local)
        self.thread = threading.Thread(target=self.answer)
        self.thread.start()

    def answer(self):
        def labels(*words):
            return b"".join(bytes([len(word)]) + word.encode() for word in words) + b"\0"

        def record(name, kind, data):
            return name + struct.pack(">2HIH", kind, 1, 120, len(data)) + data
        service, host = labels("_updraft", "_tcp", "local"), labels("stranger", "local")
        mine = labels(self.name, "_updraft", "_tcp", "local")
        records = [record(service, 12, mine), record(mine, 33, struct.pack(">3H", 0, 0, 9) + host),
                   record(mine, 16, b"\x0fid=000000000000"), record(host, 1, socket.inet_aton("127.0.0.1"))]
        while True:
            asked, who = self.socket.recvfrom(9000)
            if not asked:
                return
            if b"_updraft" in asked and not asked[2] & 0x80:  # a question
                self.socket.sendto(struct.pack(">6H", 0, 0x8400, 0, len(records), 0, 0) + b"".join(records), who)

    def end(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            while self.thread.is_alive():  # an empty datagram may reach another who listens there
                last.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
                last.sendto(b"", ("224.0.0.251", 5353))
                self.thread.join(0.1)
        self.socket.close()


class Find(Case):
    def named(self, name, *arguments, state=None):
        device = self.device("--name", name, "--http", 0, "--allow-unsigned", *arguments, state=state or name)
        return device, device.wait("announced")

    def found(self, seconds=1.5):
        events = [json.loads(line) for line in updraft("find", "--seconds", seconds, "--json").stdout.splitlines()]
        return [event for event in events if event["event"] == "device"]

    def listed(self, *names):
        """What is found, once all of these are: on a busy machine an answer may take longer than one search."""
        until = time.monotonic() + PATIENCE
        while True:
            found = {one["name"]: one for one in self.found()}
            if set(names) <= set(found) or time.monotonic() > until:
                self.assertLessEqual(set(names), set(found))
                return found

    def test_a_device_is_listed_with_what_runs_and_where_it_listens(self):
        name = f"t{os.getpid()}a"
        device, announced = self.named(name, "--raw", 0)
        self.assertEqual(announced["host"], name + ".local")
        found = self.listed(name)[name]
        self.assertEqual(found["address"], "127.0.0.1")
        self.assertEqual((found["project"], found["version"], found["state"]), ("demo", "1.0.0", "valid"))
        self.assertEqual(sorted(found["open"]), ["http", "raw", "ws"])
        self.assertRegex(found["id"], "^[0-9a-f]{12}$")
        text = updraft("find", "--seconds", 3).stdout
        self.assertRegex(text, rf"(?m)^{name} +127\.0\.0\.1 +esp32c3 +demo 1\.0\.0$")
        self.assertIn(f"ws://127.0.0.1:{found['open']['ws']}", text)
        device.stop()
        self.assertNotIn(name, [one["name"] for one in self.found()], "it said goodbye")

    def test_the_same_state_is_the_same_device(self):
        name = f"t{os.getpid()}b"
        ids = set()
        for _ in range(2):
            device, _ = self.named(name)
            ids.add(self.listed(name)[name]["id"])
            device.stop()
        self.assertEqual(len(ids), 1)

    def test_a_push_by_name(self):
        name = f"t{os.getpid()}c"
        device, _ = self.named(name)
        image = self.image("new.bin", "--version", "2.0.0")
        done = updraft("push", image, name, "--restart")
        self.assertIn(f"{name} is ws://127.0.0.1:", done.stdout)
        self.assertEqual(device.wait("boot", version="2.0.0")["version"], "2.0.0")
        updraft("restart", name + ".local")

    def test_a_signal_while_it_looks_does_not_say_that_there_is_none(self):
        image = self.image("new.bin")
        name = f"t{os.getpid()}none"
        for where in (name, f"updraft://{name}"):
            with self.subTest(where):
                push = subprocess.Popen([UPDRAFT, "push", image, where], text=True, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
                self.addCleanup(push.wait)
                self.addCleanup(push.kill)
                while not handles_interrupts(push.pid):
                    self.assertIsNone(push.poll())
                push.send_signal(signal.SIGINT)
                said = push.communicate(timeout=PATIENCE)[1]
                self.assertEqual((push.returncode, said), (3, "updraft: stopped; nothing was sent\n"))

    def test_two_of_one_name_are_told_apart(self):
        name = f"t{os.getpid()}d"
        self.named(name, state="one")
        second, said = self.named(name, state="two")
        if said["name"] == name:  # the first one may object late
            second.wait("announced", name=name + "-2")
        self.listed(name, name + "-2")

    def test_nobody_of_that_name(self):
        done = updraft("push", self.image("new.bin"), "no-such-device", check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("no device called no-such-device is on the local network", " ".join(done.stderr.split()))

    def test_a_device_that_shall_not_be_found(self):
        device = self.device("--http", 0, "--allow-unsigned")  # with --no-mdns
        device.port("ws")
        device.say("status")
        device.wait("status")
        self.assertFalse([event for event in device.events if event["event"] == "announced"])

    # Written from RFC 6762 alone: a program that asks once, from a port of its own.
    def test_a_strangers_one_shot_query_is_answered(self):
        name = f"t{os.getpid()}e"
        device, _ = self.named(name)
        port = next(event["port"] for event in device.events if event.get("scheme") == "ws")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.settimeout(PATIENCE)
            asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
            asking.sendto(question(f"{name}._updraft._tcp.local", 33), ("224.0.0.251", 5353))
            answer = b""
            while answer[:2] != struct.pack(">H", 7):  # others may answer too, wrongly
                answer, source = asking.recvfrom(9000)
        self.assertEqual(source[1], 5353)
        self.assertIn(struct.pack(">3H", 0, 0, port) + bytes([len(name)]) + name.encode(), answer)

    # The record that the Arduino IDE makes a network port of.
    def test_a_port_of_arduino_is_announced(self):
        name = f"t{os.getpid()}h"
        for password, wanted in (((), b"auth_upload=no"), (("--password", "hunter22"), b"auth_upload=yes")):
            device = self.device("--name", name, "--arduino", 0, *password, state=wanted.decode())
            port = device.port("arduino")
            device.wait("announced")
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
                asking.settimeout(PATIENCE)
                asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
                asking.sendto(question(f"{name}._arduino._tcp.local", 255), ("224.0.0.251", 5353))
                answer = asking.recv(9000)
            self.assertIn(struct.pack(">3H", 0, 0, port), answer)
            for text in (b"board=esp32c3", b"tcp_check=no", b"ssh_upload=no", wanted):
                self.assertIn(bytes([len(text)]) + text, answer)
            device.stop()

    def complete(self, shell, line):
        """What a shell offers for the last word of the line."""
        script = self.dir / f"completion.{shell}"
        script.write_text(updraft("completion", shell).stdout)
        env = {**os.environ, "PATH": f"{os.path.dirname(os.path.abspath(UPDRAFT))}:{os.environ['PATH']}"}
        words = line.split(" ")
        asked = {
            "bash": f"source {script}; COMP_WORDS=({' '.join(map(repr, words))}); COMP_CWORD={len(words) - 1}; _updraft; "
                    "printf '%s\\n' \"${COMPREPLY[@]}\"",
            # As bashcompinit calls it.
            "zsh": f"autoload -U compinit; compinit -u -D; compdef() {{ }}; source {script} 2>/dev/null; emulate sh -c '"
                   f"COMP_WORDS=({' '.join(words[:-1])} \"{words[-1]}\"); COMP_CWORD={len(words) - 1}; _updraft; "
                   "printf \"%s\\n\" \"${COMPREPLY[@]}\"'",
            "fish": f"source {script}; complete -C {line!r} | string split -f1 \\t",
        }[shell]
        words = ["zsh", "-f", "-c", asked] if shell == "zsh" else [shell, "-c", asked]
        done = subprocess.run(words, capture_output=True, text=True, env={**env, "HOME": str(self.dir)}, cwd=self.dir, stdin=subprocess.DEVNULL,
                              timeout=PATIENCE)
        return done.stdout.split()

    def test_shells_complete_the_names_of_devices(self):
        name = f"t{os.getpid()}g"
        self.named(name, state="listed")
        stranger = Stranger("$(touch evil)")
        self.addCleanup(stranger.end)
        self.listed(name, stranger.name)  # a device may call itself so
        for shell in ("bash", "zsh", "fish"):
            with self.subTest(shell):
                if shutil.which(shell) is None:
                    self.skipTest(f"{shell} is not installed; tools/install check does it")
                for line in (f"updraft push v1.bin {name[:2]}", "updraft confirm "):
                    until = time.monotonic() + PATIENCE
                    while name not in (offered := self.complete(shell, line)):  # a shell waits half a second for answers
                        self.assertLess(time.monotonic(), until, (line, offered))
                self.assertNotIn(name, self.complete(shell, f"updraft serve {name[:2]}"))
        self.assertFalse((self.dir / "evil").is_file(), "what a device calls itself is no command")
        names = updraft("find", "--names", "--seconds", 1.5).stdout.splitlines()
        self.assertIn(name, names)
        self.assertEqual([one for one in names if "evil" in one], [])

    def test_garbage_on_the_port_changes_nothing(self):
        name = f"t{os.getpid()}f"
        self.named(name)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
            for size in (0, 1, 11, 12, 13, 500, 9000):
                asking.sendto(os.urandom(size), ("224.0.0.251", 5353))
        self.listed(name)


class Namespaces(Case):
    """Two machines on one network: namespaces with a cable between them, where this user may make them."""

    def run_in(self, space, *command, **options):
        return subprocess.run(["ip", "netns", "exec", space, *map(str, command)], capture_output=True, text=True,
                              timeout=PATIENCE, **options)

    def setUp(self):
        super().setUp()
        self.desk, self.shed = f"ud{os.getpid()}", f"us{os.getpid()}"
        steps = [f"netns add {self.desk}", f"netns add {self.shed}",
                 f"link add eth0 netns {self.desk} type veth peer name eth0 netns {self.shed}",
                 *(step for space, last in ((self.desk, 1), (self.shed, 2))
                   for step in (f"-n {space} addr add 10.99.0.{last}/24 dev eth0", f"-n {space} link set eth0 up",
                                f"-n {space} link set lo up"))]
        for space in (self.desk, self.shed):
            self.addCleanup(subprocess.run, ["ip", "netns", "del", space], stderr=subprocess.DEVNULL)
        try:
            for step in steps:
                subprocess.run(["ip", *step.split()], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            self.skipTest("no network namespaces can be made here")

    def test_a_device_on_another_machine_is_found_named_and_updated(self):
        command = ["ip", "netns", "exec", self.shed, UPDRAFT, "device", "--state", self.dir / "d", "--json", "--name", "shed",
                   "--listen", "0.0.0.0", "--http", "0", "--allow-unsigned"]
        from harness import Device
        device = Device.of(subprocess.Popen(list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            stderr=subprocess.PIPE, text=True))
        self.addCleanup(lambda: device.process.poll() is None and device.kill())
        device.wait("announced", name="shed")
        found = self.run_in(self.desk, UPDRAFT, "find", "--seconds", "1.5", "--json").stdout
        [shed] = [one for one in map(json.loads, found.splitlines()) if one["event"] == "device"]
        self.assertEqual(shed["address"], "10.99.0.2")
        image = self.image("new.bin", "--version", "2.0.0")
        done = self.run_in(self.desk, UPDRAFT, "push", image, "shed", "--restart")
        self.assertEqual(done.returncode, 0, done.stderr)
        device.wait("boot", version="2.0.0")
        device.wait("confirm")
        done = self.run_in(self.desk, UPDRAFT, "push", self.image("newer.bin", "--version", "2.1.0"), "--restart")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("shed is ws://10.99.0.2:", done.stdout, "the only device there needs no name")
        device.wait("boot", version="2.1.0")


if __name__ == "__main__":
    unittest.main()
