"""Noise_NNpsk0_25519_ChaChaPoly_SHA256 in ESPHome's frames, from the specifications alone: the other side of our own."""
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

NAME = b"Noise_NNpsk0_25519_ChaChaPoly_SHA256"


def mac(key, data):
    return hmac.new(key, data, hashlib.sha256).digest()


def derive(chaining, data, count):
    key, made = mac(chaining, data), []
    for number in range(1, count + 1):
        made.append(mac(key, (made[-1] if made else b"") + bytes([number])))
    return made


class Cipher:
    def __init__(self, key):
        self.aead, self.count = ChaCha20Poly1305(key), 0

    def _nonce(self):
        self.count += 1
        return bytes(4) + (self.count - 1).to_bytes(8, "little")

    def seal(self, plain, ad=b""):
        return self.aead.encrypt(self._nonce(), plain, ad)

    def open(self, sealed, ad=b""):
        return self.aead.decrypt(self._nonce(), sealed, ad)


class Noise:
    """Over `read(size)` and `write(bytes)`; `clear`: the ten bytes before, in order."""

    def __init__(self, read, write, key, clear, initiator):
        self.read, self.write = read, write
        self.plain = b""
        self.hash = self.chaining = hashlib.sha256(NAME).digest()
        self._mix_hash(b"NoiseOTAInit" + clear)
        self.chaining, to_hash, cipher = derive(self.chaining, key, 3)
        self._mix_hash(to_hash)
        self.cipher = Cipher(cipher)
        self.private = X25519PrivateKey.generate()
        if initiator:
            self._say()
            self._hear(shared=True)
        else:
            self._hear()
            self._say(shared=True)
        first, second = derive(self.chaining, b"", 2)
        self.sends, self.receives = (Cipher(first), Cipher(second)) if initiator else (Cipher(second), Cipher(first))

    def _mix_hash(self, data):
        self.hash = hashlib.sha256(self.hash + data).digest()

    def _mix_key(self, data):
        self.chaining, key = derive(self.chaining, data, 2)
        self.cipher = Cipher(key)

    def _point(self, point):
        self._mix_hash(point)
        self._mix_key(point)

    def _share(self):
        self._mix_key(self.private.exchange(X25519PublicKey.from_public_bytes(self.theirs)))

    def _say(self, shared=False):
        point = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self._point(point)
        if shared:
            self._share()
        tag = self.cipher.seal(b"", self.hash)
        self._mix_hash(tag)
        self._frame(b"\0" + point + tag)

    def _hear(self, shared=False):
        message = self._next()
        if message[0] != 0:
            raise PermissionError(message[1:].decode())
        self.theirs, tag = message[1:33], message[33:]
        self._point(self.theirs)
        if shared:
            self._share()
        try:
            self.cipher.open(tag, self.hash)
        except InvalidTag:
            self._frame(b"\1Handshake MAC failure")
            raise
        self._mix_hash(tag)

    def _frame(self, payload):
        self.write(b"\1" + len(payload).to_bytes(2, "big") + payload)

    def _next(self):
        head = self.read(3)
        if len(head) < 3:
            raise OSError("the other side is gone")
        return self.read(int.from_bytes(head[1:], "big"))

    def say(self, words):
        for at in range(0, len(words), 1024):
            self._frame(self.sends.seal(words[at:at + 1024]))

    def hear(self, size):
        while len(self.plain) < size:
            self.plain += self.receives.open(self._next())
        got, self.plain = self.plain[:size], self.plain[size:]
        return got
