"""What this room tells the rooms above, inside its own transaction."""

from django.dispatch import Signal

#: Where somebody works, what they are there, or whether they work here at all has changed: arguments `user_id`, `at`.
user_changed = Signal()
