//! Real gRPC, every RPC served and every RPC declined.
