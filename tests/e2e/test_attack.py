"""A short run of attack.py; `./check nightly attacks` takes twenty minutes of it."""
import random
import unittest

import attack


class Attack(unittest.TestCase):
    def test_strangers_at_every_door_and_the_owner_gets_through(self):
        attack.attack(minutes=0.15, seed=random.SystemRandom().randrange(1 << 20))


if __name__ == "__main__":
    unittest.main()
