"""Tests of merges: several records of one person or organisation."""
