"""The project's settings with one address more: the bare view that benchmarks measure against."""

from careteam.settings import *  # noqa: F403 - the very settings, with one change

ROOT_URLCONF = "bench._urls"
