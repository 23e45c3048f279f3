"""The tests of one module: all of them or, where UPDRAFT_SWEEP=sample stands in the environment (under sanitizers, which
take ten times as long), every second one, others in each run. Ends as `python3 -m unittest MODULE` does."""
import sys
import unittest

from harness import sampled


def each(suite):
    for test in suite:
        yield from each(test) if isinstance(test, unittest.TestSuite) else [test]


if __name__ == "__main__":
    tests = unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:])
    done = unittest.TextTestRunner().run(unittest.TestSuite(sampled(each(tests), 2)))
    sys.exit(not done.wasSuccessful())
