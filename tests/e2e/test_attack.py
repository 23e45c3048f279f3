"""Short runs of attack.py; `./check nightly attacks` takes half an hour of it."""
import random
import unittest

import attack
import harness


class Attack(unittest.TestCase):
    def test_strangers_at_every_door_and_the_owner_gets_through(self):
        attack.attack(minutes=0.15, seed=random.SystemRandom().randrange(1 << 20))

    def test_crowds_that_come_back_keep_no_push_out(self):
        attack.crowded(seconds=8, within=harness.PATIENCE)  # that they get in; how soon: nightly


if __name__ == "__main__":
    unittest.main()
