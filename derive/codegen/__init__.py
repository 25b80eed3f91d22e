"""Verified formulas to array code: values in, text out."""
