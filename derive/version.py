"""The version, as the JSON report and `--version` tell it."""

VERSION = "0.1.0"
