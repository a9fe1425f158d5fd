"""`manage.py create_administrator`: the first person of a new installation."""

import getpass
import os
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.accounts import operations
from apps.accounts.actors import Careteam
from apps.accounts.models import Site
from apps.accounts.permissions import Role
from apps.common.clock import app_now
from apps.common.refusals import Conflict, Refused


class Command(BaseCommand):
    """Make a site, where it is not there, and an administrator of it."""

    help = (
        "Makes an administrator, and the site when there is none of that code. "
        "Asks for the password, or reads CARETEAM_PASSWORD or CARETEAM_PASSWORD_FILE."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who and where."""
        parser.add_argument("--username", required=True)
        parser.add_argument("--name", required=True)
        parser.add_argument("--site-code", required=True)
        parser.add_argument("--site-name", default="")
        parser.add_argument("--time-zone", default="")
        parser.add_argument("--email", default="")

    def handle(self, *_: Any, **options: Any) -> None:
        """Make them, or say in one sentence why not."""
        password = self._password()
        try:
            with transaction.atomic():
                self._make(options, password)
        except Refused as refusal:
            fields = ", ".join(refusal.errors)
            raise CommandError(f"Nothing was made. {fields + ': ' if fields else ''}{refusal.detail}") from None
        self.stdout.write(f"{options['name']} can log in now at /admin/ as {options['username']}.")

    def _make(self, options: dict[str, Any], password: str) -> None:
        at = app_now()
        by = Careteam(at=at)
        site = Site.objects.filter(code=options["site_code"]).first() or operations.open_site(
            by=by, at=at, code=options["site_code"], name=options["site_name"], time_zone=options["time_zone"]
        )
        if not site.active:
            raise Conflict(f"The site {site.code} is not active: a role there would give nothing.")
        user = operations.add_user(
            by=by,
            at=at,
            username=options["username"],
            name=options["name"],
            email=options["email"],
            home_site=site,
            password=password,
        )
        operations.grant_role(user=user, site=site, role=Role.ADMINISTRATOR, by=by, at=at)

    def _password(self) -> str:
        """The password; without one the account would be made and could not be used."""
        password = self._from_environment() or self._asked()
        if not password:
            raise CommandError("Nothing was made. A password is needed: type one, or set CARETEAM_PASSWORD_FILE.")
        return password

    def _from_environment(self) -> str:
        file = os.environ.get("CARETEAM_PASSWORD_FILE")
        if not file:
            return os.environ.get("CARETEAM_PASSWORD", "")
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise CommandError(f"Nothing was made. The file {file} (CARETEAM_PASSWORD_FILE) cannot be read.") from None

    def _asked(self) -> str:
        if not sys.stdin.isatty():
            return ""
        password = getpass.getpass("Password (at least 12 characters): ")
        if password != getpass.getpass("The same again: "):
            raise CommandError("Nothing was made. The two passwords are not the same.")
        return password
