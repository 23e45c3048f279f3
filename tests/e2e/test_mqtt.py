"""Updates from a topic through the real program, with Debian's mosquitto as broker and publisher: retained, lost and back
again, QoS 0 to 2, TLS, logins, AES."""
import hashlib
import os
import socket
import ssl
import subprocess
import threading
import time
import unittest

from harness import PATIENCE, Case, inspect, updraft
from mqtt_broker import IS_HERE, Broker
from test_signed_device import Signed
from test_uart import AES, sealed
from waiting import until
from web_server import PrivateCa

OPEN = "--allow-unsigned=mqtt"


@unittest.skipUnless(IS_HERE, "mosquitto and mosquitto-clients are not here")
class Mqtt(Case):
    def subscriber(self, broker, *knobs, state="device", wait=True):
        device = self.device("--firmware", self.image("v1", "--version", "1.0.0"), "--mqtt", broker.url(), *knobs, state=state)
        if wait:
            device.wait("listening", scheme="mqtt", port=broker.port)
        return device

    def push(self, file, broker, *options, status=0, url=None, **more):
        done = updraft("push", file, url or broker.url(), *options, check=False, **more)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done

    def expect_runs(self, device, version, trust="unsigned"):
        device.wait("update", result="ok", version=version, scheme="mqtt", trust=trust)
        device.wait("reboot", reason="update")
        device.wait("boot", version=version)
        device.wait("confirm")

    def comes_to_rest(self, device, seconds=2):
        seen = len(device.events)
        time.sleep(seconds)
        device.settle()
        self.assertEqual([e for e in device.events[seen:] if e["event"] in ("update", "reboot")], [])


class Published(Mqtt):
    def test_by_mosquitto_pub_with_each_qos_retained_and_live(self):
        broker = Broker(self)
        device = self.subscriber(broker, OPEN)
        number = 2
        for qos in (0, 1, 2):
            for retain in ((), ("-r",)):
                with self.subTest(qos=qos, retain=retain):
                    version = f"{number}.0.0"
                    broker.publish("-q", qos, *retain, "-f", self.image(version, "--version", version, "--size", "300K"))
                    self.expect_runs(device, version)
                    device.wait("listening", scheme="mqtt")
                    if retain:
                        device.wait("update", result="current")
                        broker.publish("-r", "-n")
                    self.comes_to_rest(device, 0.5)
                    number += 1

    def test_a_retained_message_of_two_megabytes_is_there_for_who_comes_later(self):
        broker = Broker(self)
        v2 = self.image("v2", "--version", "2.0.0", "--size", "2M")
        broker.publish("-q", 2, "-r", "-f", v2)
        device = self.subscriber(broker, OPEN, wait=False)
        self.expect_runs(device, "2.0.0")
        device.wait("update", result="current")
        self.comes_to_rest(device)
        device.say("reboot")
        device.wait("update", result="current")
        self.comes_to_rest(device)

    def test_a_file_cut_into_messages(self):
        broker = Broker(self)
        device = self.subscriber(broker, OPEN)
        data = self.image("v2", "--version", "2.0.0", "--size", "50K").read_bytes()
        for at in range(0, len(data), 20_000):
            part = self.dir / "part"
            part.write_bytes(data[at:at + 20_000])
            broker.publish("-q", 1, "-f", part)
        self.expect_runs(device, "2.0.0")

    def test_encrypted_as_openssl_does_it(self):
        broker = Broker(self)
        device = self.subscriber(broker, OPEN, *AES)
        file = self.dir / "sealed"
        file.write_bytes(sealed(self.image("v2", "--version", "2.0.0").read_bytes()))
        broker.publish("-f", file)
        self.expect_runs(device, "2.0.0")
        device.wait("listening", scheme="mqtt")
        broker.publish("-f", self.image("v3", "--version", "3.0.0"))
        self.assertEqual(device.wait("update")["code"], "wrong_key")

    def test_an_empty_message_and_other_topics_mean_nothing(self):
        broker = Broker(self)
        device = self.subscriber(broker, OPEN)
        broker.publish("-r", "-n")
        broker.publish("-f", self.image("v2", "--version", "2.0.0"), topic="ota/other")
        self.comes_to_rest(device)


