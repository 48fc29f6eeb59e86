from graphcore import Pack

pack = Pack("grainy")


@pack.node()
def double(x: int = 1) -> int:
    """Twice the number."""
    return 2 * x


@pack.node()
def total(first: int = 1, *others: int) -> int:
    """The sum of as many numbers as there are."""
    return first + sum(others)
