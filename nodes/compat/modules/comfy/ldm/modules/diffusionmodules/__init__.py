"""A package of the reference; see the modules in it."""
