"""Pictures of syntheses of published trials; everything is drawn from ready rows."""
