"""The exercises of Six Ways to Serve: what `make labs` and the other targets of labs.mk run."""
