"""A device that fetches from Debian's nginx, as a site has it."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import unittest

from harness import Case, drawn, sampled, updraft
from test_signed_device import CLASS, VENDOR, Signed
from waiting import until
from web_server import PrivateCa

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
KILLS = 50 if os.environ.get("UPDRAFT_SWEEP") == "nightly" else 3
SLOWLY = "limit_rate 400k; limit_rate_after 1;"  # a second for each file: time to be killed in

CONFIG = """
daemon off; pid {dir}/nginx.pid; error_log {dir}/error.log; worker_processes 1;
events {{ worker_connections 64; }}
http {{
  access_log {dir}/access.log; {temporary}
  server {{
    listen 127.0.0.1:{port}; listen 127.0.0.1:{tls_port} ssl;
    ssl_certificate {dir}/server.pem; ssl_certificate_key {dir}/server.key;
    root {dir}/www; {more}
    location /whole/ {{ alias {dir}/www/; max_ranges 0; }}
    location /packed/ {{ alias {dir}/www/; gzip on; gzip_types *; gzip_min_length 1; }}
    location /away/ {{ return 302 http://127.0.0.1:{port}/app.bin; }}
  }}
}}
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Nginx:
    """Serves DIR/www on `http` and `https`, with a certificate that `ca` has signed."""

    def __init__(self, case, more=""):
        self.case, self.dir, self.times = case, case.dir / "nginx", 1_700_000_000
        (self.dir / "www").mkdir(parents=True)
        self.ca = PrivateCa(self.dir)
        self.ca.tls()
        self.port, self.tls_port = free_port(), free_port()
        self.http, self.https = f"http://127.0.0.1:{self.port}", f"https://127.0.0.1:{self.tls_port}"
        paths = " ".join(f"{name}_temp_path {self.dir}/{name};"
                         for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.dir / "nginx.conf").write_text(CONFIG.format(dir=self.dir, port=self.port, tls_port=self.tls_port,
                                                           more=more, temporary=paths))
        if os.getuid() == 0:  # then its worker is somebody else, who has to get there
            for path in (case.dir, self.dir, self.dir / "www"):
                path.chmod(0o755)
        self.start()

    def start(self):
        self.process = subprocess.Popen([NGINX, "-p", self.dir, "-c", self.dir / "nginx.conf"], stderr=subprocess.DEVNULL,
                                        start_new_session=True)
        self.case.addCleanup(self.kill)
        until(self.answers, "nginx answers")

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)  # its worker as well
            self.process.wait()

    def put(self, image, name="app.bin"):
        """Replaces a file in one step, as a release does."""
        beside = self.dir / "www" / ".new"
        beside.write_bytes(pathlib.Path(image).read_bytes())
        beside.chmod(0o644)
        self.times += 1  # its ETag is the second of the change, and the size
        os.utime(beside, (self.times, self.times))
        beside.rename(self.dir / "www" / name)

    def kills(self, what, size, fetching, settled):
        """SIGKILL of the device and of this server, each at random moments of a fetch, which goes on and ends well. `fetching`
        starts a device with that state; `settled` waits for the end."""
        survived = 0
        for number in sampled(range(KILLS), 2):
            for whom in ("device", "server"):
                at = drawn().randrange(4096, size - 65536)
                with self.case.subTest(f"{what}: {whom} killed at byte {at}"):
                    device = fetching(f"{whom}{number}")
                    while device.wait("progress")["received"] < at:
                        pass
                    if whom == "device":
                        device.kill()
                        device = fetching(f"{whom}{number}")
                    else:
                        self.kill()
                        self.start()
                    settled(device)
                    device.kill()
                    survived += 1
        print(f"SIGKILL of a device or of nginx while it fetches {what}: {survived} cuts survived", flush=True)

    def log(self):
        """What was asked and answered: (status, bytes of bodies)."""
        lines = (self.dir / "access.log").read_text().splitlines()
        return [tuple(int(n) for n in line.split('" ')[1].split()[:2]) for line in lines]


@unittest.skipUnless(NGINX, "nginx is not installed here; tools/install check brings it")
class FromNginx(Case):
    def setUp(self):
        super().setUp()
        self.v2 = self.image("v2", "--version", "2.0.0", "--size", "400K")

    def runs(self, device, version):
        device.wait("boot", version=version)
        device.wait("confirm")

    def test_comes_to_rest_and_takes_the_next(self):
        nginx = Nginx(self)
        nginx.put(self.v2)
        device = self.device("--pull", nginx.https + "/app.bin", "--ca", nginx.ca.cert, "--allow-unsigned=https", "--pull-every", 1)
        self.runs(device, "2.0.0")
        for _ in range(2):
            device.wait("pulled", result="unchanged")
        self.assertEqual([status for status, _ in nginx.log()][:4], [206, 206, 304, 304])
        self.assertEqual(sum(size for _, size in nginx.log()), self.v2.stat().st_size)
        nginx.put(self.image("v3", "--version", "3.0.0", "--size", "400K"))
        self.runs(device, "3.0.0")

    def test_without_ranges_packed_and_away(self):
        nginx = Nginx(self)
        nginx.put(self.v2)
        device = self.device("--pull", nginx.http + "/whole/app.bin", "--allow-unsigned=http", state="whole")
        self.runs(device, "2.0.0")
        device = self.device("--pull", nginx.http + "/packed/app.bin", "--allow-unsigned=http", state="packed")
        self.runs(device, "2.0.0")  # it asks for the file as it is, and gets it
        device = self.device("--pull", nginx.https + "/away/app.bin", "--ca", nginx.ca.cert, "--allow-unsigned=https",
                             state="away")
        self.assertIn("from https to http", device.wait("update")["message"])
        device = self.device("--pull", nginx.https + "/app.bin", "--system-ca", "--allow-unsigned=https", state="stranger")
        self.assertEqual(device.wait("update")["code"], "auth_failed")

    def test_an_image_goes_on_after_kills_at_random_moments(self):
        nginx = Nginx(self, more=SLOWLY)
        nginx.put(self.v2)
        fetch = ("--pull", nginx.http + "/app.bin", "--allow-unsigned=http")
        nginx.kills("an image", self.v2.stat().st_size, lambda state: self.device(*fetch, state=state),
                    lambda device: self.runs(device, "2.0.0"))


@unittest.skipUnless(NGINX, "nginx is not installed here; tools/install check brings it")
class SignedFromNginx(Signed):
    def test_a_package_by_http_needs_no_certificate(self):
        nginx = Nginx(self)
        nginx.put(self.signed("2.0.0", 5), "app.suit")
        device = self.device("--pull", nginx.http + "/app.suit", "--keyset", self.keyset, "--vendor", VENDOR, "--class", CLASS,
                             "--pull-every", 1)
        self.assertEqual(device.wait("update")["trust"], "signed")
        self.confirmed(device, "2.0.0", 5)
        device.wait("pulled", result="unchanged")
        nginx.put(self.signed("3.0.0", 6, key="stranger"), "app.suit")
        self.assertEqual(device.wait("update")["code"], "key_unknown")
        device.wait("pulled", result="unchanged")  # it is not asked for again
        nginx.put(self.signed("4.0.0", 7), "app.suit")
        self.confirmed(device, "4.0.0", 7)

    def test_a_package_goes_on_after_kills_at_random_moments(self):
        nginx = Nginx(self, more=SLOWLY)
        v2 = self.image("v2.bin", "--version", "2.0.0", "--size", "400K")
        release = self.dir / "release"
        release.mkdir()
        updraft("sign", v2, "--key", self.key("release"), "--product", f"{VENDOR}/{CLASS}", "--sequence", 5, "--apart",
                "-o", release / "app.suit")
        for file in release.iterdir():
            nginx.put(file, file.name)
        fetch = ("--pull", nginx.https + "/app.suit", "--ca", nginx.ca.cert, *self.trusts)

        def settled(device):
            boot = device.wait("boot", version="2.0.0")
            self.assertEqual((boot["trust"], boot["sequence"]), ("signed", 5))
            device.wait("confirm")
        nginx.kills("a package", v2.stat().st_size, lambda state: self.device(*fetch, state=state), settled)


if __name__ == "__main__":
    unittest.main()
