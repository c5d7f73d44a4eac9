"""One run: steering, schedule, rendezvous, judging, the HTTP API and the daemon around them."""
