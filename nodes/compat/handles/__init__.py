"""MODEL, CLIP, VAE and CONTROL_NET values as packs know them: objects to change, in front of our immutable handles.

A value is given to a pack in that form and taken back from it as one of ours (`boundary`), so that nothing a pack does
to its own copy reaches another node, and results stay cacheable.
"""
