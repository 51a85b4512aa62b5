"""A posed, clothed body in metres: the proxy behind arms, double and the guide of the diffusion engine."""
