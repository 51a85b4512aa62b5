"""Measures of the embrace: what a viewer would notice, in numbers, each with a bar."""
