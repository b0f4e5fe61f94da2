"""Settings of a node. Everything that differs between nodes comes from the environment and files;
docs/reference/settings.md lists it."""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from ayni.config import demonstration, environment, ministry, wiring
from ayni.config.assets import close_asset
from ayni.lib.errors import Misconfigured

ROOT = Path(__file__).resolve().parent.parent
STATIC_ROOT = ROOT / "static_built" / "collected"

AYNI_NODE = environment.text("AYNI_NODE")
AYNI_HOME = Path(environment.text("AYNI_HOME"))
AYNI_HOST = environment.text("AYNI_HOST", f"{AYNI_NODE}.localhost")
# The names of the other two doors, where they have their own.
AYNI_HOST_PUBLIC = environment.text("AYNI_HOST_PUBLIC", AYNI_HOST)
AYNI_HOST_NODES = environment.text("AYNI_HOST_NODES", AYNI_HOST)
AYNI_DOORS = environment.doors("AYNI_DOORS")  # those that this process serves
AYNI_PROXIES = environment.networks("AYNI_PROXIES", "127.0.0.1,::1")
AYNI_DEMO = environment.flag("AYNI_DEMO")
NODES = ("ar", "bo", "br", "cl", "co", "ec", "pe", "py", "uy", "ve", "secretariat")
if AYNI_NODE not in NODES:
    raise Misconfigured(f"AYNI_NODE must be one of {', '.join(NODES)}")
_LOCAL = demonstration.is_local(AYNI_HOST)
demonstration.check_home(home=AYNI_HOME, host=AYNI_HOST, demo=AYNI_DEMO)

SECRET_KEY = environment.secret("DJANGO_SECRET_KEY", AYNI_HOME / "secrets" / "django.key")
DEBUG = False
ALLOWED_HOSTS = sorted(
    host
    for door, host in zip(
        environment.DoorName, (AYNI_HOST_PUBLIC, AYNI_HOST, AYNI_HOST_NODES), strict=True
    )
    if door in AYNI_DOORS
)

DATABASES = {
    "default": environment.database("DATABASE_URL"),
    "owner": environment.database("AYNI_OWNER_DATABASE_URL"),
}
DATABASE_ROUTERS = ["ayni.config.database.OwnerMigrates"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Rooms that have tables, templates or commands; a room is added with its first function.
ROOMS = [
    name
    for name in (
        "desk", "watch", "incidents", "alerts", "returns", "support", "agenda", "own",
        "statistics", "matching", "cooperation", "cases", "protocol", "norms", "help", "gazette",
        "exchange", "members", "audit", "lib",
    )
    if (ROOT / name / "__init__.py").exists()
]  # fmt: skip
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "axes",
    "csp",
    "django_htmx",
    "procrastinate.contrib.django",
    *[f"ayni.{name}" for name in ROOMS],
]
AUTH_USER_MODEL = "members.User"

MIDDLEWARE = [
    # Before anything looks at an address or a scheme.
    "ayni.config.proxies.Proxies",
    "ayni.config.access.AccessLog",
    "django.middleware.security.SecurityMiddleware",
    # Absent only before `make setup` has built the page assets.
    *(["whitenoise.middleware.WhiteNoiseMiddleware"] if STATIC_ROOT.is_dir() else []),
    "ayni.config.middleware.Compressed",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ayni.config.middleware.NothingKept",
    # Inside what tells the browser: what is turned away is told as strictly as a page.
    "ayni.config.access.Understood",
    # Before anything else can tell that there is such a page.
    "ayni.config.listeners.OneDoor",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "ayni.config.middleware.ReadersLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    # Before anything is done for an officer; after the messages, to say why it ended.
    "ayni.config.sitting.Sitting",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # Who has passed no second step is nobody to the pages of the work.
    "ayni.config.second_step.SecondStep",
    "ayni.config.middleware.OnBehalf",
    "ayni.config.middleware.WayBack",
    "ayni.config.typed.TypedIsKept",
    "ayni.config.slowing.Slowing",
    "ayni.config.doors.Doors",
    "axes.middleware.AxesMiddleware",
]
FORM_RENDERER = "ayni.lib.forms.PageForms"
ROOT_URLCONF = "ayni.config.urls"
WSGI_APPLICATION = "ayni.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "ayni.config.context.node",
                "ayni.config.context.public_help",
                "ayni.config.context.ministry",
                "ayni.config.bar.bar",
                "ayni.config.typed.author",
            ],
        },
    },
]

