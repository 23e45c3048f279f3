"""Clients that hold a listener's places: they send a byte, drip, and come back as soon as they are dropped."""
import selectors
import socket
import threading
import time

HOST = "127.0.0.1"
CLIENTS = 47
DRIP = 1.0            # seconds from byte to byte
FIRST = {"raw": b"\xe9", "bundle": b"0", "ws": b"G", "wss": b"\x16", "esphome": b"\x6c", "native": b"\x16"}
UPGRADE = (b"GET /ota/ws HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
UPLOAD = (b"POST %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 90000\r\n\r\n"
          b"--b\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\n")


class Strangers:
    """In a thread of their own, as long as the block runs."""

    def __init__(self):
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        raise NotImplementedError


class Crowd(Strangers):
    """CLIENTS of one port, from `source`, in one thread. `greets`: they complete a WebSocket's handshake before they drip, or the
    head of an upload, which `path` names."""

    def __init__(self, scheme, port, greets=False, clients=CLIENTS, source=HOST, path=None):
        self.scheme, self.port, self.greets, self.clients, self.source = scheme, port, greets, clients, source
        self.path = path
        self.connects = 0
        super().__init__()

    def _first(self):
        if self.path:
            return UPLOAD % (self.path, self.port)
        return UPGRADE % self.port if self.greets else FIRST[self.scheme]

    def _connect(self, selector):
        peer = socket.socket()
        peer.setblocking(False)
        peer.bind((self.source, 0))
        peer.connect_ex((HOST, self.port))
        selector.register(peer, selectors.EVENT_READ, {"next": 0.0})
        self.connects += 1

    def _drop(self, selector, peer):
        selector.unregister(peer)
        peer.close()

    def _run(self):
        with selectors.DefaultSelector() as selector:
            while not self._stop.is_set():
                while len(selector.get_map()) < self.clients:
                    self._connect(selector)
                for key, _ in selector.select(0.05):
                    try:
                        if key.fileobj.recv(4096):
                            continue
                    except BlockingIOError:
                        continue
                    except OSError:
                        pass
                    self._drop(selector, key.fileobj)
                self._drip(selector)
                self._stop.wait(0.005)
            for key in list(selector.get_map().values()):
                self._drop(selector, key.fileobj)

    def _drip(self, selector):
        now = time.monotonic()
        for key in list(selector.get_map().values()):
            if key.data["next"] > now:
                continue
            try:
                key.fileobj.send(self._first() if key.data["next"] == 0.0 else self._first()[:1])
                key.data["next"] = now + DRIP
            except BlockingIOError:
                pass  # not connected yet
            except OSError:
                self._drop(selector, key.fileobj)


class Inviters(Strangers):
    """CLIENTS addresses that invite a device of ArduinoOTA every second, and go no further."""

    def __init__(self, port):
        self.port, self.connects = port, 0
        super().__init__()

    def _run(self):
        peers = []
        for last in range(2, 2 + CLIENTS):
            peers.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            peers[-1].bind((f"127.0.0.{last}", 0))
        while not self._stop.is_set():
            for peer in peers:
                peer.sendto(b"0 9 100000 " + b"0" * 32 + b"\n", (HOST, self.port))
                self.connects += 1
                self._stop.wait(DRIP / CLIENTS)
        for peer in peers:
            peer.close()


class Announcer(Strangers):
    """One anonymous client that announces an update of its own every 30 s, and sends nothing of it."""

    def __init__(self, port):
        self.port = port
        super().__init__()

    def _run(self):
        while not self._stop.is_set():
            try:
                with socket.create_connection((HOST, self.port), timeout=5) as peer:
                    peer.sendall(UPGRADE % self.port)
                    text = b'{"name":"otaSize","value":100000}'
                    peer.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)
                    self._stop.wait(30)
            except OSError:
                self._stop.wait(0.1)
