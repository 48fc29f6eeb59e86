"""A discrete-event simulation of a fleet, driven by the scheduling policy that the server uses."""