# Cookies ignore ports, so each node names its own. "__Host-": no other host, such as one below this
# one, can set them (RFC 6265bis, 4.1.3.2); browsers demand TLS for it.
_OURS = "" if _LOCAL else "__Host-"
SESSION_COOKIE_NAME = f"{_OURS}ayni_{AYNI_NODE}_session"
CSRF_COOKIE_NAME = f"{_OURS}ayni_{AYNI_NODE}_csrf"
LANGUAGE_COOKIE_NAME = f"{_OURS}ayni_{AYNI_NODE}_language"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "ayni.config.typed.page_open_too_long"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Strict"
LANGUAGE_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = not _LOCAL
# Counted anew with every answer that changes the session; ayni/config/sitting.py ends it in time.
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Other sites learn nothing. Not "no-referrer": browsers then send `Origin: null` with every form,
# and Django refuses it.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 0 if _LOCAL else 63_072_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "manifest-src": ["'self'"],
        # No script of ours or of a library may turn text into markup or code.
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576
FILE_UPLOAD_HANDLERS = ["ayni.config.uploads.NoFiles"]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["ayni.config.hashing.CostlyArgon2"]
# How long an address with which an officer sets a password works: a day.
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "ayni.config.accounts.Accounts"
ACCOUNT_FORMS = {"login": "ayni.config.signing_in.SignIn"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
# No mail of this node to an address that belongs to no account.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
# Wrong passwords are counted by axes, for account and address together; counted for the account
# alone, anybody could lock an officer out.
ACCOUNT_RATE_LIMITS = {"login_failed": None}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "ayni.config.second_step.SecondSteps"
MFA_PASSKEY_LOGIN_ENABLED = True
# Accounts are made by the administrator, who hands over the invitation; no e-mail is verified here.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
# A passkey is not guessed; the officers of a ministry share one address.
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}
MFA_FORMS = {
    "authenticate": "ayni.config.second_step_forms.SecondStepForm",
    "reauthenticate": "ayni.config.second_step_forms.AgainForm",
    "activate_totp": "ayni.config.second_step_forms.AppForm",
    "add_webauthn": "ayni.config.second_step_forms.PasskeyForm",
    "authenticate_webauthn": "ayni.config.second_step_forms.PasskeyStep",
    "login_webauthn": "ayni.config.second_step_forms.PasskeySignIn",
    "reauthenticate_webauthn": "ayni.config.second_step_forms.PasskeyAgain",
}
# A browser lets a page use the passkeys of its own host only; on localhost there is no TLS to ask
# for (W3C, Secure Contexts).
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = _LOCAL
# A ministry's own sign-on, if there is one; no table of the database adds another.
AYNI_MINISTRY = ministry.read(AYNI_HOME, host=AYNI_HOST)
SOCIALACCOUNT_ADAPTER = "ayni.config.ministry_provider.SignOns"
# Its word about an e-mail matches nobody, and no token of it is kept.
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25
# The pair of account and address: nobody can lock an officer out from elsewhere.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
# One household has a /64 of IPv6 addresses: as many tries as it likes, were each one a place.
AXES_CLIENT_IP_CALLABLE = "ayni.config.signing_in.place_of"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True

