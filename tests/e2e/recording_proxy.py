"""A proxy that writes down what both ends say, and who says it all again later."""
import select
import socket
import threading

from between import HOST, Between


def spoken(turns, who, data):
    """Adds to a list of [who, bytes], in which two speak by turns."""
    if turns and turns[-1][0] == who:
        turns[-1][1] += data
    else:
        turns.append([who, bytearray(data)])


class RecordingProxy(Between):
    """`sessions`: of each connection what was said, by turns."""

    def __init__(self, case, target):
        self.sessions = []
        super().__init__(case, target)

    def began(self):
        self.sessions.append([])
        return self.sessions[-1]

    def passes(self, session, who, data):
        spoken(session, who, data)
        return data


class RecordingRelay:
    """The same for datagrams of one client; `turns`: what was said."""

    def __init__(self, case, target):
        self.target, self.turns = target, []
        self.near, self.far = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for end in (self.near, self.far):
            end.bind((HOST, 0))
            case.addCleanup(end.close)
        self.port = self.near.getsockname()[1]
        threading.Thread(target=self._carry, daemon=True).start()

    def _carry(self):
        client = None
        try:
            while True:
                for source in select.select([self.near, self.far], [], [])[0]:
                    data, peer = source.recvfrom(65536)
                    if source is self.near:
                        client = peer
                        self.far.sendto(data, (HOST, self.target))
                    else:
                        self.near.sendto(data, client)
                    self.turns.append(("client" if source is self.near else "server", data))
        except (OSError, ValueError):
            pass  # the test is over


A_THIEF_WAITS = 3  # seconds for an answer that may never come; a login that failed is answered after one


def replay(port, turns):
    """Says what the client said, and waits for as much of an answer as there was; returns all that is answered now."""
    heard = bytearray()
    with socket.create_connection((HOST, port), timeout=A_THIEF_WAITS) as peer:
        try:
            for who, data in turns:
                if who == "client":
                    peer.sendall(data)
                elif not hear(peer, len(data), heard):
                    return bytes(heard)
            peer.shutdown(socket.SHUT_WR)
            hear(peer, None, heard)
        except OSError:
            pass  # the device had enough
    return bytes(heard)


def hear(peer, most, heard):
    """So many bytes, or all that come. False: the other end has gone."""
    end = None if most is None else len(heard) + most
    try:
        while end is None or len(heard) < end:
            part = peer.recv(65536)
            if not part:
                return False
            heard += part
    except TimeoutError:
        pass
    return True
