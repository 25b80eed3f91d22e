"""Relation to verdict. Prints nothing."""
