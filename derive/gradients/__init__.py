"""Gradients of verified formulas, ready made: `from derive.gradients import two_layer`."""
