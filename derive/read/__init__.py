"""Text to derivation: documents, syntax, notation, terms, relations. Decides no truth."""