LANGUAGE_CODE = "es"
LANGUAGES = [("es", _("Spanish")), ("pt-br", _("Portuguese")), ("en", _("English"))]
FORMAT_MODULE_PATH = "ayni.config.formats"
LOCALE_PATHS = sorted(ROOT.glob("*/locale")) + [ROOT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_ADD_HEADERS_FUNCTION = close_asset
STATICFILES_DIRS = [p for p in [ROOT / "static_built" / "assets"] if p.exists()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Where `ayni backup make` notes when it last ended.
AYNI_LAST_BACKUP = AYNI_HOME / environment.LAST_BACKUP
# Monitoring reads /metrics with this token; without the file there is no such page.
AYNI_METRICS_TOKEN = environment.secret_if_there(
    "AYNI_METRICS_TOKEN", AYNI_HOME / "secrets" / "metrics.token"
)
MEDIA_ROOT = AYNI_HOME / "files"
# Maps are drawn from the outline of the build, or from the node's own file.
OUTLINE_BUILT = ROOT / "static_built" / "outline.json"
AYNI_OUTLINE_FILE = environment.outline("AYNI_OUTLINE_FILE", NODES[:10])

EMAIL_HOST = environment.text("AYNI_SMTP_HOST", "localhost")
EMAIL_PORT = environment.number("AYNI_SMTP_PORT", 587)
EMAIL_HOST_USER = environment.text("AYNI_SMTP_USER", " ").strip()
# Another place for the password: AYNI_SMTP_PASSWORD_FILE.
EMAIL_HOST_PASSWORD = (
    environment.secret("AYNI_SMTP_PASSWORD", AYNI_HOME / "secrets" / "smtp.password")
    if EMAIL_HOST_USER
    else ""
)
EMAIL_USE_TLS = environment.flag("AYNI_SMTP_TLS", default=True)
EMAIL_TIMEOUT = 20
EMAIL_BACKEND = environment.text(
    "AYNI_EMAIL_BACKEND",
    "django.core.mail.backends.smtp.EmailBackend"
    if environment.given("AYNI_SMTP_HOST")
    else "django.core.mail.backends.filebased.EmailBackend",
)
EMAIL_FILE_PATH = AYNI_HOME / "mail"
DEFAULT_FROM_EMAIL = environment.text("AYNI_MAIL_FROM", f"ayni@{AYNI_HOST}")

# Months for which a closed case is kept where no norm says it; none: what the room proposes.
AYNI_RETENTION_MONTHS = (
    environment.number("AYNI_RETENTION_MONTHS", 0)
    if environment.given("AYNI_RETENTION_MONTHS")
    else None
)
if AYNI_RETENTION_MONTHS is not None and not 0 < AYNI_RETENTION_MONTHS <= 1200:
    raise Misconfigured("AYNI_RETENTION_MONTHS must be 1 to 1200")

# Months for which a received referral or request is kept that nobody took into a case.
AYNI_UNTAKEN_MONTHS = (
    environment.number("AYNI_UNTAKEN_MONTHS", 0)
    if environment.given("AYNI_UNTAKEN_MONTHS")
    else None
)
if AYNI_UNTAKEN_MONTHS is not None and not 0 < AYNI_UNTAKEN_MONTHS <= 1200:
    raise Misconfigured("AYNI_UNTAKEN_MONTHS must be 1 to 1200")

# Days within which an institution of this node answers somebody who asks for her own data.
AYNI_RIGHTS_DAYS = environment.number("AYNI_RIGHTS_DAYS", 5)
if not 0 < AYNI_RIGHTS_DAYS <= 30:
    raise Misconfigured("AYNI_RIGHTS_DAYS must be 1 to 30")

# How to reach the data protection officer: shown to the person on her own page, as it is written.
AYNI_DATA_PROTECTION_CONTACT = environment.text("AYNI_DATA_PROTECTION_CONTACT", "")

# Whether this node asks the others for what waits for it, because none can reach it.
AYNI_FETCHES = environment.flag("AYNI_FETCHES")

# How much of this node one other node may use (ayni/exchange/limits.py).
AYNI_PEER_MESSAGES_A_MINUTE = environment.number("AYNI_PEER_MESSAGES_A_MINUTE", 12_000)
AYNI_PEER_MEGABYTES_A_MINUTE = environment.number("AYNI_PEER_MEGABYTES_A_MINUTE", 1200)
AYNI_PEER_MEGABYTES_A_DAY = environment.number("AYNI_PEER_MEGABYTES_A_DAY", 20_000)
AYNI_PEER_HELD_MEGABYTES = environment.number("AYNI_PEER_HELD_MEGABYTES", 500)
# How much of what one member publishes is kept here (ayni/gazette/room.py).
AYNI_PEER_PUBLISHED_MEGABYTES = environment.number("AYNI_PEER_PUBLISHED_MEGABYTES", 2000)
AYNI_FREE_MEGABYTES = environment.number("AYNI_FREE_MEGABYTES", 500)
for _limit in (
    "MESSAGES_A_MINUTE", "MEGABYTES_A_MINUTE", "MEGABYTES_A_DAY", "HELD_MEGABYTES",
    "PUBLISHED_MEGABYTES",
):  # fmt: skip
    if not 0 < globals()[f"AYNI_PEER_{_limit}"] <= 10_000_000:
        raise Misconfigured(f"AYNI_PEER_{_limit} must be 1 to 10000000")

AYNI_MESSAGE_KINDS = wiring.MESSAGE_KINDS
AYNI_RECEIVERS = wiring.RECEIVERS
AYNI_GAZETTE_KINDS = wiring.GAZETTE_KINDS
AYNI_STILL_ALLOWED = wiring.STILL_ALLOWED
AYNI_ATTACHMENT_ARRIVED = wiring.ATTACHMENT_ARRIVED
AYNI_TAKE_BACK = wiring.TAKE_BACK
AYNI_WITHDRAWN = wiring.WITHDRAWN
AYNI_CONSENTS_OVER = wiring.CONSENTS_OVER
AYNI_EFFECT_SAID = wiring.EFFECT_SAID
AYNI_REMOVALS_LATE = wiring.REMOVALS_LATE
AYNI_GAPS_FOLLOWED = wiring.GAPS_FOLLOWED
AYNI_INDICATORS = wiring.INDICATORS
AYNI_OWN_JOURNEY = wiring.OWN_JOURNEY
AYNI_STEP_GUARDS = wiring.STEP_GUARDS
AYNI_OFFICER_PROOF = wiring.OFFICER_PROOF
AYNI_CASE_CHANGED = wiring.CASE_CHANGED
AYNI_SUM_COUNTS = wiring.SUM_COUNTS
AYNI_SUPPORT_OPEN = wiring.SUPPORT_OPEN
AYNI_CASE_CLOSED = wiring.CASE_CLOSED
AYNI_CASE_ERASING = wiring.CASE_ERASING
AYNI_CASE_SHARED_WITH = wiring.CASE_SHARED_WITH
AYNI_CASE_ERASED_AGAIN = wiring.CASE_ERASED_AGAIN

# How much the attachments of one other node may fill here, in gigabytes (10^9 bytes).
AYNI_ATTACHMENTS_PER_PEER = environment.number("AYNI_ATTACHMENTS_GB_PER_PEER", 20) * 10**9
if AYNI_ATTACHMENTS_PER_PEER < 10**9:
    raise Misconfigured("AYNI_ATTACHMENTS_GB_PER_PEER must be 1 or more")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"ids_only": {"()": "ayni.config.logging.IdsOnly"}},
    "formatters": {"line": {"()": "ayni.config.logging.Line"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["ids_only"],
            "formatter": "line",
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # Django's own records carry addresses and, on errors, local variables: neither is logged.
        "django.request": {"level": "ERROR"},
        "django.db.backends": {"level": "ERROR"},
        "axes": {"level": "ERROR"},
        "httpx": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
    },
}
