"""The command line: it parses, asks one public function and prints."""
