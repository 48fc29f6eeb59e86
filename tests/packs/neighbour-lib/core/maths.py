def triple(value):
    return 3 * value
