"""A device of ESPHome as it was (protocols/esphome/SPEC.md): one client at a time, reads of 1024 bytes, an acknowledgement for each
8192 bytes in version 2."""
import gzip
import hashlib
import secrets
import socket
import threading

PATIENCE = 60


class OriginalDevice:
    """`generation`: "v1", "v2", "sha256", "extended". `wants_gzip`: as an ESP8266. `fails`: an error byte in the place of the
    answer with that name: "magic", "login", "prepare", "end"; "leaves": closes after the last byte."""

    def __init__(self, case, password=None, generation="v2", wants_gzip=False, fails=None, byte=0x84):
        self.password, self.generation, self.wants_gzip, self.fails, self.byte = password, generation, wants_gzip, fails, byte
        self.images, self.features = [], None
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        self.port = self.listener.getsockname()[1]
        case.addCleanup(self.listener.close)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(PATIENCE)
                try:
                    error = self._update(peer)
                    if error:
                        peer.sendall(bytes([error]))
                except OSError:
                    pass

    @staticmethod
    def _read(peer, size):
        got = b""
        while len(got) < size:
            part = peer.recv(min(1024, size - len(got)))
            if not part:
                raise OSError("the host is gone")
            got += part
        return got

    def _log_in(self, peer):
        if self.password is None:
            peer.sendall(b"\x41")
            return True
        new = self.generation in ("sha256", "extended") and self.features & 2
        hash_of, chars = (hashlib.sha256, 64) if new else (hashlib.md5, 32)
        nonce = secrets.token_hex(chars // 2).encode()
        peer.sendall((b"\x02" if new else b"\x01") + nonce)
        cnonce, result = self._read(peer, chars), self._read(peer, chars)
        if hash_of(self.password.encode() + nonce + cnonce).hexdigest().encode() != result:
            return False
        peer.sendall(b"\x41")
        return True

    def _update(self, peer):
        if self._read(peer, 5) != b"\x6C\x26\xF7\x5C\x45" or self.fails == "magic":
            return 0x80
        version = 1 if self.generation == "v1" else 2
        peer.sendall(bytes([0, version]))
        self.features = self._read(peer, 1)[0]
        extended = self.generation == "extended" and self.features & 4
        packed = self.wants_gzip and self.features & 1
        peer.sendall(b"\x48\x00" if extended else b"\x46" if packed else b"\x40")
        if not self._log_in(peer) or self.fails == "login":
            return 0x82
        if extended and self._read(peer, 1) != b"\0":
            return 0x8E
        size = int.from_bytes(self._read(peer, 4), "big")
        if self.fails == "prepare":
            return self.byte
        peer.sendall(b"\x42")
        md5 = self._read(peer, 32)
        peer.sendall(b"\x43")
        data = b""
        while len(data) < size:
            data += self._read(peer, min(8192, size - len(data)))
            if version == 2:
                peer.sendall(b"\x47")
        if self.fails == "leaves":
            return None
        peer.sendall(b"\x44")
        if hashlib.md5(data).hexdigest().encode() != md5:
            return 0x8B
        if self.fails == "end":
            return self.byte
        self.images.append(gzip.decompress(data) if packed else data)
        peer.sendall(b"\x45")
        peer.recv(1)
        return None
