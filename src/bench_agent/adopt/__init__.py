"""How a project is made ready: what it holds, and the edits that fit it."""
