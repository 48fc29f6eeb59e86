"""Workers: where jobs run. The server itself never imports a node."""
