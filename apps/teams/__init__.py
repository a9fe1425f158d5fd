"""Members, care teams, cover and on-call: who is there for whom, and since when."""
