"""Names the admin site of the house; apart from it, because Django reads this before any model is loaded."""

from django.contrib.admin.apps import AdminConfig


class HouseAdminConfig(AdminConfig):
    """Makes the house's admin site the default one."""

    default_site = "apps.rest.admin_site.HouseAdminSite"
