"""What this room tells the rooms above, inside its own transaction."""

from django.dispatch import Signal

#: A referral was moved: arguments `referral`, `by`, `at`. Its state is the new one.
referral_moved = Signal()
