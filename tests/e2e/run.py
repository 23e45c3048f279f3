"""The tests of one module: all of them or, where UPDRAFT_SWEEP=sample stands in the environment (the preset sanitize says
so: sanitizers take a multiple of the time), every third one of those that feed a program what a stranger would, and every
tenth of the others; others in each run. UPDRAFT_PART=1/3: of these a third, from the second one on. Ends as
`python3 -m unittest MODULE` does."""
import os
import sys
import unittest

from harness import sampled


STRANGERS = ("test_attack", "test_dumps", "test_gate", "test_hostile", "test_inputs", "test_threats")


def each(suite):
    for test in suite:
        yield from each(test) if isinstance(test, unittest.TestSuite) else [test]


if __name__ == "__main__":
    one_in = 3 if sys.argv[1] in STRANGERS else 10
    part, parts = map(int, os.environ.get("UPDRAFT_PART", "0/1").split("/"))
    tests = list(each(unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:])))[part::parts]
    done = unittest.TextTestRunner().run(unittest.TestSuite(sampled(tests, one_in)))
    sys.exit(not done.wasSuccessful())
