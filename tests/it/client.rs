//! The cloud client against the sandbox, faults included.
