"""A compiler for mathematical derivations."""
