"""A small HTTP and WebSocket client on sockets (RFC 6455), written from the specification only."""
import base64
import hashlib
import json
import os
import socket
import struct

from harness import PATIENCE

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10


class Refused(Exception):
    """The handshake was answered with another status."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body}")
        self.status = status


def read_head(sock):
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            raise ConnectionError(f"closed within the head: {head!r}")
        head += byte
    lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.split(": ", 1) for line in lines[1:] if line)
    return int(lines[0].split()[1]), fields


def request(port, target="/ota/status", method="GET", raw=None, connect=socket.create_connection, **fields):
    """One request; `raw` sends these bytes in its place. Returns status, fields and body."""
    with connect(("127.0.0.1", port), timeout=PATIENCE) as sock:
        if raw is None:
            fields = {"Host": f"127.0.0.1:{port}", **{k.replace("_", "-"): v for k, v in fields.items()}}
            lines = [f"{method} {target} HTTP/1.1"] + [f"{k}: {v}" for k, v in fields.items() if v is not None]
            raw = ("\r\n".join(lines) + "\r\n\r\n").encode()
        sock.sendall(raw)
        status, got = read_head(sock)
        body = b""
        while more := sock.recv(65536):
            body += more
        return status, got, body


def status(port, **options):
    return json.loads(request(port, **options)[2])


class WebSocket:
    def __init__(self, port, path="/ota/ws", connect=socket.create_connection, **fields):
        self.sock = connect(("127.0.0.1", port), timeout=PATIENCE)
        key = base64.b64encode(os.urandom(16)).decode()
        fields = {"Host": f"127.0.0.1:{port}", "Upgrade": "websocket", "Connection": "Upgrade",
                  "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13", **fields}
        lines = [f"GET {path} HTTP/1.1"] + [f"{k}: {v}" for k, v in fields.items() if v is not None]
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        code, got = read_head(self.sock)
        if code != 101:
            self.close()
            raise Refused(code, got)
        accept = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        assert got["Sec-WebSocket-Accept"] == base64.b64encode(accept).decode()

    def close(self):
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @staticmethod
    def frame(opcode, payload=b"", final=True, mask=b"\x11\x22\x33\x44", length=None):
        """The bytes of a frame; `length` announces another one than the payload has."""
        size = len(payload) if length is None else length
        head = bytes([(0x80 if final else 0) | opcode])
        flag = 0x80 if mask else 0
        if size < 126:
            head += bytes([flag | size])
        elif size < 65536:
            head += bytes([flag | 126]) + struct.pack(">H", size)
        else:
            head += bytes([flag | 127]) + struct.pack(">Q", size)
        if mask:
            payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload))
        return head + mask + payload

    def send(self, payload, **options):
        opcode = BINARY if isinstance(payload, bytes) else TEXT
        payload = payload if isinstance(payload, bytes) else payload.encode()
        self.sock.sendall(self.frame(opcode, payload, **options))

    def exactly(self, size):
        data = b""
        while len(data) < size:
            part = self.sock.recv(size - len(data))
            if not part:
                raise ConnectionError("closed")
            data += part
        return data

    def next_frame(self):
        first, size = self.exactly(2)
        assert size < 128, "a server never masks"
        if size == 126:
            size, = struct.unpack(">H", self.exactly(2))
        elif size == 127:
            size, = struct.unpack(">Q", self.exactly(8))
        return first & 15, self.exactly(size)

    def hear(self):
        """The next text message."""
        opcode, payload = self.next_frame()
        assert opcode == TEXT, (opcode, payload)
        return payload.decode()

    def close_code(self):
        """The code of the close frame that must come next."""
        opcode, payload = self.next_frame()
        assert opcode == CLOSE, (opcode, payload)
        return struct.unpack(">H", payload[:2])[0]

    def start(self, size):
        """Says otaSize; returns the chunk size."""
        self.send(f'{{"name":"otaSize","value":{size}}}')
        chunk = json.loads(self.hear())
        assert chunk["name"] == "otaSetChunkSize", chunk
        assert self.hear() == '{"name":"otaGetChunk","value":0}'
        return chunk["value"]

    def push(self, image, of=None):
        """As the original page does; returns the last message. `of`: the size, if `image` is cut short."""
        chunk = self.start(of or len(image))
        at = 0
        while True:
            self.send(image[at:at + chunk])
            answer = json.loads(self.hear())
            at = answer["value"]
            if answer["name"] != "otaGetChunk" or at >= len(image):
                return answer
