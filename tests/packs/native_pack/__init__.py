from graphcore import Pack

pack = Pack("grainy")


@pack.node()
def double(x: int = 1) -> int:
    """Twice the number."""
    return 2 * x
