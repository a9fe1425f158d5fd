"""What this room tells the rooms above, inside its own transaction."""

from django.dispatch import Signal

#: To whom somebody belongs, for whom they stand in, or whether they can be asked at all has changed: arguments `user_id`, `at`.
member_changed = Signal()
