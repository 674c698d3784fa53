"""Run each task in a process of its own."""
