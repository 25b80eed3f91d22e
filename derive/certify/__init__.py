"""Certificates: what was decided, said as theorems that an independent kernel checks."""
