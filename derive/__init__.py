"""A compiler for mathematical derivations."""

# `derive.check` is the function: the page of that name is imported first, so that it cannot
# take the name back later
from derive.check import Document, RelationView, check, check_text
from derive.codegen.refusal import Refusal
from derive.options import Options
from derive.version import __version__

__all__ = ["Document", "Options", "Refusal", "RelationView", "__version__", "check", "check_text"]
