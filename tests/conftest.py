"""What all tests share: property tests are the same on every machine, and never fail for being slow on a busy one."""

from hypothesis import settings

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")
