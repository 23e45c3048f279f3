"""The native push: pairing, sessions that go on, and what others get who are not paired."""
import json
import os
import re
import signal
import socket
import subprocess
import threading

from harness import PATIENCE, UPDRAFT, Case, Device, inspect, updraft
from recording_proxy import RecordingProxy
from test_parts import TABLE, WEB, littlefs
from test_pull_nginx import free_port

SECRET = re.compile(r"updraft-pair:1:([0-9a-f]{12}):([A-Za-z0-9_-]{43})")


UNLIKE = ("--seed", "7")  # content that is not in what runs: all of it has to be sent


class NativeCase(Case):
    def setUp(self):
        super().setUp()
        self.env = {**os.environ, "XDG_CONFIG_HOME": str(self.dir / "config")}

    def start(self, *arguments, port=0, **options):
        """A device with the native push, and where it listens; `pairing` is what it shows, if it does."""
        device = self.device("--native", port, *arguments, **options)
        self.port = device.port("native")
        return device

    def pair(self, line):
        return updraft("pair", line, env=self.env)

    def started_and_paired(self, *arguments, **options):
        device = self.start(*arguments, **options)
        self.line = device.wait("pairing")["string"]
        self.pair(self.line)
        return device

    def push(self, file, *arguments, check=True):
        done = updraft("push", file, f"updraft://127.0.0.1:{self.port}", "--json", *arguments, env=self.env, check=check)
        return json.loads(done.stdout.splitlines()[-1])

    def psk(self, secret=None):
        """The id of the device that showed the line, and the key that openssl derives for it."""
        device_id, digits = SECRET.fullmatch(self.line).groups()
        raw = subprocess.run(["openssl", "base64", "-d", "-A"], capture_output=True, check=True,
                             input=(digits.replace("-", "+").replace("_", "/") + "=").encode()).stdout.hex()
        key = subprocess.run(["openssl", "kdf", "-keylen", "32", "-kdfopt", "digest:SHA2-256", "-kdfopt",
                              f"hexkey:{secret or raw}", "-kdfopt", f"info:updraft push 1 {device_id}", "HKDF"],
                             capture_output=True, check=True, text=True).stdout.strip().replace(":", "").lower()
        return device_id, key

    def openssl(self, *arguments, said=b"", secret=None, identity=None):
        """`openssl s_client` by the commands of spec/protocols/native.md 1.2; its output."""
        device_id, psk = self.psk(secret)
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", "-tls1_3", "-psk", psk, "-psk_identity",
                   identity or f"updraft1:{device_id}", "-ciphersuites", "TLS_AES_128_GCM_SHA256",
                   *(arguments or ("-groups", "X25519:P-256", "-max_send_frag", "4096")), "-ign_eof"]
        done = subprocess.run(command, input=said, capture_output=True, timeout=PATIENCE)
        return (done.stdout + done.stderr).decode(errors="replace")


def ask(call, method="GET"):
    return f"{method} /updraft/v1/{call} HTTP/1.1\r\nConnection: close\r\n\r\n".encode()


class Push(NativeCase):
    def test_pair_push_and_push_again(self):
        device = self.started_and_paired()
        file = self.image("v2.bin", "--version", "2.0.0", "--size", "150K", *UNLIKE)  # without padding, which all have
        done = self.push(file)
        self.assertEqual(done["result"], "ok")
        self.assertEqual((done["version"], done["state"], done["slot"]), ("2.0.0", "valid", "ota_1"))
        self.assertEqual(done["data_bytes"], file.stat().st_size)
        update = device.wait("update")
        self.assertEqual((update["result"], update["scheme"], update["trust"]), ("ok", "native", "sender"))
        again = self.push(file)
        self.assertEqual((again["result"], again["data_bytes"]), ("current", 0))
        self.assertFalse((self.dir / "device" / "pairing").exists(), "it is shown until somebody has used it")
        self.assertEqual((self.dir / "config/updraft/pairings").stat().st_mode & 0o777, 0o600)
        self.assertNotIn(self.line, device.said.replace(json.dumps(self.line), "", 1), "once, and in that event alone")

    def test_the_plug_is_pulled_twice(self):
        device = self.started_and_paired("--cut-power-at", 40)
        file = self.image("v2.bin", "--version", "2.0.0", "--size", "1M", *UNLIKE)
        command = [UPDRAFT, "push", file, f"updraft://127.0.0.1:{self.port}", "--json"]
        push = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.env)
        device.end()
        device = self.start("--cut-power-at", 60, port=self.port)
        device.end()
        self.start(port=self.port)
        said, trouble = push.communicate(timeout=PATIENCE)
        self.assertEqual(push.returncode, 0, trouble)
        done = json.loads(said.splitlines()[-1])
        self.assertEqual((done["version"], done["state"]), ("2.0.0", "valid"))
        self.assertGreaterEqual(done["connections"], 3)

    def test_ctrl_c_leaves_a_session_that_the_next_push_takes_up(self):
        self.started_and_paired("--flash-timing", "w25q32jv", "--realtime")
        file = self.image("v2.bin", "--version", "2.0.0", "--size", "1M", *UNLIKE)
        command = [UPDRAFT, "push", file, f"updraft://127.0.0.1:{self.port}", "--json"]
        push = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=self.env)
        self.addCleanup(push.stdout.close)
        for line in push.stdout:
            if json.loads(line).get("sent", 0) >= 600_000:
                break
        push.send_signal(signal.SIGINT)
        push.stdout.read()
        self.assertNotEqual(push.wait(PATIENCE), 0)
        done = self.push(file)
        self.assertEqual((done["result"], done["version"]), ("ok", "2.0.0"))
        self.assertLess(done["data_bytes"], file.stat().st_size - 400_000)

    def test_an_image_that_crashes_is_told(self):
        self.started_and_paired("--app", "crash")
        file = self.image("v2.bin", "--version", "2.0.0")
        done = self.push(file, check=False)
        self.assertEqual((done["result"], done["code"], done["version"]), ("failed", "rolled_back", "1.0.0"))


