"""Web servers as tests need them: whatever they do with a request for firmware."""
import contextlib
import http.server
import socketserver
import ssl
import subprocess
import threading

from harness import PATIENCE


class Server:
    """Whatever `answer` does with a GET or a POST; `tls`: an ssl.SSLContext."""

    def __init__(self, case, answer, tls=None):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                with contextlib.suppress(OSError):
                    answer(self)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        case.addCleanup(self.server.server_close)
        case.addCleanup(self.server.shutdown)
        self.host = f"127.0.0.1:{self.server.server_address[1]}"
        self.url = f"{'https' if tls else 'http'}://{self.host}/app.bin"


class Held(Server):
    """Gives the first bytes, and the rest when it is told to."""

    def __init__(self, case, body, first):
        self.released = threading.Event()
        case.addCleanup(self.released.set)

        def answer(handler):
            give(handler, body, cut=first)
            handler.wfile.flush()
            if self.released.wait(PATIENCE):
                handler.wfile.write(body[first:])

        super().__init__(case, answer)


def give(handler, body, length=True, cut=None, status=200, headers=()):
    """An answer; `length`: what Content-Length says, True for what is right, None for none."""
    handler.send_response(status)
    if length is not None:
        handler.send_header("Content-Length", str(len(body) if length is True else length))
    for name, value in headers:
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body[:cut])


def redirect(handler, where):
    give(handler, b"", status=302, headers=[("Location", where)])


class PrivateCa:
    """Its certificate (`cert`), and what a server needs that it signed: `tls(name)`."""

    def __init__(self, folder):
        self.folder = folder
        self.cert = folder / "ca.pem"
        self._openssl("req", "-x509", *self._new("ca.key"), "-out", self.cert, "-days", "2", "-subj", "/CN=our CA")

    def tls(self, name="IP:127.0.0.1"):
        key, cert = self.folder / "server.key", self.folder / "server.pem"
        self._openssl("req", "-x509", *self._new("server.key"), "-CA", self.cert, "-CAkey",
                      self.folder / "ca.key", "-out", cert, "-days", "2", "-subj", "/CN=server", "-addext",
                      f"subjectAltName={name}", "-addext", "basicConstraints=critical,CA:FALSE")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        return context

    def _new(self, key):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.folder / key]

    @staticmethod
    def _openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)
