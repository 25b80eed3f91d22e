"""The part that must be believed: exact normal forms, signs, and exact evaluation."""
