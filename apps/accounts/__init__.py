"""People and services, the sites they work at, what they may do there, and their tokens."""
