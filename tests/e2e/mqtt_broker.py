"""Debian's mosquitto as the broker of a test."""
import os
import shutil
import signal
import socket
import subprocess

from harness import PATIENCE
from waiting import until

MOSQUITTO = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
IS_HERE = bool(MOSQUITTO and shutil.which("mosquitto_pub"))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Broker:
    def __init__(self, case, *lines):
        self.port = free_port()
        self.config = case.dir / f"mosquitto-{self.port}.conf"
        self.config.write_text("\n".join([f"listener {self.port} 127.0.0.1", "user root", *lines,
                                          *([] if any(l.startswith(("password_file", "allow_anonymous")) for l in lines)
                                            else ["allow_anonymous true"])]) + "\n")
        self.log = case.dir / f"mosquitto-{self.port}.log"
        self.start()
        case.addCleanup(self.stop)

    def start(self):
        with self.log.open("a") as log:
            self.process = subprocess.Popen([MOSQUITTO, "-v", "-c", self.config], stdout=log, stderr=subprocess.STDOUT)

        def answers():
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return True
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
                return False
        until(answers, "the broker")

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        self.process.wait(PATIENCE)

    def url(self, topic="ota", scheme="mqtt"):
        return f"{scheme}://127.0.0.1:{self.port}/{topic}"

    def publish(self, *arguments, topic="ota"):
        subprocess.run(["mosquitto_pub", "-p", str(self.port), "-t", topic, *map(str, arguments)], check=True,
                       timeout=PATIENCE)
