//! Handshake, TLS, go-plugin services, signals, logging: C1 to C47.
