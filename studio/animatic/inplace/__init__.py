"""A person re-aged where they stand: in their own photo or clip, everything else untouched."""
