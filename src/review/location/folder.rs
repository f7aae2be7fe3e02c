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

/// Whether Terraform or OpenTofu read a file of this name, and in HCL.
#[must_use]
pub fn is_configuration(name: &str) -> bool {
    // As Terraform does, which leaves out what editors keep beside a file.
    stem(name).is_some() && !name.starts_with(['.', '#'])
}

/// Whether what is in a file of this name replaces what others say.
pub(super) fn is_override(name: &str) -> bool {
    stem(name).is_some_and(|stem| stem == "override" || stem.ends_with("_override"))
}

/// The name without the extension of a configuration file; `None` for any other file, JSON syntax included.
fn stem(name: &str) -> Option<&str> {
    let tofu = name.strip_suffix(".tofu");
    name.strip_suffix(".tf").or(tofu)
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

    #[test]
    fn configuration_and_override_files_are_recognized_by_name() {
        for (name, is_read, replaces) in [
            ("main.tf", true, false),
            ("main.tofu", true, false),
            ("override.tf", true, true),
            ("team_override.tofu", true, true),
            ("teamoverride.tf", true, false),
            ("main.tf.json", false, false),
            ("main.tfvars", false, false),
            (".main.tf", false, false),
            ("main.tf~", false, false),
            ("#main.tf#", false, false),
        ] {
            assert_eq!(is_configuration(name), is_read, "{name}");
            assert_eq!(is_override(name), replaces, "{name}");
        }
    }
}
