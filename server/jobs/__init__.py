"""Jobs: what was accepted, where it stands, what it gave. What is accepted is never lost."""
