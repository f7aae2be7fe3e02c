//! What people type, exit codes and output together.
