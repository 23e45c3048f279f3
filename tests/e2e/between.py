"""A proxy before a TCP port, which sees what both ends say."""
import select
import socket

from accepting import Accepting

HOST = "127.0.0.1"


class Between(Accepting):
    """Between clients and the TCP port `target`. Of each connection: `began()` once, whose result comes with every piece to
    `passes(session, who, data)`, `who` being "client" or "server"; what that returns goes on."""

    def __init__(self, case, target):
        self.target = target
        super().__init__(case)

    def serve(self, client):
        session = self.began()
        with client:
            try:
                server = socket.create_connection((HOST, self.target))
            except OSError:
                return  # it restarts
            with server:
                self._carry({client: (server, "client"), server: (client, "server")}, session)

    def _carry(self, ends, session):
        try:
            while ends:
                for source in select.select(list(ends), [], [])[0]:
                    sink, who = ends[source]
                    data = source.recv(4096)
                    if data:
                        sink.sendall(self.passes(session, who, data))
                    else:
                        sink.shutdown(socket.SHUT_WR)
                        del ends[source]
        except OSError:
            pass  # one of them had enough
