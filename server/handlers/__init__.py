"""Handlers: parse, call, reply. One noun a file."""