class Refused(Mqtt):
    def test_nothing_unsigned_unless_it_is_named(self):
        broker = Broker(self)
        broker.publish("-r", "-f", self.image("v2", "--version", "2.0.0"))
        device = self.subscriber(broker)
        self.assertEqual(device.wait("update", scheme="mqtt")["code"], "unsigned")
        self.assertEqual(inspect(self.dir / "device")["boots"], "ota_0")
        self.comes_to_rest(device, 3)

    def test_what_is_wrong_is_said_once_and_the_next_one_taken(self):
        broker = Broker(self)
        device = self.subscriber(broker, OPEN)
        page = self.dir / "page"
        page.write_bytes(b"<!doctype html>" + bytes(1000))
        large = self.dir / "large"
        large.write_bytes(b"\xe9" + bytes(6 << 20))
        for file, code in ((page, "not_an_image"), (large, "too_big")):
            broker.publish("-q", 1, "-r", "-f", file)
            self.assertEqual(device.wait("update")["code"], code)
        self.comes_to_rest(device, 3)
        broker.publish("-f", self.image("v2", "--version", "2.0.0"))
        self.expect_runs(device, "2.0.0")

    def test_an_image_that_lost_its_trial_does_not_come_back(self):
        broker = Broker(self)
        broker.publish("-r", "-f", self.image("v2", "--version", "2.0.0"))
        device = self.subscriber(broker, OPEN, "--app", "crash", wait=False)
        device.wait("update", result="ok")
        device.wait("rollback")
        self.assertEqual(device.wait("update")["code"], "known_bad")
        self.comes_to_rest(device, 3)


class Packages(Mqtt, Signed):
    def test_a_package_passes_and_nothing_else(self):
        broker = Broker(self)
        device = self.subscriber(broker, *self.trusts)
        self.push(self.signed("2.0.0", 2), broker, "--retain")
        self.expect_runs(device, "2.0.0", "signed")
        device.wait("update", result="current")  # the retained one came again
        broker.publish("-f", self.image("v3", "--version", "3.0.0"))
        self.assertEqual(device.wait("update", result="refused")["code"], "unsigned")


class Reconnect(Mqtt):
    def test_a_broker_that_comes_back_is_found(self):
        broker = Broker(self)
        device = self.subscriber(broker, OPEN)
        broker.stop()
        broker.start()
        v2 = self.image("v2", "--version", "2.0.0")
        until(lambda: broker.log.read_text().count("SUBSCRIBE") >= 2, "subscribed again")
        broker.publish("-f", v2)
        self.expect_runs(device, "2.0.0")

    def test_a_broker_that_is_not_there_yet(self):
        broker = Broker(self)
        broker.stop()
        device = self.subscriber(broker, OPEN, wait=False)
        device.wait("boot")
        time.sleep(1)
        broker.start()
        device.wait("listening", scheme="mqtt")
        broker.publish("-f", self.image("v2", "--version", "2.0.0"))
        self.expect_runs(device, "2.0.0")

    def test_a_connection_that_is_cut_within_an_image_leaves_the_old_one_and_begins_anew(self):
        broker = Broker(self)
        between = Between(broker.port)
        self.addCleanup(between.close)
        broker.publish("-r", "-f", self.image("v2", "--version", "2.0.0", "--size", "1M"))
        between.cut_after = 300_000
        device = self.device("--firmware", self.image("v1", "--version", "1.0.0"), "--mqtt",
                             f"mqtt://127.0.0.1:{between.port}/ota", OPEN)
        failed = device.wait("update")
        self.assertEqual((failed["result"], failed["code"]), ("failed", "aborted"))
        between.cut_after = None
        self.expect_runs(device, "2.0.0")

    def test_keep_alive_is_kept(self):
        broker = Broker(self)
        device = self.subscriber(broker, OPEN)
        until(lambda: "c1, k60" in broker.log.read_text(), "clean session, 60 s")
        device.settle()


class Between:
    """A proxy that cuts a connection once the broker has said so much."""

    def __init__(self, port):
        self.broker, self.cut_after = port, None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def close(self):
        self._listener.close()

    def _run(self):
        while True:
            try:
                peer = self._listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self._pass, args=(peer, self.cut_after), daemon=True).start()

    def _pass(self, peer, most):
        with peer, socket.create_connection(("127.0.0.1", self.broker)) as broker:
            up = threading.Thread(target=self._copy, args=(peer, broker, None), daemon=True)
            up.start()
            self._copy(broker, peer, most)
            for end in (peer, broker):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass

    @staticmethod
    def _copy(one, other, most):
        try:
            while (most is None or most > 0) and (part := one.recv(65536 if most is None else min(most, 65536))):
                other.sendall(part)
                most = None if most is None else most - len(part)
        except OSError:
            pass


