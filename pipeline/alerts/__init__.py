"""Tell somebody, once, of a story that a rule of config.yaml names."""
