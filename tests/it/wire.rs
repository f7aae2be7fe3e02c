//! The compiled wire definitions are those of the golden table.
