"""A web server with files, as a plain one answers: ranges, ETag, not modified. It counts what it sent."""
import threading
import time

from web_server import Server, give

PIECE = 8192


class FileServer(Server):
    """`body` may be replaced at any time. `spoil(handler)` may answer in its place: then it returns True."""

    def __init__(self, case, body, tls=None, ranges=True, pause=0.0, spoil=None):
        self.body, self.ranges, self.pause, self.spoil = body, ranges, pause, spoil
        self.version, self.sent, self.requests = 1, 0, []
        self.lock = threading.Lock()
        super().__init__(case, self.answer, tls)

    def replace(self, body):
        with self.lock:
            self.body, self.version = body, self.version + 1

    def etag(self):
        return f'"v{self.version}"'

    def asked(self, field):
        """What each request said there."""
        return [headers.get(field) for headers in self.requests]

    def settled(self):
        """Nothing goes out any more."""
        before = self.sent
        time.sleep(0.2)
        return self.sent == before

    def answer(self, handler):
        handler.protocol_version = "HTTP/1.1"
        with self.lock:
            body, etag = self.body, self.etag()
            self.requests.append(dict(handler.headers))
        if self.spoil and self.spoil(handler):
            handler.close_connection = True
            return
        if handler.headers.get("If-None-Match") == etag:
            give(handler, b"", length=None, status=304, headers=[("ETag", etag)])
            return
        wanted = handler.headers.get("Range")
        still = handler.headers.get("If-Range")
        if not self.ranges or not wanted or (still and still != etag):
            self.pour(handler, body, [("ETag", etag)])
            return
        first, last = (int(n) for n in wanted.removeprefix("bytes=").split("-"))
        last = min(last, len(body) - 1)
        self.pour(handler, body[first:last + 1],
                  [("ETag", etag), ("Content-Range", f"bytes {first}-{last}/{len(body)}")], status=206)

    def pour(self, handler, body, headers, status=200):
        give(handler, body, cut=0, status=status, headers=headers)
        for at in range(0, len(body), PIECE):
            handler.wfile.write(body[at:at + PIECE])
            self.sent += len(body[at:at + PIECE])
            time.sleep(self.pause)
