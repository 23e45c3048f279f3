"""The password of the page and of ws://: answered by digest, asked for by each order, guessed slowly."""
import hashlib
import json
import os
import unittest

from harness import updraft
from test_ws import CANCEL, GO_BACK, KEEP, ON_TRIAL, RESTART, OK, WsCase, error
from ws_client import WebSocket, status

PASSWORD = "correct horse battery staple"


def login(value):
    return {"name": "otaLogin", "value": value}


class Client(WebSocket):
    """Says what a page says that knows the password."""

    def said(self):
        return json.loads(self.hear())

    def challenge(self):
        while (said := self.said())["value"] == "wait":
            pass
        return said["value"]

    def answer(self, password=PASSWORD, challenge=None):
        challenge = challenge or self.challenge()
        digest = hashlib.sha256((challenge + password).encode()).hexdigest()
        self.send(json.dumps({"name": "otaLogin", "value": "answer", "answer": digest}))
        return self.said()["value"]


class LoginCase(WsCase):
    def setUp(self):
        super().setUp()
        self.secret = self.dir / "secret"
        self.secret.write_text(PASSWORD + "\n")
        self.secret.chmod(0o600)

    def start(self, *arguments, **options):
        return super().start("--login", "--password-file", self.secret, *arguments, unsigned=False, **options)

    def run_to(self, command, port, *arguments, password=PASSWORD, check=True):
        environment = dict(os.environ, UPDRAFT_PASSWORD=password)
        return updraft(*command, f"ws://127.0.0.1:{port}", "--json", *arguments, check=check, env=environment)


class Orders(LoginCase):
    def test_without_it_only_the_status_is_there(self):
        device, port = self.start()
        said = status(port)
        self.assertEqual((said["login"], said["policy"]), (True, "sender"))
        self.assertNotIn(PASSWORD, json.dumps(said))
        with Client(port) as guest:
            self.assertRegex(guest.said()["value"], "^[0-9a-f]{8}$")
            guest.send('{"name":"otaSize","value":200000}')
            self.assertEqual(guest.said(), error("Error start ota"))
            for order in (RESTART, KEEP, GO_BACK, '{"name":"otaRetry","value":"0011223344556677"}'):
                guest.send(order)
                self.assertEqual(guest.said(), error("Error command"), order)
            guest.send(CANCEL)
            self.assertEqual(guest.said()["name"], "otaCancel")
        self.assertEqual(status(port)["last"]["code"], "auth_failed")
        self.assertEqual(status(port)["boot"], said["boot"], "nothing has restarted it")

    def test_who_knows_it_installs_unsigned_images_and_decides(self):
        image = self.good()
        device, port = self.start("--confirm", "manual")
        with Client(port) as client:
            self.assertEqual(client.answer(), "ok")
            self.assertEqual(client.push(image), OK)
            client.send(RESTART)
            self.assertEqual(client.close_code(), 1001)
        self.assertEqual(device.wait("update")["trust"], "sender")
        device.wait("boot", slot="ota_1")
        self.assertEqual(device.port("ws"), port)
        with Client(port) as guest:
            challenge = guest.challenge()
            guest.send(KEEP)
            self.assertEqual(guest.said(), error("Error command"))
            self.assertTrue(status(port)["pending"])
            self.assertEqual(guest.answer(challenge=challenge), "ok")
            self.assertEqual(guest.said(), json.loads(ON_TRIAL))
            guest.send(KEEP)
            device.wait("confirm")

    def test_push_confirm_and_restart_log_in(self):
        image = self.image("2.0.0", "--version", "2.0.0")
        device, port = self.start("--confirm", "manual")
        done = self.run_to(("push", image), port, "--restart")
        result = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual((result["result"], result["version"]), ("ok", "2.0.0"))
        self.assertNotIn(PASSWORD, done.stdout + done.stderr)
        self.assertTrue(status(port)["pending"])
        self.run_to(("confirm",), port)
        self.assertEqual(status(port)["state"], "valid")
        before = status(port)["boot"]
        self.run_to(("restart",), port)
        self.assertNotEqual(status(port)["boot"], before)

    def test_push_says_what_is_wrong(self):
        image = self.image("2.0.0", "--version", "2.0.0")
        device, port = self.start()
        for password, code, words in (("wrong", 1, "The password is wrong or missing."),
                                      ("", 2, "needs a password: UPDRAFT_PASSWORD, --password-file or --password")):
            done = self.run_to(("push", image), port, password=password, check=False)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(words, done.stderr)
            self.assertIn(words, json.loads(done.stdout.splitlines()[-1])["message"])
        self.assertEqual(self.slot_bytes("ota_1")[:4], b"\xff" * 4)

    def test_a_password_that_nobody_asks_for_is_named(self):
        image = self.image("2.0.0", "--version", "2.0.0")
        device, port = WsCase.start(self)
        done = updraft("push", image, f"ws://127.0.0.1:{port}", "--password-file", self.secret)
        self.assertIn("asks for no password", done.stderr)

    def test_one_password_is_needed_to_open_it(self):
        empty = self.dir / "empty"
        empty.write_text("\n")
        for options in (("--login",), ("--login", "--password-file", empty)):
            done = updraft("device", "--state", self.dir / "d", "--http", 0, *options, check=False,
                           env={k: v for k, v in os.environ.items() if k != "UPDRAFT_PASSWORD"})
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("password", done.stderr)
        done = updraft("device", "--state", self.dir / "d", "--raw", 0, "--password", "x", check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("--password is an option of bundle and ws", done.stderr)
        self.assertIn("--bundle opens it, --http and --https open it", done.stderr)
        done = updraft("device", "--state", self.dir / "d", "--http", 0, "--password", "x", check=False)
        self.assertEqual(done.returncode, 2, "a page that stays open to all is not what was meant")
        self.assertIn("--login has the page ask for it", done.stderr)


class Guesses(LoginCase):
    def test_the_eleventh_is_not_asked(self):
        """Security row 16, over new connections; protocols/ws/ws_login_test.cpp waits for the end of the lock."""
        device, port = self.start()
        for n in range(10):
            with Client(port) as thief:
                self.assertEqual(thief.answer(f"guess {n}"), "wrong")
        with Client(port) as thief:
            self.assertEqual(thief.said(), login("locked"))
            self.assertEqual(thief.close_code(), 1008)
        self.assertEqual(status(port)["last"]["code"], "auth_failed")
        done = self.run_to(("push", self.image("2.0.0")), port, check=False)
        self.assertIn("Too many wrong passwords; wait a minute.", done.stderr)

    def test_a_challenge_is_good_once(self):
        device, port = self.start()
        with Client(port) as client:
            first = client.challenge()
            self.assertEqual(client.answer(challenge=first), "ok")
        with Client(port) as replay:
            self.assertNotEqual(replay.challenge(), first)
            self.assertEqual(replay.answer(challenge=first), "wrong")


if __name__ == "__main__":
    unittest.main()
