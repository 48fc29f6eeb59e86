"""Readers of the text that pictures, videos, sounds and models carry; one file for each container.

Every reader takes a `Reader` and yields (key, text) as it finds them. All of them treat the file as hostile: lengths
are checked against the file before anything is read, loops are bounded, and text is limited.
"""
