"""The proof report: one neutral value, and a page of it in HTML, LaTeX or Markdown."""
