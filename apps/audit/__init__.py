"""Who did what and who read what: append-only, sealed, and the one timeline of everything."""
