"""A device whose console nobody reads, or whose console is gone, goes on: updates arrive, it restarts, it ends in order."""
import os
import pathlib
import subprocess
import threading
import time
import unittest

from harness import PATIENCE, UPDRAFT, Case, inspect, updraft
from waiting import until

FULL = 64 * 1024  # bytes that a pipe holds


class Unread(Case):
    def start(self, *more, stdout, stderr=subprocess.DEVNULL):
        self.link = self.dir / "esps0"
        process = subprocess.Popen([UPDRAFT, "device", "--state", self.dir / "device", "--control", self.link,
                                    "--allow-unsigned", *more], stdin=subprocess.PIPE, stdout=stdout, stderr=stderr,
                                   restore_signals=True)
        self.addCleanup(lambda: (process.poll() is None and process.kill(), process.wait(), process.stdin.close()))
        until(lambda: self.link.exists(), "the device's line")
        return process

    def say(self, process, line, times=1):
        process.stdin.write((line + "\n").encode() * times)
        process.stdin.flush()

    def is_idle(self, process):
        def ticks():
            return pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[11:13]
        before = ticks()
        time.sleep(0.3)
        return ticks() == before

    def update(self, version):
        image = self.image(version, "--version", version)
        done = updraft("push", image, f"control:{self.link}", check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        # Whether push still hears of the restart is a matter of time, and a busy console takes it: flash tells.
        until(lambda: self.is_confirmed(version), "the end of the trial; until then the device takes no update")

    def is_confirmed(self, version):
        flash = inspect(self.dir / "device")
        return any(slot["slot"] == flash["boots"] and slot.get("version") == version and slot["state"] == "valid"
                   for slot in flash["slots"])

    def ends_in_order(self, process):
        process.terminate()
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertTrue(inspect(self.dir / "device")["valid"])

    def test_a_full_pipe_stalls_nothing(self):
        for json in ((), ("--json",)):
            with self.subTest(json):
                reading, writing = os.pipe()
                self.addCleanup(os.close, reading)
                warns_at_each_start = ("--bundle", "0", "--password", "hunter2")
                process = self.start(*json, *warns_at_each_start, stdout=writing, stderr=writing)
                os.close(writing)
                self.say(process, "status", times=4 * FULL // 50)
                self.update("2.0.0" if json else "3.0.0")
                self.say(process, "nonsense", times=FULL // 50)  # a warning each
                self.update("4.0.0" if json else "5.0.0")
                self.ends_in_order(process)

    def test_who_reads_one_of_two_gets_all_of_it(self):
        reading, writing = os.pipe()
        self.addCleanup(os.close, reading)
        os.set_blocking(writing, False)
        os.write(writing, b"x" * FULL)  # nobody reads standard error
        os.set_blocking(writing, True)
        process = self.start("--json", "--bundle", "0", "--password", "hunter2", stdout=subprocess.PIPE, stderr=writing)
        os.close(writing)
        self.addCleanup(process.stdout.close)
        self.say(process, "nonsense")
        self.say(process, "reboot")
        late = threading.Timer(PATIENCE, process.kill)
        late.start()
        starts = 0
        for line in process.stdout:
            starts += b'"event":"boot"' in line
            if starts == 2:
                break
        late.cancel()
        self.assertEqual(starts, 2, "nothing more came")
        self.ends_in_order(process)

    def test_its_reader_gets_whole_lines_and_how_many_are_missing(self):
        reading, writing = os.pipe()
        process = self.start("--json", stdout=writing)
        os.close(writing)
        self.say(process, "status", times=8 * FULL // 50)
        until(lambda: self.is_idle(process), "the answers, more than the pipe and the device hold")
        with open(reading, encoding="utf-8") as console:
            self.say(process, "status")
            for line in console:
                self.assertTrue(line.startswith('{"event":'), line)
                if '"lost_lines"' in line:
                    break
                self.say(process, "status")
        process.kill()

    def test_a_console_that_is_gone_ends_nothing(self):
        for streams in ({"stdout": True}, {"stdout": True, "stderr": True}):
            with self.subTest(streams):
                reading, writing = os.pipe()
                process = self.start(stdout=writing, stderr=writing if "stderr" in streams else subprocess.DEVNULL)
                os.close(writing)
                os.close(reading)
                self.say(process, "status")
                self.say(process, "nonsense")
                self.update("2.0.0" if len(streams) == 1 else "3.0.0")
                self.ends_in_order(process)


if __name__ == "__main__":
    unittest.main()
