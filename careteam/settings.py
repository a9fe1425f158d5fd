"""Every setting, read from the environment; `NAME_FILE` may name a file that holds the value of `NAME`.

A missing or unreadable value stops the start with one sentence that says what to set. There is no default secret.
"""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from careteam.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()


def read(name: str, kind: str = "str", example: str = "", **options: Any) -> Any:
    """The setting called `name`, or a stop of the whole process with one sentence that says what to set."""
    try:
        return getattr(env, kind)(name, **options)
    except (ImproperlyConfigured, ValueError, OSError, KeyError) as error:
        sentence = f"careteam cannot start: set {name} (or {name}_FILE) in the environment"
        raise SystemExit(f"{sentence}{', for example ' + example if example else ''} ({error}).") from None


DEBUG = read("DEBUG", "bool", "DEBUG=false", default=False)
DEMO = read("DEMO", "bool", "DEMO=false", default=False)
CLOCK_MOVABLE = read("CLOCK_MOVABLE", "bool", "CLOCK_MOVABLE=false", default=False)
SECRET_KEY = read("SECRET_KEY", example="the output of: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'")
if not SECRET_KEY.strip():
    raise SystemExit("careteam cannot start: SECRET_KEY is empty; set it to a long random value.")
ALLOWED_HOSTS = read(
    "ALLOWED_HOSTS", "list", "ALLOWED_HOSTS=careteam.hospital.example", default=["127.0.0.1", "localhost"]
)
CSRF_TRUSTED_ORIGINS = read("CSRF_TRUSTED_ORIGINS", "list", "https://careteam.hospital.example", default=[])
TRUSTED_PROXIES = read("TRUSTED_PROXIES", "int", "TRUSTED_PROXIES=1", default=0)

DATABASES = {
    "default": {
        **read("DATABASE_URL", "db_url", "DATABASE_URL=postgres://careteam:PASSWORD@127.0.0.1:5432/careteam"),
        "CONN_MAX_AGE": read("CONN_MAX_AGE", "int", "CONN_MAX_AGE=600", default=600),
        "CONN_HEALTH_CHECKS": True,
    }
}
if "postgresql" not in DATABASES["default"].get("ENGINE", ""):
    raise SystemExit(
        "careteam cannot start: DATABASE_URL must name a PostgreSQL database (postgres://…), the only one supported."
    )
# PostgreSQL compiles a statement of which it expects much before it runs it: reading the pictures of 50 patients took 1.7 s so,
# and 30 ms without.
DATABASES["default"].setdefault("OPTIONS", {}).setdefault("options", "-c jit=off")
DATABASE_RUNTIME_ROLE = read("DATABASE_RUNTIME_ROLE", default="")
DATABASE_DIRECT_URL = read("DATABASE_DIRECT_URL", default="")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = read("REDIS_URL", example="REDIS_URL=redis://:PASSWORD@127.0.0.1:6379/0")
if REDIS_URL.startswith("unix:"):
    REDIS_URL = "redis+socket:" + REDIS_URL.removeprefix("unix:")

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "apps.rest.admin_config.HouseAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_prometheus",
    "apps.common",
    "apps.audit",
    "apps.accounts",
    "apps.rest",
    "apps.administration",
    "apps.knowledge",
    "apps.patients",
    "apps.teams",
    "apps.observations",
    "apps.nudges",
    "apps.plans",
    "apps.referrals",
    "apps.escalation",
    "apps.workspace",
    "apps.api",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "apps.rest.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.rest.middleware.ActorOfRequest",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "careteam.urls"
