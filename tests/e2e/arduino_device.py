"""A device of the ArduinoOTA library as it was (protocols/arduino/SPEC.md): one nonce, no time-out in its login, an invitation in
it swallowed, one read and one count after the other, "OK" glued to the last one."""
import hashlib
import secrets
import socket
import threading

PATIENCE = 60
READ = 1460


def hex_of(hash_of, text):
    return hash_of(text.encode()).hexdigest()


def response(generation, password_hash, nonce, cnonce):
    if generation == "legacy":
        return hex_of(hashlib.md5, f"{password_hash}:{nonce}:{cnonce}")
    key = hashlib.pbkdf2_hmac("sha256", password_hash.encode(), f"{nonce}:{cnonce}".encode(), 10000).hex()
    return hex_of(hashlib.sha256, f"{key}:{nonce}:{cnonce}")


class OriginalDevice:
    """`generation`: "legacy" or "current". `stored`: what a current one holds, "sha256" or "md5" of the password.
    `habit`: "usual"; "waits" starts in a login that somebody left; "deaf" says OK and calls nobody; "slot too small" refuses with
    a line; "no result" takes everything and closes; "drops" loses the first reply."""

    def __init__(self, case, password=None, generation="current", stored="sha256", habit="usual"):
        self.password, self.generation, self.habit = password, generation, habit
        weak = generation == "legacy" or stored == "md5"
        self.hash = hex_of(hashlib.md5 if weak else hashlib.sha256, password) if password else None
        self.images = []  # command and bytes of what was taken
        self.invitations = 0
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.port = self.udp.getsockname()[1]
        case.addCleanup(self.udp.close)
        self.nonce = "0" * 32 if habit == "waits" else None
        self.invitation = None
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                data, peer = self.udp.recvfrom(1500)
            except OSError:
                return
            reply = self._hear(data.decode(), peer)
            if self.habit == "drops" and reply:
                self.habit = "usual"
                continue
            if reply:
                self.udp.sendto(reply.encode(), peer)
            if reply == "OK" and self.habit != "deaf":
                self._update(peer[0], *self.invitation)

    def _hear(self, text, peer):
        command, *rest = text.split()
        if self.nonce is not None:  # WAITAUTH
            nonce, self.nonce = self.nonce, None
            if command != "200":
                return None
            chars = 32 if self.generation == "legacy" else 64
            if [len(one) for one in rest] != [chars, chars]:
                return None
            right = response(self.generation, self.hash, nonce, rest[0]) == rest[1]
            return "OK" if right else "Authentication Failed"
        if command not in ("0", "100") or len(rest) != 3 or len(rest[2]) != 32:
            return None
        self.invitations += 1
        self.invitation = (int(command), int(rest[0]), int(rest[1]), rest[2])
        if self.password is None:
            return "OK"
        self.nonce = hashlib.md5(b"1234567").hexdigest() if self.generation == "legacy" else secrets.token_hex(32)
        return "AUTH " + self.nonce

    def _update(self, host, command, port, size, md5):
        with socket.create_connection((host, port), timeout=PATIENCE) as peer:
            if self.habit == "slot too small":
                peer.sendall(b"ERROR[4]: Not Enough Space\r\n")
                return
            got = b""
            while len(got) < size:
                part = peer.recv(READ)
                if not part:
                    return
                got += part
                peer.sendall(str(len(part)).encode())
            if hashlib.md5(got).hexdigest() != md5:
                peer.sendall(b"ERROR[8]: MD5 Check Failed\r\n")
                return
            self.images.append((command, got))
            if self.habit != "no result":
                peer.sendall(b"OK")
