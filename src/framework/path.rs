//! Where in a resource's value something is.

use std::fmt;

/// One step from a value into a part of it. There is none into a set: a path stops there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PathStep {
    /// Into an attribute or block of this name.
    Attribute(String),
    /// Into the element of a map under this key.
    Key(String),
    /// Into the element of a list at this position, counted from 0.
    Index(u32),
}

/// The way from the root of a resource, data source or provider block to a part of it. Never empty: it begins with a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Path(Vec<PathStep>);

impl Path {
    /// The path to an attribute or block at the root.
    #[must_use]
    pub fn root(name: &str) -> Self {
        Self(vec![PathStep::Attribute(name.to_owned())])
    }

    /// This path and one step more.
    #[must_use]
    pub fn then(mut self, step: PathStep) -> Self {
        self.0.push(step);
        self
    }

    /// This path and the step into an attribute.
    #[must_use]
    pub fn attribute(self, name: &str) -> Self {
        self.then(PathStep::Attribute(name.to_owned()))
    }

    /// The steps from the root; at least one, the first of them a name.
    #[must_use]
    pub fn steps(&self) -> &[PathStep] {
        &self.0
    }
}

impl fmt::Display for Path {
    /// As in Terraform's language: `timeouts.create`, `endpoints["csms"]`, `assume_role[0].duration`.
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
    fn a_path_reads_as_in_the_configuration() {
        let path = Path::root("a")
            .then(PathStep::Index(0))
            .attribute("b")
            .then(PathStep::Key("c d".into()));
        assert_eq!(path.to_string(), r#"a[0].b["c d"]"#);
    }
}
