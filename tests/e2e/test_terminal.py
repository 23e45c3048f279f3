"""The command line in a real terminal: nothing wraps, waits are seen, colour comes where it is wanted."""
import fcntl
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import termios
import threading
import time
import unittest

import esp_files as esp
import qr_reader
from harness import PATIENCE, SOURCE, UPDRAFT, Case, sampled, send, updraft

INPUTS = SOURCE.parent / "shared" / "inputs"

COMMANDS = ([], ["device"], ["push"], ["confirm"], ["rollback"], ["serve"], ["inspect"], ["image"], ["image", "make"],
            ["image", "verify"], ["encrypt"], ["decrypt"], ["delta"], ["delta", "make"], ["delta", "apply"],
            ["key"], ["key", "gen"], ["key", "pub"], ["key", "id"], ["keyset"], ["keyset", "make"], ["keyset", "sign"],
            ["keyset", "show"], ["sign"], ["suit"], ["suit", "make"], ["suit", "tbs"], ["suit", "attach"], ["suit", "verify"],
            ["completion"], ["find"], ["man"])
WIDTHS = (40, 80, 200)


class Terminal:
    """Runs the program in a terminal of so many columns; `output` is what it wrote there."""

    def __init__(self, *arguments, columns=80, **environment):
        self.master, slave = pty.openpty()
        self.resize(columns)
        self.slave = slave
        self.process = subprocess.Popen([UPDRAFT, *map(str, arguments)], stdin=slave, stdout=slave, stderr=slave,
                                        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
                                        env={**os.environ, "TERM": "xterm", **environment})
        self.output = b""

    def resize(self, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def read(self, until=None):
        """Until these bytes were seen, or without them until its end."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not (until and until in self.output):
            if select.select([self.master], [], [], 0.1)[0]:
                self.output += os.read(self.master, 65536)
            elif self.process.poll() is not None:
                break
        if until and until not in self.output:
            raise AssertionError(f"{until} was not seen in {self.output}")
        return self.output

    def end(self):
        self.read()
        self.process.wait(PATIENCE)
        os.close(self.slave)
        os.close(self.master)
        return self.output.decode()


def drawn(text):
    """The lines that are drawn over and over, as a person sees them."""
    return [re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", part) for part in re.split(r"[\r\n]+", text) if "\x1b[K" in part]


class SlowPeer(threading.Thread):
    """Takes a push in small bites."""

    def __init__(self, case, bite=16384, pause=0.05):
        super().__init__(daemon=True)
        self.server = socket.socket()
        self.server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        self.server.bind(("127.0.0.1", 0))
        self.server.listen(1)
        self.bite, self.pause, self.port = bite, pause, self.server.getsockname()[1]
        case.addCleanup(self.server.close)
        self.start()

    def run(self):
        peer, _ = self.server.accept()
        with peer:
            while peer.recv(self.bite):
                time.sleep(self.pause)


class Failures(Case):
    """What goes to standard error breaks between words, below its text."""

    def test_no_line_is_wider(self):
        image = self.image("v2", "--version", "2.0.0")
        busy = socket.socket()
        busy.bind(("127.0.0.1", 0))
        self.addCleanup(busy.close)
        nobody = busy.getsockname()[1]
        state = self.dir / "a-device-whose-name-is-long"
        commands = [("push", image, f"ws://127.0.0.1:{nobody}", "--wait", 0), ("psuh",), ("push",), ("push", image, "ftp://h"),
                    ("push", image, f"raw://127.0.0.1:{nobody}", "--restart"), ("device", "--state", state, "--http", 70000),
                    ("device", "--state", state, "--raw", 0, "--password", "x"), ("inspect", self.dir / "nothing"),
                    ("push", self.dir, "bundle://127.0.0.1:1", "--wait", 0, "--password", "secret")]
        for columns in (40, 80):
            for command in commands:
                with self.subTest(command=command, columns=columns):
                    lines = Terminal(*command, columns=columns, UPDRAFT_PASSWORD="").end().split("\r\n")
                    self.assertTrue(any(line.startswith("updraft: ") for line in lines), lines)
                    for line in lines:
                        self.assertTrue(len(line) <= columns or len(line.split()) <= 2, line)  # one word cannot be broken
                    if "--password" in command:
                        self.assertTrue(any(line.startswith(" " * 9) for line in lines), lines)

    def test_what_is_piped_keeps_its_lines(self):
        done = updraft("push", self.image("v2"), "raw://127.0.0.1:1", "--restart", check=False)
        self.assertEqual(done.stderr.count("\n"), 1)
        self.assertGreater(len(done.stderr), 80)


class Progress(Case):
    def test_fits(self):
        image = self.image("v2", "--size", "512K")
        for columns in WIDTHS:
            with self.subTest(columns=columns):
                lines = drawn(Terminal("push", image, f"raw://127.0.0.1:{SlowPeer(self).port}",
                                       columns=columns).end())
                self.assertGreater(len(lines), 3)
                self.assertLessEqual(max(map(len, lines)), columns - 1, lines)
                self.assertTrue(all("%" in line for line in lines), lines)
                self.assertEqual(any("left" in line for line in lines), columns > 40)

    def test_follows_the_terminal(self):
        image = self.image("v2", "--size", "1M")
        terminal = Terminal("push", image, f"raw://127.0.0.1:{SlowPeer(self).port}", columns=200)
        terminal.read(b" left")
        terminal.resize(40)
        terminal.read(b"100 %")
        lines = drawn(terminal.end())
        self.assertLessEqual(max(map(len, lines[-5:])), 39)

    def test_of_a_device(self):
        state = self.dir / "device"
        terminal = Terminal("device", "--state", state, "--raw", 0, "--allow-unsigned", "--flash-timing", "w25q32jv",
                            "--network-rate", "200K", columns=80)
        terminal.read(b"listening")
        time.sleep(0.2)
        port = int(re.search(rb"raw://127.0.0.1:(\d+)", terminal.read(b"connect")).group(1))
        image = self.image("v2", "--version", "2.0.0", "--size", "512K").read_bytes()
        threading.Thread(target=send, args=(port, image), daemon=True).start()
        terminal.read(b"confirm    demo 2.0.0")
        terminal.process.send_signal(signal.SIGTERM)
        lines = drawn(terminal.end())
        self.assertTrue(lines)
        self.assertLessEqual(max(map(len, lines)), 79)


class Waits(Case):
    def test_are_seen(self):
        with socket.create_server(("127.0.0.1", 0)) as gone:
            port = gone.getsockname()[1]
        image = self.image("v2")
        for target in (f"raw://127.0.0.1:{port}", f"ws://127.0.0.1:{port}"):
            text = Terminal("push", image, target, "--wait", 3, columns=40).end()
            self.assertRegex(text, r"trying +127\.0\.0\.1 \.\.\. 2 s")
            self.assertLessEqual(max(len(line) for line in drawn(text) if "trying" in line), 39)
        self.assertNotIn("trying", updraft("push", image, f"raw://127.0.0.1:{port}", "--wait", 2, check=False).stdout)


class QrCode(Case):
    LINE = "updraft-pair:1:a0b1c2d3e4f5:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"

    def shown(self, *arguments, columns=80, **environment):
        terminal = Terminal("device", "--state", self.dir / "d", "--native", 0, *arguments, columns=columns, **environment)
        terminal.read(b"listening")
        terminal.process.send_signal(signal.SIGTERM)
        return terminal.end()

    def test_of_a_device_is_its_line(self):
        text = self.shown(LC_ALL="C.UTF-8")
        line = re.search(r"updraft pair '(.*)'", text)[1]
        self.assertEqual(qr_reader.read(re.sub(r"\x1b\[[0-9;]*m", "", text)), line)
        self.assertIn(b"\x1b[38;5;16;48;5;231m".decode(), text, "black on white, whatever the terminal's colours are")
        text = self.shown(LC_ALL="C.UTF-8", NO_COLOR="1")
        self.assertNotIn("\x1b[", text)
        self.assertEqual(qr_reader.read(text, written_is_dark=False), line)

    def test_only_where_it_can_be_seen(self):
        for columns, more, environment in ((80, (), {"LC_ALL": "C"}), (40, (), {"LC_ALL": "C.UTF-8"}),
                                           (80, ("--json",), {"LC_ALL": "C.UTF-8"})):
            with self.subTest(columns=columns, more=more, **environment):
                text = self.shown(*more, columns=columns, **environment)
                self.assertIn("updraft-pair:1:", text)
                self.assertFalse(set(text) & set("▀▄█"))

    def test_of_a_line_that_somebody_brings(self):
        self.assertEqual(qr_reader.read(updraft("pair", "--qr", self.LINE).stdout, written_is_dark=False), self.LINE)
        self.assertEqual(updraft("pair", "--qr", "updraft-pair:2:x", check=False).returncode, 2)


class HelpText(Case):
    def test_fits(self):
        for columns in WIDTHS:
            for words in sampled(COMMANDS, 4):
                with self.subTest(columns=columns, words=words):
                    lines = Terminal(*words, "--help", columns=columns).end().splitlines()
                    if columns >= 80:
                        self.assertEqual([line for line in lines if len(line) > columns], [])
                    self.assertFalse(re.search(r"\b(UINT|TEXT:|:INT|FLOAT)\b", "\n".join(lines)), lines)

    def test_help_is_a_command_as_well(self):
        self.assertEqual(updraft("help", "push").stdout, updraft("push", "--help").stdout)
        self.assertEqual(updraft("help", "image", "make").stdout, updraft("image", "make", "--help").stdout)
        self.assertEqual(updraft("help").stdout, updraft("--help").stdout)
        self.assertEqual(updraft("version").stdout, updraft("--version").stdout)

    def test_alone_it_says_what_to_do_first(self):
        done = Terminal()
        lines = done.end().splitlines()
        self.assertEqual(done.process.returncode, 2)
        self.assertEqual(sum(" updraft " in line for line in lines[1:7]), 5, lines)
        self.assertLessEqual(max(map(len, lines)), 80)

    def test_colour_where_it_is_wanted(self):
        bold = "\x1b[1m"
        self.assertIn(bold, Terminal("--help").end())
        self.assertNotIn(bold, Terminal("--help", NO_COLOR="1").end())
        self.assertNotIn(bold, Terminal("--help", CLICOLOR="0").end())
        self.assertNotIn(bold, Terminal("--help", TERM="dumb").end())
        self.assertNotIn(bold, updraft("--help").stdout)
        self.assertIn(bold, updraft("--help", env={**os.environ, "CLICOLOR_FORCE": "1"}).stdout)


class Inspected(Case):
    """What inspect says of any file stands within the terminal, and below its words."""

    def files(self):
        for folder in ("host/files/corpus/files", "host/dump/corpus/dump"):
            yield from sorted((SOURCE / folder).iterdir())
        if INPUTS.exists():
            yield from sorted(path for path in INPUTS.iterdir() if path.is_file())
        long = "v1.5.0-rc.3-145-gdeadbeef-dirty"
        image = self.image("app", "--version", long, "--project", "a-project-of-thirty-one-letters")
        yield image
        self.device("--raw", 0, "--allow-unsigned", "--firmware", image).wait("boot")
        yield self.dir / "device" / "flash.bin"
        broken = bytearray(esp.app())
        broken[300] ^= 1
        for name, data in (("usual", esp.flash()), ("confirmed", esp.flash(records=((1, 2), (2, 0)), apps={"app1": bytes(broken)})),
                           ("s3", esp.flash(chip="esp32s3")), ("no-bootloader", esp.flash(boot=False)), ("short", esp.flash()[:2 << 20]),
                           ("elsewhere", esp.flash(boot_at=0x1000)), ("bootloader", esp.bootloader()), ("table", esp.table())):
            path = self.dir / name
            path.write_bytes(data)
            yield path

    def test_fits(self):
        for file in sampled(list(self.files()), 4):
            with self.subTest(file.name):
                lines = Terminal("inspect", file, columns=80).end().splitlines()
                self.assertEqual([line for line in lines if len(line) > 80], [])
                self.assertTrue(lines)


class Shells(Case):
    def complete(self, *words):
        script = self.dir / "updraft.bash"
        script.write_text(updraft("completion", "bash").stdout)
        line = " ".join(f"'{w}'" for w in words)
        done = subprocess.run(["bash", "-c", f"source {script}; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "
                               "_updraft; printf '%s\\n' \"${COMPREPLY[@]}\""], capture_output=True, text=True,
                              check=True, cwd=self.dir)
        return done.stdout.split()

    def test_bash_completes(self):
        self.assertEqual(self.complete("updraft", "pu"), ["push"])
        self.assertEqual(self.complete("updraft", "push", "--rest"), ["--restart"])
        self.assertEqual(set(self.complete("updraft", "image", "")) & {"make", "verify"}, {"make", "verify"})
        self.assertEqual(self.complete("updraft", "image", "make", "--chi"), ["--chip"])
        self.assertEqual(self.complete("updraft", "push", "updraft.ba"), ["updraft.bash"])
        self.assertIn("updraft.bash", self.complete("updraft", "inspect", ""), "a file, where nothing is typed yet")

    def test_other_shells_and_man_pages(self):
        for shell in ("zsh", "fish"):
            self.assertIn("restart", updraft("completion", shell).stdout)
        for words in sampled(COMMANDS, 4):
            text = updraft("man", *words).stdout
            self.assertTrue(text.startswith(".TH "), words)
            self.assertIn("\\-\\-help", text)
        self.assertEqual(updraft("man", "nothing", check=False).returncode, 2)


class Prompt(Case):
    def test_interrupted_the_terminal_shows_what_is_typed_again(self):
        (self.dir / "src").mkdir()
        (self.dir / "src" / "main.py").write_text("pass")
        terminal = Terminal("push", self.dir / "src", "bundle://127.0.0.1:1")
        terminal.read(b"Password of bundle: ")
        self.assertFalse(termios.tcgetattr(terminal.slave)[3] & termios.ECHO)
        os.write(terminal.master, b"\x03")
        terminal.process.wait(PATIENCE)
        self.assertTrue(termios.tcgetattr(terminal.slave)[3] & termios.ECHO)
        terminal.end()


    def test_says_whose_password_it_wants(self):
        key = self.dir / "release.pem"
        for second, made in (("another one", False), ("correct horse", True)):
            terminal = Terminal("key", "gen", key, "--encrypt", UPDRAFT_PASSWORD="")
            terminal.read(b"release.pem:")
            os.write(terminal.master, b"correct horse\n")
            terminal.read(b"once more:")
            os.write(terminal.master, second.encode() + b"\n")
            said = " ".join(terminal.end().split())
            self.assertIn(f"Password of the new key in {key}:", said)
            self.assertEqual((key.exists(), "differ" in said), (made, not made))
        terminal = Terminal("key", "id", key, UPDRAFT_PASSWORD="")
        terminal.read(b"release.pem:")
        os.write(terminal.master, b"correct horse\n")
        self.assertIn(f"Password of the key in {key}:", " ".join(terminal.end().split()))
        self.assertEqual(terminal.process.returncode, 0)


if __name__ == "__main__":
    unittest.main()
