"""A proxy before a TCP port that changes one bit of what goes there, once."""
from between import Between


class FlippingProxy(Between):
    """Of the first connection that brings so much, byte `at` arrives with bit `bit` changed. `carried`: of each connection,
    the bytes that went to the target."""

    def __init__(self, case, target, at, bit):
        self.at, self.bit = at, bit
        self.flipped = False
        self.carried = []
        super().__init__(case, target)

    def began(self):
        self.carried.append(0)
        return len(self.carried) - 1

    def passes(self, session, who, data):
        return self._changed(data, session) if who == "client" else data

    def _changed(self, data, number):
        begin = self.carried[number]
        self.carried[number] += len(data)
        if self.flipped or not begin <= self.at < begin + len(data):
            return data
        self.flipped = True
        changed = bytearray(data)
        changed[self.at - begin] ^= 1 << self.bit
        return bytes(changed)