WSGI_APPLICATION = "careteam.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "DIRS": [BASE_DIR / "apps" / "rest" / "overrides"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["apps.accounts.authentication.PeopleBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in [
        ("UserAttributeSimilarityValidator", {"user_attributes": ("username", "name", "email")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    ]
]
LOGIN_URL = "/login/"
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The demo and tests speak plain HTTP on the loopback address; everything else is HTTPS or nothing.
HTTPS_ONLY = read("HTTPS_ONLY", "bool", "HTTPS_ONLY=true", default=not (DEBUG or DEMO))
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_HSTS_SECONDS = int(timedelta(days=365).total_seconds()) if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(read("STATIC_ROOT", default=str(BASE_DIR / ".data" / "static")))
# Files are found where the packages keep them, so that no collecting step can be forgotten.
WHITENOISE_USE_FINDERS = True
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.rest.authentication.TokenLogin",
        "apps.rest.authentication.SessionLogin",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.rest.permissions.PolicyPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.rest.parsers.StrictJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "apps.rest.schema.HouseSchema",
    "EXCEPTION_HANDLER": "apps.rest.problems.answer",
    "DEFAULT_VERSIONING_CLASS": None,
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "careteam",
    "DESCRIPTION": "The REST API of careteam. It informs people; it never orders, prescribes or diagnoses.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["apps.rest.permissions.PolicyPermission"],
    "SERVE_AUTHENTICATION": None,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "COMPONENT_NO_READ_ONLY_REQUIRED": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "AccountKindEnum": "apps.accounts.models.User.Kind",
        "SiteRoleEnum": "apps.administration.serializers.ROLES",
        "GivenRoleEnum": "apps.administration.serializers.GIVEN",
        "TeamRoleEnum": "apps.teams.models.Membership.Role",
        "SeverityEnum": "apps.nudges.models.Severity",
        "ClinicianSeverityEnum": "apps.escalation.serializers.CLINICIANS",
        "ConditionSeverityEnum": "apps.observations.models.Condition.Severity",
        "NudgeStateEnum": "apps.nudges.models.Nudge.State",
        "DeliveryStateEnum": "apps.nudges.models.Delivery.State",
        "DeliveryKindEnum": "apps.nudges.models.Delivery.Kind",
        "ResponseKindEnum": "apps.nudges.models.Response.Kind",
        "AssessmentKindEnum": "apps.observations.models.Assessment.Kind",
        "InstrumentKindEnum": "apps.knowledge.models.Instrument.Kind",
        "EscalationStateEnum": "apps.escalation.models.Escalation.State",
        "SourceEnum": "apps.escalation.models.Escalation.Source",
        "CriterionStateEnum": "apps.escalation.models.CriterionVersion.State",
        "CriterionOriginEnum": "apps.escalation.models.CriterionVersion.Origin",
        "CriterionKeyEnum": "apps.escalation.models.CriterionVersion.Key",
        "TrialKindEnum": "apps.escalation.models.Trial.Kind",
        "TrialStateEnum": "apps.escalation.models.Trial.State",
        "SiteValueStateEnum": "apps.escalation.models.SiteValue.State",
        "FactStatusEnum": "apps.observations.models.Fact.Status",
        "ChannelEnum": "apps.teams.models.Member.Channel",
        "MarkEnum": "apps.knowledge.models.Mark",
        "BulkStatusEnum": "apps.observations.serializers.BULK",
        "EntryKindEnum": "apps.workspace.serializers.ENTRY_KINDS",
        "ReferralStateEnum": "apps.referrals.models.referral.STATES",
    },
}
UNFOLD = {
    "SITE_TITLE": "careteam",
    "SITE_HEADER": "careteam",
    "SITE_SUBHEADER": "demo: invented people only" if DEMO else None,
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "apps.administration.banner.environment",
    "SITE_ICON": "/static/house/mark.svg",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/house/mark.svg"}],
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": "apps.administration.menu.menu"},
}

# Where people reach us, as it stands in mails; and the mail server that takes them.
PUBLIC_URL = read("PUBLIC_URL", example="PUBLIC_URL=https://careteam.hospital.example", default="http://127.0.0.1:8000")
#: A folder of the hospital's own journeys, read beside the shipped ones when a criterion is tested. Empty: none.
JOURNEYS = read("JOURNEYS", default="")
EMAIL_HOST = ""
if mail := read("EMAIL_URL", "str", default=""):
    vars().update(env.email_url_config(mail))
DEFAULT_FROM_EMAIL = read(
    "EMAIL_FROM", example="careteam <careteam@hospital.example>", default="careteam <careteam@localhost>"
)
# The folder in which the demo's mail server keeps what it takes; the demo shows it as a mailbox.
DEMO_MAILBOX = read("DEMO_MAILBOX", default="")

# Hints only: no results, no retries that block a request, no time kept in the broker.
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": 0.3,
    "socket_keepalive": True,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "housekeeping"
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_QUEUES: dict[str, dict[str, str]] = {
    name: {} for name in ("emergency", "deliveries", "steps", "evaluation", "housekeeping", "trials")
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_TIME_LIMIT = 300
CELERY_ENABLE_UTC = True

LOG_FORMAT = read("LOG_FORMAT", "str", "LOG_FORMAT=json", default="json")
LOGGING_CONFIG = None
logging_config(LOG_FORMAT)
