"""The living review: a document whose sentences are made from facts by rules, and whose numbers are links to them."""
