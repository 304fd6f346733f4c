"""Published survival curves: rebuilt individuals, parametric fits and extrapolation, synthesis over time."""
