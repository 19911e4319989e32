"""The findings told in prose by a model that writes no figure, commit or name: those are put in from the evidence, checked."""
