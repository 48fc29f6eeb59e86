"""Files that servers and workers pass on through one store, as they share no disks."""
