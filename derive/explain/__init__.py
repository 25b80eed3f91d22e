"""Verdicts to findings. Proves nothing by itself."""
