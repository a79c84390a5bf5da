"""Conversations with a server: read, and run."""
