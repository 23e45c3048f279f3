"""Uploads by HTTP as programs make them, on sockets and by curl."""
import http.client
import json
import socket
import subprocess
import time
import uuid

from harness import PATIENCE
from ws_client import read_head

HOST = "127.0.0.1"


def once_free(upload):
    """What `upload` gives, as soon as the device has seen that the one before has gone: until then it is busy."""
    deadline = time.monotonic() + PATIENCE
    while (answer := upload())[0] == 503 and time.monotonic() < deadline:
        pass
    return answer


def curl(url, *arguments, check=True):
    """Status and body; -s, so that nothing else is printed."""
    done = subprocess.run(["curl", "-s", "-S", "--max-time", str(PATIENCE), "-w", "\n%{http_code}", *map(str, arguments), url],
                          capture_output=True, timeout=PATIENCE + 5, check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"curl {arguments} {url}: {done.returncode} {done.stderr.decode()}")
    body, _, status = done.stdout.rpartition(b"\n")
    return int(status or 0), body.decode()


def form(data, boundary=None, name="file", filename="app.bin", before=b""):
    """A form's body and its Content-Type; without a boundary one as Python's requests makes it: hex digits."""
    boundary = boundary or uuid.uuid4().hex
    line = b"--" + boundary.encode()
    head = (f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n").encode()
    return before + line + b"\r\n" + head + data + b"\r\n" + line + b"--\r\n", f"multipart/form-data; boundary={boundary}"


def post(port, path, body, content_type=None, **fields):
    """As http.client sends it. Status, body, fields."""
    client = http.client.HTTPConnection(HOST, port, timeout=PATIENCE)
    fields = {key.replace("_", "-"): value for key, value in fields.items()}
    if content_type:
        fields["Content-Type"] = content_type
    client.request("POST", path, body, fields)
    answer = client.getresponse()
    said = answer.read().decode()
    client.close()
    return answer.status, said, answer.headers


class Slow:
    """A client that has time: sends what it is told to, piece by piece."""

    def __init__(self, port, path, length, *lines):
        self.sock = socket.create_connection((HOST, port), timeout=PATIENCE)
        head = [f"POST {path} HTTP/1.1", f"Host: {HOST}:{port}", *lines]
        if length is not None:
            head.append(f"Content-Length: {length}")
        self.sock.sendall(("\r\n".join(head) + "\r\n\r\n").encode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, data, pause=0):
        self.sock.sendall(data)
        if pause:
            time.sleep(pause)

    def answer(self):
        """Status, fields, body; a 100 Continue is an answer without the rest."""
        status, fields = read_head(self.sock)
        body = b""
        while status >= 200 and (more := self.sock.recv(65536)):
            body += more
        return status, fields, body.decode()


def said(body):
    return json.loads(body)