class Data(NativeCase):
    def begin(self, *arguments):
        table = self.dir / "parts.csv"
        table.write_text(TABLE)
        return self.started_and_paired("--partitions", table, *arguments)

    def file(self, version):
        path = self.dir / f"{version}.bin"
        path.write_bytes(littlefs(version))
        return path

    def held(self):
        return (self.dir / "device" / "flash.bin").read_bytes()[0x110000:0x110000 + WEB]

    def test_is_confirmed_when_push_is_done(self):
        device = self.begin()
        done = self.push(self.file(1), "--to", "fs:web")
        self.assertEqual((done["result"], done["data_bytes"]), ("ok", WEB))
        self.assertEqual(self.held(), littlefs(1))
        self.assertEqual(device.wait("update")["scheme"], "native")

    def test_is_confirmed_by_push_where_the_device_does_not(self):
        self.begin("--confirm", "manual")
        done = self.push(self.file(1), "--to", "fs:web", "--confirm")
        self.assertEqual(done["result"], "ok")
        self.assertEqual(self.held(), littlefs(1))

    def test_wrong_files_and_labels_are_refused(self):
        self.begin()
        app = self.image("v2.bin", "--version", "2.0.0")
        self.assertNotEqual(updraft("push", app, f"updraft://127.0.0.1:{self.port}", "--to", "fs:web", env=self.env, check=False).returncode, 0)
        self.assertEqual(self.push(self.file(1), "--to", "fs:none", check=False)["code"], "component_unknown")
        small = self.dir / "small.bin"
        small.write_bytes(littlefs(1, WEB // 2))
        self.assertEqual(self.push(small, "--to", "fs:web", check=False)["code"], "wrong_format")
        none_sent = updraft("push", small, f"updraft://127.0.0.1:{self.port}", "--to", "fs:web", "--one-way", "--yes", env=self.env, check=False)
        self.assertEqual(none_sent.returncode, 2)
        self.assertEqual(self.held(), b"\xff" * WEB)


class Log(NativeCase):
    def test_the_device_tells_until_ctrl_c(self):
        self.started_and_paired()
        file = self.image("v2.bin", "--version", "2.0.0")
        command = [UPDRAFT, "push", file, f"updraft://127.0.0.1:{self.port}", "--json", "--log"]
        push = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=self.env)
        self.addCleanup(push.stdout.close)
        self.addCleanup(push.stderr.close)

        def told(event, **members):
            for line in push.stdout:
                told = json.loads(line).get("told", {})
                if told.get("event") == event and all(told.get(k) == v for k, v in members.items()):
                    return told
            raise AssertionError(f"it ended without {event}: {push.stderr.read()}")
        told("boot", version="2.0.0")
        told("confirm")
        # Another push gets in, and the log goes on after its restart, where events are numbered anew.
        self.assertEqual(self.push(self.image("v3.bin", "--version", "3.0.0"))["version"], "3.0.0")
        told("boot", version="3.0.0")
        self.assertIsNone(push.poll())
        push.send_signal(signal.SIGINT)
        rest = push.stdout.read().splitlines()
        self.assertEqual(push.wait(PATIENCE), 0, rest)
        self.assertEqual(json.loads(rest[-1])["result"], "ok")
        self.assertNotIn("updraft-pair", "".join(rest))


class Strangers(NativeCase):
    def test_a_foreign_client_of_the_page(self):
        """The commands of native.md 1.2, unmodified, with a hand-written request."""
        device = self.started_and_paired()
        for group in ("X25519:P-256", "P-256"):
            said = self.openssl("-groups", group, "-max_send_frag", "4096", said=ask("device"))
            self.assertIn("Reused, TLSv1.3, Cipher is TLS_AES_128_GCM_SHA256", said)
            self.assertIn(f'{{"v":1,"id":"{SECRET.fullmatch(self.line)[1]}"', said)
        for arguments, alert in ((("-psk", "00" * 32), "illegal parameter"), (("-psk_identity", "updraft1:other"), "")):
            said = self.openssl(*arguments, said=ask("device"))
            self.assertNotIn('"v":1', said)
            self.assertIn(alert, said)
        told = json.loads(re.search(r"^\{.*\}", self.openssl(said=ask("device")), re.MULTILINE)[0])
        self.assertEqual(told["refused_peers"], 2)
        said = self.openssl(said=ask("events?after=0"))
        self.assertIn('"event":"boot"', said)
        self.assertNotIn("updraft-pair", said)
        device.say("unpair")
        old, self.line = self.line, device.wait("pairing")["string"]
        new, self.line = self.line, old
        self.assertNotIn('"v":1', self.openssl(said=ask("device")), "the old secret is worth nothing")
        self.line = new
        self.assertIn('"v":1', self.openssl(said=ask("device")))

    def test_others_are_refused(self):
        self.started_and_paired()
        device_id, key = self.psk()
        has_key = ("-psk", key, "-psk_identity", f"updraft1:{device_id}")
        no_agreement = ("-allow_no_dhe_kex", "-groups", "P-384")  # with a group that the device lacks, the key alone is left
        for arguments in (("-tls1_2",), ("-tls1_2", *has_key), ("-tls1_3",), ("-tls1_3", *has_key, *no_agreement)):
            done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{self.port}", *arguments],
                                  input=b"", capture_output=True, timeout=PATIENCE)
            self.assertNotEqual(done.returncode, 0, arguments)
        other = self.line[:-43] + "B" * 42 + "A"
        self.pair(other)
        done = self.push(self.image("v2.bin"), check=False)
        self.assertEqual((done["result"], done["code"]), ("refused", "not_paired"))

    def test_nothing_but_a_hello_goes_to_a_plain_server(self):
        device_id, secret = "a0b1c2d3e4f5", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
        self.pair(f"updraft-pair:1:{device_id}:{secret}")
        heard = []
        with socket.create_server(("127.0.0.1", 0)) as server:
            def serve():
                connection, _ = server.accept()
                with connection:
                    heard.append(connection.recv(65536))
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                    heard.append(connection.recv(65536))
            threading.Thread(target=serve, daemon=True).start()
            self.port = server.getsockname()[1]
            done = updraft("push", self.image("v2.bin"), f"updraft://127.0.0.1:{self.port}", "--wait", "0", "--json",
                           env=self.env, check=False)
        self.assertEqual(json.loads(done.stdout.splitlines()[-1])["code"], "protocol")
        self.assertEqual(heard[0][0], 0x16, "a TLS handshake")
        self.assertNotIn(b"updraft/v1", b"".join(heard))

    def test_who_is_not_paired_is_told_how(self):
        done = updraft("push", self.image("v2.bin"), "updraft://127.0.0.1:1", "--json", env=self.env, check=False)
        told = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual((told["result"], told["code"]), ("refused", "not_paired"))
        self.assertIn("updraft pair", done.stderr)


