"""The disease: clones under treatment, M-protein and light chains, death of the disease and of age."""
