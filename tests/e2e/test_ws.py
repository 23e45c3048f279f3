"""ws:// from outside: updates, confirm and roll back by the original's messages, over a client of our own."""
import unittest

from harness import Case, inspect
from ws_client import BINARY, PING, PONG, Refused, WebSocket, request, status

RESTART = '{"name":"otaRestartEsp","value":"restart"}'
OK = {"name": "otaEnd", "value": "OK"}


def error(text):
    return {"name": "otaError", "value": text}


class WsCase(Case):
    def start(self, *arguments, unsigned=True, **options):
        device = self.device("--http", 0, *(["--allow-unsigned"] if unsigned else []), *arguments, **options)
        return device, device.port("ws")


class Update(WsCase):
    def test_update_restart_and_confirm(self):
        image = self.image("v2", "--version", "2.0.0").read_bytes()
        device, port = self.start()
        first = status(port)
        with WebSocket(port) as client:
            self.assertEqual(client.push(image), OK)
            self.assertEqual(status(port)["last"], {"result": "ok"})
            client.send(RESTART)
            self.assertEqual(client.close_code(), 1001, "the client is told before the restart")
        self.assertEqual(device.wait("update")["trust"], "unsigned")
        device.wait("reboot", reason="update")
        self.assertEqual(device.port("ws"), port, "it is found where it was")
        device.wait("confirm")
        now = status(port)
        self.assertEqual((now["version"], now["state"], now["slot"]), ("2.0.0", "valid", "ota_1"))
        self.assertNotEqual(now["boot"], first["boot"])
        self.assertEqual(now["previous"]["version"], first["version"])
        self.assertEqual(self.slot_bytes("ota_1")[:len(image)], image)

    def test_never_restarts_by_itself(self):
        image = self.image("v2", "--version", "2.0.0").read_bytes()
        device, port = self.start("--raw", 0)
        with WebSocket(port) as client:
            self.assertEqual(client.push(image), OK)
        device.wait("update", result="ok")
        self.assertEqual(status(port)["update"], "installed")
        device.say("reboot")
        device.wait("reboot", reason="console")
        self.assertEqual(device.wait("boot")["version"], "2.0.0")


if __name__ == "__main__":
    unittest.main()