class Server:
    """`openssl s_server` by the command of spec/protocols/native.md 1.2, which answers requests with these bodies."""

    def __init__(self, case, *arguments):
        self.port = free_port()
        command = ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}", "-nocert", "-tls1_3", *arguments,
                   "-ciphersuites", "TLS_AES_128_GCM_SHA256", "-no_ticket", "-num_tickets", "0"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for end in (self.process.stdin, self.process.stdout):
            case.addCleanup(end.close)
        case.addCleanup(self.process.wait)
        case.addCleanup(self.process.kill)
        self.heard = b""
        self.hears(b"ACCEPT\n")

    def hears(self, mark):
        """What it prints, up to that."""
        while mark not in self.heard:
            more = os.read(self.process.stdout.fileno(), 65536)
            assert more, self.heard
            self.heard += more
        before, _, self.heard = self.heard.partition(mark)
        return before + mark

    def answers(self, body, status="200 OK"):
        self.process.stdin.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        self.process.stdin.flush()


class OurSender(NativeCase):
    """With OpenSSL in place of the device."""

    def setUp(self):
        super().setUp()
        self.line = "updraft-pair:1:a0b1c2d3e4f5:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
        self.pair(self.line)
        self.file = self.image("v2.bin", "--version", "2.0.0")

    def pushed(self, port):
        push = subprocess.Popen([UPDRAFT, "push", self.file, f"updraft://127.0.0.1:{port}", "--wait", "0", "--json"], text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env)
        self.addCleanup(push.stderr.close)
        self.addCleanup(push.stdout.close)
        return push

    def test_talks_with_a_server_that_has_the_key(self):
        device_id, key = self.psk()
        device = {"v": 1, "id": device_id, "class": "", "chip": "esp32c3", "project": "demo", "version": "2.0.0",
                  "digest": inspect(self.file)["digest"][:16], "slot": "ota_0", "state": "valid", "sequence": 0, "keyset": 0,
                  "slot_size": 1048576, "armed": 0, "refused_peers": 0, "uptime": 1}
        for group in ("X25519:P-256", "P-256"):
            with self.subTest(group):
                server = Server(self, "-psk", key, "-psk_identity", f"updraft1:{device_id}", "-groups", group)
                push = self.pushed(server.port)
                self.assertIn(b"GET /updraft/v1/device HTTP/1.1\r\n", server.hears(b"\r\n\r\n"))
                server.answers(json.dumps(device))
                self.assertIn(b"POST /updraft/v1/session HTTP/1.1\r\n", server.hears(b"\r\n\r\n"))
                server.answers('{"result":"current"}')
                said, trouble = push.communicate(timeout=PATIENCE)
                self.assertEqual(push.returncode, 0, trouble)
                self.assertEqual(json.loads(said.splitlines()[-1])["result"], "current")

    def test_who_has_another_key_or_name_is_not_paired(self):
        device_id, key = self.psk()
        for arguments in (("-psk", "00" * 32, "-psk_identity", f"updraft1:{device_id}"), ("-psk", key, "-psk_identity", "updraft1:other")):
            with self.subTest(arguments[-1]):
                server = Server(self, *arguments, "-groups", "X25519:P-256")
                push = self.pushed(server.port)
                said, _ = push.communicate(timeout=PATIENCE)
                self.assertEqual(push.returncode, 1)
                self.assertEqual(json.loads(said.splitlines()[-1])["code"], "not_paired")


