"""Inside one load process: VU loop, flow steps, HTTP core, gate (pause, rendezvous), recorder."""
