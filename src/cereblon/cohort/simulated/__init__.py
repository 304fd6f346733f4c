"""An example whose truth is known: simulated subjects written as an OMOP database, with damage of stated kinds."""
