"""Where injectors live: starting them and talking to them."""
