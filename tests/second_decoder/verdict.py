"""What a decoder may answer: the errors of spec/delta.md, section 12."""


class Refused(Exception):
    """The patch does not become an image; `verdict` is one of the names of section 12."""

    def __init__(self, verdict: str, why: str):
        super().__init__(f"{verdict}: {why}")
        self.verdict = verdict


def damaged(why: str) -> Refused:
    return Refused("damaged", why)
