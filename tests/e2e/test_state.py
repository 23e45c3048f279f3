"""The state directory belongs to one process and to its owner: devices that start at the same time, a disk that is full,
files that somebody else has put there."""
import json
import os
import resource
import signal
import subprocess
import threading
import time
import unittest

from harness import PATIENCE, UPDRAFT, Case, Device, inspect, sampled, send

OPEN = ("--raw", 0, "--allow-unsigned")


def no_more_disk():
    """Every write that makes a file longer fails from now on; what is mapped can be written."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


class OneProcess(Case):
    def run_device(self, *arguments):
        return subprocess.Popen([UPDRAFT, "device", "--state", self.dir / "device", "--json", *map(str, arguments)],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def test_one_of_many_that_start_on_a_fresh_state_runs(self):
        for fresh in range(5):
            with self.subTest(fresh):
                devices = [subprocess.Popen([UPDRAFT, "device", "--state", self.dir / f"state{fresh}", "--json", "--raw", "0"],
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
                           for _ in range(4)]
                first = [device.stdout.readline() for device in devices]
                running = [device for device, line in zip(devices, first) if '"boot"' in line]
                for device in devices:
                    if device not in running:
                        said = device.communicate(timeout=PATIENCE)[1]
                        self.assertEqual(device.returncode, 3, said)
                        self.assertIn("another device is running on it", said)
                for device in running:
                    device.kill()
                    device.communicate()
                self.assertEqual(len(running), 1, first)

    def test_nobody_gets_in_while_it_restarts(self):
        device = self.device(*OPEN)
        device.wait("boot")
        stop = threading.Event()
        got_in = []

        def try_again_and_again():
            while not stop.is_set():
                other = self.run_device("--raw", 0)
                line = other.stdout.readline()
                other.kill()
                other.communicate()
                if line and json.loads(line).get("code") != "local":
                    got_in.append(line)
        others = [threading.Thread(target=try_again_and_again) for _ in range(3)]
        for other in others:
            other.start()
        for _ in range(20):
            device.say("reboot")
            device.wait("boot")
        stop.set()
        for other in others:
            other.join()
        self.assertEqual(got_in, [])

    def test_a_killed_one_holds_nothing(self):
        device = self.device(*OPEN)
        device.wait("boot")
        device.kill()
        self.device(*OPEN).wait("boot")


class Ended(Case):
    """Whoever ends a device ends it, at whatever moment."""

    def test_while_it_restarts(self):
        for moment in sampled(range(60), 3):
            with self.subTest(milliseconds=moment):
                device = self.device(*OPEN, state=f"device{moment}")
                device.port()
                device.say("reboot")
                time.sleep(moment / 1000)
                device.stop()

    def test_together_with_the_wish_to_restart(self):
        for turn in sampled(range(30), 3):
            with self.subTest(turn):
                device = self.device(*OPEN, state=f"device{turn}")
                device.port()
                device.process.send_signal(signal.SIGSTOP)
                device.say("reboot")
                device.process.send_signal(signal.SIGTERM)
                device.process.send_signal(signal.SIGCONT)
                device.end()


class FullDisk(Case):
    """Want of disk is no fault of the image."""

    def make(self, *arguments):
        device = self.device(*OPEN, *arguments)
        device.wait("boot")
        device.stop()

    def start(self, *arguments):
        command = [UPDRAFT, "device", "--state", str(self.dir / "device"), "--json", *map(str, (*OPEN, *arguments))]
        device = Device.of(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                            text=True, preexec_fn=no_more_disk))
        self.addCleanup(lambda: device.process.poll() is None and device.kill())
        return device

    def update(self, device, *more):
        image = self.image("v2", "--version", "2.0.0", *more)
        send(device.port(), image.read_bytes())
        device.wait("update", result="ok")
        device.wait("boot", version="2.0.0")
        device.wait("confirm")
        self.assertFalse([event for event in device.events if event["event"] == "rollback"])

    def test_at_the_restart_does_not_roll_the_image_back(self):
        self.make()
        device = self.start()
        self.update(device)
        device.process.terminate()
        self.assertEqual(device.process.communicate(timeout=PATIENCE)[1], "updraft: warning: raw takes unsigned images "
                         "from anybody who can connect\n" * 2, "nothing had to be written")

    def test_where_something_has_to_be_written_only_warns(self):
        self.make("--bootloader", "anti-rollback")
        device = self.start()
        self.update(device, "--secure-version", 1)
        device.process.terminate()
        self.assertIn("is the disk full?", device.process.communicate(timeout=PATIENCE)[1])
        self.assertEqual(inspect(self.dir / "device")["version"], "2.0.0")

    def test_a_new_device_says_so_and_leaves_nothing_half(self):
        device = self.start()
        self.assertEqual(device.process.wait(PATIENCE), 3)
        self.assertNotIn("flash.bin", os.listdir(self.dir / "device"))


class Planted(Case):
    """Whoever can write beside the state gets no key, and no file elsewhere is written."""

    def start(self):
        device = self.device("--https", 0)
        device.wait("listening", scheme="wss")
        device.stop()
        return self.dir / "device" / "https.pem"

    def plant(self, name, make):
        (self.dir / "device").mkdir()
        make(self.dir / "device" / name)

    def test_a_file_of_another_mode(self):
        before = os.umask(0)
        self.addCleanup(os.umask, before)
        self.plant("https.pem.new", lambda file: (file.write_text(""), file.chmod(0o666)))
        key = self.start()
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.assertEqual((self.dir / "device" / "https.pem.new").read_text(), "")

    def test_a_link_to_elsewhere(self):
        for name in ("https.pem.new", "device.json.new", "flash.bin.new", "weak-sectors", "fs.journal.new"):
            with self.subTest(name):
                victim = self.dir / f"victim-of-{name}"
                victim.write_text("mine")
                state = self.dir / f"state-{name}"
                state.mkdir()
                (state / name).symlink_to(victim)
                device = Device(state, "--https", 0)
                device.wait("listening", scheme="wss")
                device.stop()
                self.assertEqual(victim.read_text(), "mine")

    def test_a_lock_that_is_a_link_is_not_followed(self):
        victim = self.dir / "victim"
        self.plant("lock", lambda file: file.symlink_to(victim))
        done = subprocess.run([UPDRAFT, "device", "--state", self.dir / "device", "--raw", "0"], capture_output=True,
                              text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, 3)
        self.assertFalse(victim.exists())

    def test_a_key_that_others_could_read_is_closed(self):
        key = self.start()
        key.chmod(0o666)
        self.start()
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)


if __name__ == "__main__":
    unittest.main()
