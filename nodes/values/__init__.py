"""Plain values: expressions of numbers, texts with choices and wildcards. No torch."""
