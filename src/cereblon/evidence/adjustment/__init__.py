"""Population adjustment: individual data of one trial brought to the published baseline of another."""
