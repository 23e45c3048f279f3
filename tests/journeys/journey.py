"""Walks through a document as a reader does: types its commands, in order, in a fresh shell, and stops at the first that
does not do what it should.

  unshare -rn python3 journey.py README.md PROGRAM

Only blocks of commands count, those whose first word is `updraft` or a tool it is used with. A command that stays (device,
serve) runs in a terminal of its own until the end; the next is typed once it has fallen quiet. A network of its own
(unshare) has the document's addresses, and nobody else has its ports.
"""
import contextlib
import os
import pathlib
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

PATIENCE = 120  # seconds, for a command to end
QUIET = 2       # of a device, until the next command is typed
TOOLS = ("updraft", "nc", "curl", "openssl", "mkdir", "printf", "echo")
STAYING = ("updraft device", "updraft serve")


def fenced(document):
    """The lines of each block that is no code of another language."""
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", document.read_text(), re.MULTILINE | re.DOTALL):
        if language in ("", "sh", "bash"):
            yield [line for line in block.replace("\\\n", " ").splitlines() if line.strip() and not line.startswith("#")]


def blocks(document):
    """The lines of each block of commands."""
    return [lines for lines in fenced(document) if lines and all(line.split()[0] in TOOLS for line in lines)]


class Staying:
    """A command in a terminal of its own."""

    def __init__(self, line, shell):
        self.line, self.said = line, ""
        self.process = subprocess.Popen(["bash", "-c", "exec " + line], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, **shell)
        self.news = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.news.put(line)
        self.news.put(None)

    def settle(self):
        """Reads until it has said something and then nothing for a moment."""
        patience = PATIENCE if not self.said else QUIET
        while True:
            try:
                line = self.news.get(timeout=patience)
            except queue.Empty:
                assert self.said, f"{self.line}: says nothing"
                return
            assert line is not None, f"{self.line}: ended\n{self.said}"
            self.said += line
            patience = QUIET

    # A device that restarts just then replaces its process, and the signal is lost with the old one: it is sent again.
    def end(self):
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"{self.line}: does not end"
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(2)


def walk(document, program, names):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="journey-"))
    (folder / "bin").mkdir()
    (folder / "bin" / "updraft").symlink_to(program)
    (folder / "home").mkdir()
    shell = {"cwd": folder, "env": {"PATH": f"{folder}/bin:/usr/bin:/bin", "HOME": str(folder / "home"),
                                    "UPDRAFT_PASSWORD": "a long random one"}}
    for line in names.get("before", ()):
        subprocess.run(["bash", "-c", line], check=True, stdin=subprocess.DEVNULL, **shell)
    staying = [Staying(line, shell) for line in names.get("devices", ())]
    try:
        for lines in blocks(document):
            for line in lines:
                for one in staying:
                    one.settle()
                line = with_what_was_printed(line, staying)
                print("$", line, flush=True)
                if line.startswith(STAYING):
                    staying.append(Staying(line, shell))
                    continue
                done = subprocess.run(["bash", "-c", line], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, timeout=PATIENCE, check=False, **shell)
                print(done.stdout, flush=True)
                status = names.get("status", {}).get(line, 0)
                assert done.returncode == status, f"{line}: exit status {done.returncode}"
        for one in staying:  # also what was typed last does its work
            one.settle()
        return "".join(one.said for one in staying)
    finally:
        for one in staying:
            one.end()
        shutil.rmtree(folder, ignore_errors=True)


def with_what_was_printed(line, staying):
    """`5f82...` stands for the fingerprint that the device printed."""
    printed = re.findall(r"certificate ([0-9a-f]{64})", "".join(one.said for one in staying))
    return line.replace("5f82...", printed[-1]) if printed else line


SOURCE = pathlib.Path(__file__).resolve().parents[2]
# A chip that was read, with a core dump in it, and the bootloader and table that it was built with.
READ_CHIP = f"""PYTHONPATH={SOURCE}/tests/e2e python3 -c '
import esp_files as esp, pathlib
core = pathlib.Path("{SOURCE}/host/dump/corpus/dump/core_dump").read_bytes()
pathlib.Path("dump.bin").write_bytes(esp.flash(rows=esp.USUAL[:2] + (("ota_0", *esp.USUAL[2][1:]), ("ota_1", *esp.USUAL[3][1:])) + esp.USUAL[4:],
                                               apps={{"ota_0": esp.app()}}, parts=((0x3F0000, core),)))
pathlib.Path("bootloader.bin").write_bytes(esp.bootloader())'"""

# The project that docs/signed.md writes down, as it stands there.
PROJECT = f"sed -n '/^```toml/,/^```/{{/^```/d;p}}' {SOURCE}/docs/signed.md > updraft.toml"

# Keys, and a package that a device with the KeySet takes: what docs/signed.md makes.
SIGNED = ["updraft key gen root.pem", "updraft key gen release.pem",
          "updraft keyset make --root root.pem --release release.pem -o product.keyset",
          "updraft image make --version 1.2.0 -o app.bin",
          "updraft sign app.bin --key release.pem --product example.com/lamp/esp32c3/1 --sequence 1"]

# The table that docs/one-slot.md writes down.
ONE_SLOT = f"sed -n '/^# Name,/,/^```/{{/^```/d;p}}' {SOURCE}/docs/one-slot.md > one-slot.csv"

TWO_SLOTS = ("nvs,data,nvs,0x9000,0x5000\\notadata,data,ota,0xe000,0x2000\\napp0,app,ota_0,0x10000,0x140000\\n"
             "app1,app,ota_1,0x150000,0x140000\\nspiffs,data,spiffs,0x290000,0x170000\\n")

# What a document takes for granted.
GIVEN = {
    "raw.md": {"before": SIGNED}, "req.md": {"before": SIGNED}, "control.md": {"before": SIGNED},
    "uart.md": {"before": SIGNED}, "sd.md": {"before": SIGNED}, "form.md": {"before": SIGNED}, "elegant.md": {"before": SIGNED},
    "http.md": {"before": SIGNED},
    "https.md": {"before": [*SIGNED, "updraft image make --version 7.0.0 -o lamp-7.bin"]},
    "one-slot.md": {"before": [ONE_SLOT, f"printf '{TWO_SLOTS}' > partitions.csv", "updraft image make --version 2.0.0 -o v2.bin",
                               "updraft image make --version 7.0.0 -o rescue.bin"],
                    "status": {"updraft flash plan partitions.csv one-slot.csv --lose spiffs --try": 3}},  # the risk of a stock bootloader
    "inspect.md": {"before": [READ_CHIP, "updraft flash table dump.bin -o partitions.csv"]},
    "signed.md": {"before": ["updraft image make --version 2.0.0 -o app.bin", "mkdir build keys && cp app.bin build", PROJECT,
                             "ln -s ../release.pem keys/release.pem"]},
    "ws.md": {"before": [*SIGNED, "updraft image make --version 2.0.0 -o v2.bin"]},
    "delta.md": {"before": ["updraft image make --version 1.0.0 -o v1.bin", "updraft image make --version 1.1.0 -o v2.bin"],
                 "devices": ["updraft device --state d --firmware v1.bin --listen 192.168.1.20 --raw 18000 --allow-unsigned"]},
}

if __name__ == "__main__":
    subprocess.run("ip link set lo up; ip addr add 192.168.1.20/32 dev lo", shell=True, check=True)
    path = pathlib.Path(sys.argv[1])
    print(walk(path, os.path.abspath(sys.argv[2]), GIVEN.get(path.name, {})))
