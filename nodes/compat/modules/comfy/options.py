"""`comfy.options`: whether the command line is read when `comfy.cli_args` is imported. It never is."""

args_parsing = False


def enable_args_parsing(enable: bool = True) -> None:
    """Have it read; Graphcore has read it."""
    global args_parsing
    args_parsing = enable
