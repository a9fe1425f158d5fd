"""The admin pages of accounts."""

from django.contrib import admin
from django.contrib.auth.models import Group

# Roles are code here; Django's groups would suggest rights that nothing looks at.
admin.site.unregister(Group)
