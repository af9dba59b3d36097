"""What the large providers of mailboxes expect of somebody who logs in, and do not say."""

__all__ = ["login_hint"]

_GOOGLE = (
    "Gmail takes no normal password: make an app password (myaccount.google.com/apppasswords), or give an"
    " OAuth token by TIKETTI_IMAP_TOKEN or --token-command"
)
_MICROSOFT = (
    "Microsoft takes no passwords over IMAP: give an OAuth token with IMAP.AccessAsUser.All by"
    " TIKETTI_IMAP_TOKEN or --token-command, and see that IMAP is on for the mailbox"
)
_BY_APP = "this provider wants an app password, made in the security settings of the account"
_SWITCH = "IMAP must be switched on in the settings of the mailbox at this provider"
_CODE = "switch IMAP on in the settings of the mailbox; the code given there is the password"

_BY_DOMAIN = {
    **dict.fromkeys(("gmail.com", "googlemail.com", "google.com"), _GOOGLE),
    **dict.fromkeys(
        ("office365.com", "outlook.com", "hotmail.com", "office365.us", "outlook.cn"), _MICROSOFT
    ),
    **dict.fromkeys(("yahoo.com", "yahoo.co.jp", "aol.com", "mail.me.com", "fastmail.com"), _BY_APP),
    **dict.fromkeys(("zoho.com", "zoho.eu", "zoho.in", "mail.ru", "yandex.com", "yandex.ru"), _BY_APP),
    **dict.fromkeys(("gmx.net", "gmx.com", "web.de", "mail.com", "libero.it", "seznam.cz", "wp.pl"), _SWITCH),
    **dict.fromkeys(("163.com", "126.com", "yeah.net", "qq.com"), _CODE),
}
# For their servers under names of their customers' own.
_BY_WORDS = {
    "application-specific password": _GOOGLE,
    "web browser": _GOOGLE,
    "web login required": _GOOGLE,
    "basic auth": _MICROSOFT,
    "app password": _BY_APP,
}
_USUAL = "check --user (most often the whole address) and the password (TIKETTI_IMAP_PASSWORD)"
_ABOUT_AN_HOUR = "tokens live about an hour: set a new TIKETTI_IMAP_TOKEN, or have it made by --token-command"
_WANTED_OF_TOKENS = {
    _GOOGLE: "; its scope has to be https://mail.google.com/",
    _MICROSOFT: "; it has to be for outlook.office.com with IMAP.AccessAsUser.All, and of a user who may read"
    " the mailbox",
}


def login_hint(host: str, words: str, *, by_token: bool) -> str:
    """For a login at ``host`` that was refused with ``words``."""
    if by_token:
        wanted = _WANTED_OF_TOKENS.get(_of_host(host), "")
        return f"{_ABOUT_AN_HOUR}{wanted}"
    lower = words.lower()
    hint = next((hint for sign, hint in _BY_WORDS.items() if sign in lower), None)
    return hint or _of_host(host) or _USUAL


def _of_host(host: str) -> str:
    labels = host.split(".")
    suffixes = (".".join(labels[place:]) for place in range(len(labels)))
    return next((_BY_DOMAIN[suffix] for suffix in suffixes if suffix in _BY_DOMAIN), "")
