"""Offers of a sure reward (CashOut): the values of an agent without a readable critic, from its choices."""
