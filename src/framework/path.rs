//! Paths to attributes within a resource, data source or provider block.

use std::fmt;

/// One step of a path. A path cannot lead into a set; it ends at the set.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathStep {
    /// The attribute or block of this name.
    Attribute(String),
    /// The map element with this key.
    Key(String),
    /// The list element at this position, counted from 0.
    Index(u32),
}

/// The path from the root of a resource, data source or provider block to a value in it. Never empty; the first step is
/// an attribute or block name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<PathStep>);

impl Path {
    /// The path to an attribute or block at the root.
    #[must_use]
    pub fn root(name: &str) -> Self {
        Self(vec![PathStep::Attribute(name.to_owned())])
    }

    /// Appends a step.
    #[must_use]
    pub fn then(mut self, step: PathStep) -> Self {
        self.0.push(step);
        self
    }

    /// Appends a step to the attribute or block of this name.
    #[must_use]
    pub fn attribute(self, name: &str) -> Self {
        self.then(PathStep::Attribute(name.to_owned()))
    }

    /// The steps from the root; at least one.
    #[must_use]
    pub fn steps(&self) -> &[PathStep] {
        &self.0
    }
}

impl fmt::Display for Path {
    /// Writes the path in Terraform's syntax: `timeouts.create`, `endpoints["csms"]`, `assume_role[0].duration`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                PathStep::Attribute(name) if position == 0 => f.write_str(name)?,
                PathStep::Attribute(name) => write!(f, ".{name}")?,
                PathStep::Key(key) => write!(f, "[{key:?}]")?,
                PathStep::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_print_in_configuration_syntax() {
        let path = Path::root("a")
            .then(PathStep::Index(0))
            .attribute("b")
            .then(PathStep::Key("c d".into()));
        assert_eq!(path.to_string(), r#"a[0].b["c d"]"#);
    }
}
