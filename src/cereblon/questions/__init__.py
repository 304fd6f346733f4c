"""One public function for each question; command line, notebook and app are shells over them."""
