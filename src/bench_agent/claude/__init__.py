"""What Claude Code needs: the slash command as package data, and its installation."""
