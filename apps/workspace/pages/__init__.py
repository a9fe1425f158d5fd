"""The plain pages of a member: inbox, matter, and what can be done about it. They work on a phone and without scripts."""
