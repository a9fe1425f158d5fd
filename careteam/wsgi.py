"""The web process: refuses to start when a route has no policy or the database is too old."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careteam.settings")

from django.core.wsgi import get_wsgi_application

from apps.api.startup import refuse_to_start_when_unsafe

application = get_wsgi_application()
refuse_to_start_when_unsafe()
