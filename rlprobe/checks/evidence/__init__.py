"""Evidence besides the reference: identities, gradients, kinds of numbers, generated cases."""
