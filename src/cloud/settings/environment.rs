//! Environment variables, replaceable in tests.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// A source of environment variables: the process, or a fixed set for tests.
#[derive(Clone)]
pub struct Environment(Arc<Lookup>);

/// Finds the value of a variable by its name.
type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Environment {
    /// The variables of this process; one that is not valid Unicode counts as absent.
    #[must_use]
    pub fn process() -> Self {
        Self(Arc::new(|name| std::env::var(name).ok()))
    }

    /// These variables and no others.
    #[must_use]
    pub fn of<const N: usize>(variables: [(&str, &str); N]) -> Self {
        Self::of_slice(&variables)
    }

    /// The same for a slice.
    #[must_use]
    pub fn of_slice(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter();
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let variables: Vec<_> = variables.collect();
        Self(Arc::new(move |wanted| {
            let found = variables.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.clone())
        }))
    }

    /// The value of a variable; an empty one counts as absent.
    #[must_use]
    pub fn read(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.trim().is_empty())
    }

    /// Replaces `~` or `%USERPROFILE%` at the start of a path by the home directory.
    pub(in crate::cloud) fn expand_home(&self, path: &str) -> PathBuf {
        for (start, variable) in [
            ("~", "HOME"),
            ("~", "USERPROFILE"),
            ("%USERPROFILE%", "USERPROFILE"),
        ] {
            let rest = path.strip_prefix(start);
            let rest = rest.filter(|rest| rest.is_empty() || rest.starts_with(['/', '\\']));
            if let Some(rest) = rest
                && let Some(home) = self.read(variable)
            {
                return PathBuf::from(home + rest);
            }
        }
        PathBuf::from(path)
    }

    /// The first of these variables that has a value, with its name.
    pub(in crate::cloud) fn first_set(
        &self,
        names: &[&'static str],
    ) -> Option<(&'static str, String)> {
        names
            .iter()
            .find_map(|name| Some((*name, self.read(name)?)))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn home_directory_prefixes_are_expanded() {
        let unix = Environment::of([("HOME", "/home/ana")]);
        let windows = Environment::of([("USERPROFILE", r"C:\Users\ana")]);
        for (path, environment, expected) in [
            (
                "~/.hcloud/config.json",
                &unix,
                "/home/ana/.hcloud/config.json",
            ),
            ("~", &unix, "/home/ana"),
            ("~other/x", &unix, "~other/x"),
            ("/etc/~/x", &unix, "/etc/~/x"),
            ("~/x", &windows, r"C:\Users\ana/x"),
            (r"%USERPROFILE%\x", &windows, r"C:\Users\ana\x"),
        ] {
            assert_eq!(
                environment.expand_home(path),
                PathBuf::from(expected),
                "{path}"
            );
        }
    }
}
