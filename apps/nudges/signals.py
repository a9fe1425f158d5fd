"""What this room tells the rooms above, inside its own transaction."""

from django.dispatch import Signal

#: Somebody has said “I have it”, who had not it before: arguments `nudge`, `by`, `at`. The nudge is locked and changed already.
nudge_acknowledged = Signal()
#: Another person than before is asked: arguments `nudge`, `at`. Whom `ask` asks first stands on the nudge that it returns;
#: that is not told here, since the matter does not point at its nudge yet.
nudge_climbed = Signal()
