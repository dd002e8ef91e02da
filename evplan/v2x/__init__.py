"""A world of ports, vehicles, transformers and prices: any policy can be tried in it, and the optimum is known."""
