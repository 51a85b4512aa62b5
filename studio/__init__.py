"""Self-Hug Studio: film yourself with open arms, be embraced by your younger or older self."""

__version__ = "0.1.0"
