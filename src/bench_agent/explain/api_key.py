"""The key that the API takes: whether there is one, and what others see of the environment. Light."""

from collections.abc import Mapping

KEY = "ANTHROPIC_API_KEY"
SECRETS = (KEY, "ANTHROPIC_AUTH_TOKEN")


def has_key(environment: Mapping[str, str]) -> bool:
    return bool(environment.get(KEY))


def without_key(environment: Mapping[str, str]) -> dict[str, str]:
    """What the project's own code gets while a key is there: all but that."""
    return {name: value for name, value in environment.items() if name not in SECRETS}
