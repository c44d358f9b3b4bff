"""From runs to outcomes, causes and a verdict."""
