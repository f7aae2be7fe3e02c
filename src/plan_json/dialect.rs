//! Which files the client reads that made a plan.

/// The configuration language as one client reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// `.tf` and `.tf.json` files alone: Terraform, and OpenTofu before 1.8.
    Terraform,
    /// Also `.tofu` and `.tofu.json` files, each instead of the `.tf` or `.tf.json` file of the same name.
    OpenTofu,
}
