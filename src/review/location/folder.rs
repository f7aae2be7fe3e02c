//! Folders of a configuration, seen from the root of the sources.

/// A folder below the root of the sources, or that root itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ModuleFolder(Vec<String>);

impl ModuleFolder {
    /// The folder that these names lead to from the root of the sources.
    #[must_use]
    pub fn new(names: Vec<String>) -> Self {
        Self(names)
    }

    /// The names that lead to it from the root of the sources.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }

    /// The folder of a module that a configuration in this one calls, by the call's `source`; `None` for a module from
    /// elsewhere, be that a registry, a repository or a folder outside of the sources.
    #[must_use]
    pub(super) fn join(&self, source: &str) -> Option<Self> {
        // Terraform takes both for separators in the source of a local module.
        let source = source.replace('\\', "/");
        if !source.starts_with("./") && !source.starts_with("../") {
            return None;
        }
        let mut names = self.0.clone();
        for name in source.split('/') {
            match name {
                "" | "." => {}
                ".." => drop(names.pop()?),
                name => names.push(name.to_owned()),
            }
        }
        Some(Self(names))
    }

    /// A file in it, from the root of the sources.
    pub(super) fn file(&self, name: &str) -> String {
        let names = self.0.iter().map(String::as_str).chain([name]);
        names.collect::<Vec<_>>().join("/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_source_is_resolved_only_within_the_source_root() {
        for (source, expected) in [
            ("./team", Some("live/infra/team")),
            ("./team/", Some("live/infra/team")),
            ("./", Some("live/infra")),
            ("../modules//team", Some("live/modules/team")),
            (".\\team\\a", Some("live/infra/team/a")),
            ("../../modules/team", Some("modules/team")),
            ("./team/../../x", Some("live/x")),
            ("../..", Some("")),
            ("../../..", None),
            ("../../../sources/modules", None),
            ("..", None),
            ("team", None),
            ("/srv/modules/team", None),
            ("terraform-huaweicloud-modules/team/huaweicloud", None),
            ("git::ssh://example.com/team.git//a/../b", None),
            (".../team", None),
        ] {
            let folder = ModuleFolder::new(vec!["live".to_owned(), "infra".to_owned()]);
            let joined = folder.join(source).map(|folder| folder.0.join("/"));
            assert_eq!(joined.as_deref(), expected, "{source}");
        }
    }

    #[test]
    fn file_paths_are_relative_to_the_source_root() {
        assert_eq!(ModuleFolder::default().file("main.tf"), "main.tf");
        let folder = ModuleFolder::new(vec!["a".to_owned(), "b c".to_owned()]);
        assert_eq!(folder.file("main.tf"), "a/b c/main.tf");
    }
}
