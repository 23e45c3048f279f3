"""An ESP32-C3 in the emulator that ESP-IDF brings: a file for its flash, its console, and ports that lead to it."""
import os
import pathlib
import queue
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

COLOR = re.compile("\033\\[[0-9;]*m")
PROGRAM = "qemu-system-riscv32"
PATIENCE = 180  # seconds; the emulated chip takes a few to start, and machines may be busy
FLASH_BYTES = 4 << 20
EFUSE_BYTES = 1024
NS_PER_INSTRUCTION_SHIFT = 3  # 8 ns for each: about what the chip does
FRAMES_EVERY_US = 500  # of the chip's time: when those that came meanwhile are handed to it
REVISION_AT, REVISION_0_3 = 38, 0x0C  # of the eFuses: without it the bootloader takes the chip for one that is too old


def emulator():
    """The program, or None: UPDRAFT_ESP_EMULATOR, else one of that name that knows this chip (Debian's does not)."""
    program = os.environ.get("UPDRAFT_ESP_EMULATOR") or shutil.which(PROGRAM)
    if program is None or not shutil.which(program):
        return None
    machines = subprocess.run([program, "-M", "help"], capture_output=True, text=True)
    return program if "esp32c3" in machines.stdout else None


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Chip:
    """One life of the chip, from power-on until it is killed; restarts of the software are within it."""

    def __init__(self, flash, *ports):
        """`ports` are those that the firmware opens."""
        flash = pathlib.Path(flash)
        efuse = flash.with_suffix(".efuse")
        if not efuse.exists():
            efuse.write_bytes(bytes(REVISION_AT) + bytes([REVISION_0_3]) + bytes(EFUSE_BYTES - REVISION_AT - 1))
        self.ports = {port: free_port() for port in ports}
        forward = "".join(f",hostfwd=tcp:127.0.0.1:{here}-:{there}" for there, here in self.ports.items())
        self.log = []
        self._lines = queue.Queue()
        self.process = subprocess.Popen(
            [emulator(), "-M", "esp32c3", "-display", "none", "-monitor", "none", "-serial", "file:/dev/stdout",
             "-drive", f"file={flash},if=mtd,format=raw", "-drive", f"file={efuse},if=none,format=raw,id=efuse",
             "-global", "driver=nvram.esp32c3.efuse,property=drive,value=efuse",
             "-global", "driver=timer.esp32c3.timg,property=wdt_disable,value=true",
             # The chip's time is that of its instructions, so that a busy machine does not make its deadlines pass.
             "-icount", f"shift={NS_PER_INSTRUCTION_SHIFT}",
             "-nic", f"user,id=network,model=open_eth{forward}",
             # An interrupt between two turns of the chip's clock is one that this emulator may forget (decision 137).
             "-object", f"filter-buffer,id=turns,netdev=network,queue=tx,interval={FRAMES_EVERY_US}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(COLOR.sub("", line.decode(errors="replace")).rstrip())
        self._lines.put(None)

    def wait(self, *words):
        """The next line of the console that has one of these words."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                line = self._lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"the console never said {words}; it ended with\n" + "\n".join(self.log[-40:]))
            self.log.append(line)
            if any(word in line for word in words):
                return line

    def kill(self):
        """Power off, in the middle of whatever it does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()
