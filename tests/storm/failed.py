"""What a case raises when an invariant does not hold."""


class Failed(Exception):
    """The sentence says which invariant, and what was seen instead."""


def require(truth, sentence):
    if not truth:
        raise Failed(sentence)


def some(things):
    """The first few of them, for a sentence."""
    return ", ".join(str(thing) for thing in sorted(things)[:5]) + (" ..." if len(things) > 5 else "")