class Push(Mqtt):
    def received(self, broker, *options):
        """What a subscriber of mosquitto's own gets."""
        out = self.dir / "received"
        with out.open("wb") as file:
            return out, subprocess.Popen(["mosquitto_sub", "-p", str(broker.port), "-t", "ota", "-C", "1", "-N", *options], stdout=file)

    def test_every_byte_arrives_with_each_qos(self):
        broker = Broker(self)
        v2 = self.image("v2", "--version", "2.0.0", "--size", "1M")
        for qos in (0, 1, 2):
            with self.subTest(qos=qos):
                out, subscriber = self.received(broker, "-q", "2")
                until(lambda n=qos: broker.log.read_text().count("SUBSCRIBE") > n, "subscribed")
                done = self.push(v2, broker, "--qos", qos, "--json")
                self.assertIn('"result":"sent"', done.stdout)
                subscriber.wait(PATIENCE)
                self.assertEqual(out.read_bytes(), v2.read_bytes())

    def test_retained_and_encrypted(self):
        broker = Broker(self)
        v2 = self.image("v2", "--version", "2.0.0", "--size", "100001")
        self.push(v2, broker, "--retain", *AES)
        out, subscriber = self.received(broker)
        subscriber.wait(PATIENCE)
        self.assertEqual(out.read_bytes(), sealed(v2.read_bytes()))
        device = self.subscriber(broker, OPEN, *AES, wait=False)
        self.expect_runs(device, "2.0.0")

    def test_with_a_login(self):
        passwords = self.dir / "passwords"
        subprocess.run(["mosquitto_passwd", "-c", "-b", passwords, "me", "hunter2"], check=True, capture_output=True)
        broker = Broker(self, f"password_file {passwords}", "allow_anonymous false")
        env = {**os.environ, "UPDRAFT_PASSWORD": "hunter2"}
        secret = self.dir / "secret"
        secret.write_text("hunter2\n")
        secret.chmod(0o600)
        v2 = self.image("v2", "--version", "2.0.0")
        self.assertIn("refuses the login", self.push(v2, broker, status=1).stderr)
        self.assertIn("refuses the login", self.push(v2, broker, "--user", "me", "--password", "wrong", status=1).stderr)
        self.push(v2, broker, "--user", "me", "--retain", env=env)
        self.push(v2, broker, "--user", "me", "--password-file", secret, "--retain")
        device = self.subscriber(broker, OPEN, "--user", "me", "--password-file", secret, wait=False)
        self.expect_runs(device, "2.0.0")

    def test_a_broker_with_a_limit_is_told_of(self):
        broker = Broker(self, "max_packet_size 100000")
        done = self.push(self.image("v2", "--size", "300K"), broker, "--json", status=3)
        self.assertIn("limits the size of messages", done.stderr)

    def test_what_cannot_be(self):
        v2 = self.image("v2")
        broker = Broker(self)
        self.assertIn("a topic has at most", self.push(v2, broker, url=broker.url("a/+/b"), status=1).stderr)
        self.assertIn("--user as well", self.push(v2, broker, "--password", "x", status=2).stderr)
        self.assertEqual(updraft("device", "--state", self.dir / "d", "--mqtt", "http://h/x", check=False).returncode, 2)
        self.assertEqual(updraft("device", "--state", self.dir / "d", "--mqtt", "mqtt://h/a+b", check=False).returncode, 2)
        broker.stop()
        self.assertIn("did not answer", self.push(v2, broker, "--wait", 0, status=3).stderr)


class Tls(Mqtt):
    def test_both_ends_know_the_broker_or_say_nothing(self):
        ca = PrivateCa(self.dir)
        ca.tls()
        broker = Broker(self, f"certfile {self.dir / 'server.pem'}", f"keyfile {self.dir / 'server.key'}")
        fingerprint = ssl.PEM_cert_to_DER_cert((self.dir / "server.pem").read_text())
        fingerprint = hashlib.sha256(fingerprint).hexdigest()
        url = broker.url(scheme="mqtts")
        v2 = self.image("v2", "--version", "2.0.0", "--size", "300K")
        self.assertIn("not trusted", self.push(v2, broker, url=url, status=1).stderr)
        self.push(v2, broker, "--insecure", url=url)
        self.push(v2, broker, "--fingerprint", fingerprint, url=url)
        self.push(v2, broker, "--retain", url=url, env={**os.environ, "SSL_CERT_FILE": str(ca.cert)})
        stranger = self.device("--firmware", self.image("v1", "--version", "1.0.0"), "--mqtt", url, OPEN, state="stranger")
        stranger.wait("boot")
        time.sleep(1)
        stranger.kill()
        self.assertIn("The device goes on trying", stranger.said)
        device = self.device("--firmware", self.image("v1", "--version", "1.0.0"), "--mqtt", url, OPEN,
                             "--broker-fingerprint", fingerprint)
        device.wait("listening", scheme="mqtt")
        self.expect_runs(device, "2.0.0")


if __name__ == "__main__":
    unittest.main()
