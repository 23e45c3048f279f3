"""The tests of one module: all of them or, where UPDRAFT_SWEEP=sample stands in the environment (under sanitizers, which
take ten times as long), every third one, others in each run. UPDRAFT_PART=1/3: of these a third, from the second one on.
Ends as `python3 -m unittest MODULE` does."""
import os
import sys
import unittest

from harness import sampled


def each(suite):
    for test in suite:
        yield from each(test) if isinstance(test, unittest.TestSuite) else [test]


if __name__ == "__main__":
    part, parts = map(int, os.environ.get("UPDRAFT_PART", "0/1").split("/"))
    tests = list(each(unittest.defaultTestLoader.loadTestsFromNames(sys.argv[1:])))[part::parts]
    done = unittest.TextTestRunner().run(unittest.TestSuite(sampled(tests, 3)))
    sys.exit(not done.wasSuccessful())
