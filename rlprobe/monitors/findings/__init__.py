"""What a finding is, and the catalogue of all."""
