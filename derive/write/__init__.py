"""Values in, text out, one format a file. Decides nothing."""
