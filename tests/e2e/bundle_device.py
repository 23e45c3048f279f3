"""A device of micropython-socket-ota as it was (protocols/bundle/SPEC.md section 6): one client at a time, one recv for each fixed
field, the stream into a temporary file, then every file in place; what was written before a failure stays."""
import hashlib
import json
import pathlib
import secrets
import socket
import threading
import zlib

PATIENCE = 60
PIECE = 1024


class OriginalDevice:
    """`root` is its file system; `free` its room in bytes."""

    def __init__(self, case, root, password, free=16 << 20):
        self.root, self.password, self.free = pathlib.Path(root), password, free
        self.root.mkdir()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        self.port = self.listener.getsockname()[1]
        case.addCleanup(self.listener.close)
        threading.Thread(target=self._serve, daemon=True).start()

    def files(self):
        return {str(p.relative_to(self.root)): p.read_bytes() for p in self.root.rglob("*") if p.is_file()}

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                client.settimeout(PATIENCE)
                try:
                    if self._update(client):
                        client.sendall(b"UPDATE_SUCCESS")
                except Exception:  # pylint: disable=broad-exception-caught
                    try:
                        client.sendall(b"FAIL")
                    except OSError:
                        pass

    def _log_in(self, client):
        for _ in range(3):
            challenge = secrets.token_hex(4)
            client.sendall(challenge.encode())
            if client.recv(64).decode() == hashlib.sha256((challenge + self.password).encode()).hexdigest():
                client.sendall(b"OK")
                return True
            client.sendall(b"AUTH_FAIL")
        return False

    def _update(self, client):
        if not self._log_in(client):
            return False
        length = int(client.recv(10).decode().strip())
        client.sendall(b"OK")
        metadata = json.loads(self._read(client, length))
        client.sendall(b"OK")
        if self.free < metadata["compressed_size"] + metadata["total_uncompressed"]:
            raise OSError("no room")
        unpacked = zlib.decompressobj(-15)
        plain = unpacked.decompress(self._read(client, metadata["compressed_size"]))
        at = 0
        for file in metadata["files"]:
            target = self.root / file["path"]
            if "/" in file["path"] and not target.parent.is_dir():
                target.parent.mkdir()  # one level
            target.write_bytes(plain[at:at + file["size"]])
            at += file["size"]
        return True

    @staticmethod
    def _read(client, size):
        got = b""
        while len(got) < size:
            part = client.recv(min(PIECE, size - len(got)))
            if not part:
                raise OSError("the client is gone")
            got += part
        return got
