//! The house rules: layers, module docs, file sizes.
