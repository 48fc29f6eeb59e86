"""Packs as things on the disk: a fresh one, one that is added or removed, one that is checked before it is trusted."""
