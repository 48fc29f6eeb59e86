"""Values that the program makes."""
