"""A proxy between two ends of a TCP connection that resets both after so many bytes toward one of them."""
import select
import socket
import struct
import threading

HOST = "127.0.0.1"


def reset(peer):
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


class CuttingProxy:
    """Listens on `port` and connects to `target`. `answers`: what is counted comes back from the target; else it is what
    goes there. Each connection is cut after `most` bytes; a later one may have another number."""

    def __init__(self, target, most, answers=False):
        self.target, self.most, self.answers = target, most, answers
        self.carried = 0  # bytes that are counted, of all connections
        self.listener = socket.create_server((HOST, 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()

    def _serve(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            try:
                server = socket.create_connection((HOST, self.target))
            except OSError:
                reset(client)
                continue
            try:
                self._carry(client, server)
            except OSError:
                pass  # one of them had enough
            reset(client)
            reset(server)

    def _carry(self, client, server):
        left = self.most
        open_ends = {client: server, server: client}
        while open_ends:
            for source in select.select(list(open_ends), [], [])[0]:
                sink = server if source is client else client
                data = source.recv(4096)
                if not data:
                    sink.shutdown(socket.SHUT_WR)
                    del open_ends[source]
                    continue
                if (source is server) == self.answers:
                    data = data[:left]
                    left -= len(data)
                    self.carried += len(data)
                sink.sendall(data)
                if left == 0:
                    return
