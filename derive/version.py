"""The version, as the JSON report and `--version` tell it."""

__version__ = "0.1.0"
