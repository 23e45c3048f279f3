"""A proxy before a TCP port that changes one bit of what goes there, once."""
import select
import socket

from accepting import Accepting

HOST = "127.0.0.1"


class FlippingProxy(Accepting):
    """Between clients and the port `target`. Of the first connection that brings so much, byte `at` arrives with bit
    `bit` changed. `carried`: of each connection, the bytes that went to the target."""

    def __init__(self, case, target, at, bit):
        self.target, self.at, self.bit = target, at, bit
        self.flipped = False
        self.carried = []
        super().__init__(case)

    def serve(self, client):
        number = len(self.carried)
        self.carried.append(0)
        with client:
            try:
                server = socket.create_connection((HOST, self.target))
            except OSError:
                return  # it restarts
            with server:
                self._carry({client: server, server: client}, client, number)

    def _carry(self, ends, client, number):
        try:
            while ends:
                for source in select.select(list(ends), [], [])[0]:
                    data = source.recv(4096)
                    if not data:
                        ends[source].shutdown(socket.SHUT_WR)
                        del ends[source]
                        continue
                    ends[source].sendall(self._changed(data, number) if source is client else data)
        except OSError:
            pass  # one of them had enough

    def _changed(self, data, number):
        begin = self.carried[number]
        self.carried[number] += len(data)
        if self.flipped or not begin <= self.at < begin + len(data):
            return data
        self.flipped = True
        changed = bytearray(data)
        changed[self.at - begin] ^= 1 << self.bit
        return bytes(changed)
