"""Tests of the pipeline as a user runs it: the real Snakefile, at small scale, in copies."""
