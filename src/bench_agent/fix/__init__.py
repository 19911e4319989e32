"""A patch for a proved slowdown, proposed by a model and proved by us: rules, the project's tests, measuring in turns."""
