"""Which job runs next, and where: decisions without effects, shared by every kind of worker and by the simulation."""