class Records(NativeCase):
    def test_hold_4096_bytes_at_most(self):
        """So a device may have an input buffer of 4 KiB."""
        device = self.started_and_paired()
        proxy = RecordingProxy(self, self.port)
        self.port = proxy.port
        self.push(self.image("v2.bin", "--version", "2.0.0", "--size", "150K", *UNLIKE))
        device.wait("confirm")
        sizes = {"client": set(), "server": set()}
        for session in proxy.sessions:
            for who in sizes:
                said = b"".join(bytes(data) for speaker, data in session if speaker == who)
                while len(said) >= 5:
                    size = int.from_bytes(said[3:5], "big")
                    if said[0] == 0x17:
                        sizes[who].add(size)
                    said = said[5 + size:]
        self.assertEqual(max(sizes["client"]), 4096 + 1 + 16, "with its type and its tag")
        self.assertLessEqual(max(sizes["server"]), 4096 + 1 + 16)


class Pairings(NativeCase):
    def test_are_listed_and_forgotten(self):
        line = "updraft-pair:1:a0b1c2d3e4f5:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
        self.pair(line)
        self.pair(line)
        listed = updraft("pair", "--list", env=self.env).stdout
        self.assertEqual(listed.split(), ["a0b1c2d3e4f5", "not", "reached", "yet"])
        updraft("pair", "--forget", "a0b1c2d3e4f5", env=self.env)
        self.assertIn("no device", updraft("pair", "--list", env=self.env).stdout)
        self.assertEqual(updraft("pair", "--forget", "a0b1c2d3e4f5", env=self.env, check=False).returncode, 1)
        for bad in ("updraft-pair:1:x", line[:-1]):
            done = updraft("pair", bad, env=self.env, check=False)
            self.assertEqual(done.returncode, 2)
            self.assertNotIn(line[-20:-1], done.stdout + done.stderr, "a slip in a secret is not repeated")
