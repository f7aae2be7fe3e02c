//! Names of the files of a configuration: which of them a client reads.
//!
//! Source: Terraform, "Files and Directories" and "Override Files"; OpenTofu, "Files and Directories", "Extension Precedence".

use crate::plan_json::dialect::Dialect;

/// The extensions of a configuration: each with the one of the file that OpenTofu reads instead, if it exists.
const EXTENSIONS: [(&str, Option<&str>); 4] = [
    (".tf", Some(".tofu")),
    (".tf.json", Some(".tofu.json")),
    (".tofu", None),
    (".tofu.json", None),
];

/// Whether Terraform or OpenTofu read a file of this name.
#[must_use]
pub fn is_configuration(name: &str) -> bool {
    // Both leave out hidden files, and copies of editors such as `main.tf~` and `#main.tf#`, which have other extensions.
    split(name).is_some() && !name.starts_with('.')
}

/// Whether a client reads a file of a configuration, in a folder with these other files.
pub(super) fn is_read(name: &str, dialect: Dialect, has_file: impl Fn(&str) -> bool) -> bool {
    match (dialect, split(name)) {
        (_, None) => false,
        (Dialect::Terraform, Some((_, tofu))) => tofu.is_some(),
        (Dialect::OpenTofu, Some((stem, tofu))) => {
            tofu.is_none_or(|tofu| !has_file(&format!("{stem}{tofu}")))
        }
    }
}

/// Whether what is in a file of this name replaces what others say.
pub(super) fn is_override(name: &str) -> bool {
    split(name).is_some_and(|(stem, _)| stem == "override" || stem.ends_with("_override"))
}

/// Whether a file of this name is the one that a reader would open first.
pub(super) fn is_main(name: &str) -> bool {
    split(name).is_some_and(|(stem, _)| stem == "main")
}

/// Whether a file of this name is in JSON syntax.
pub(super) fn is_json(name: &str) -> bool {
    name.ends_with(".json")
}

/// The name without the extension, and the extension of the file that OpenTofu reads instead; `None` for a file that is no
/// configuration.
fn split(name: &str) -> Option<(&str, Option<&'static str>)> {
    let mut extensions = EXTENSIONS.iter();
    extensions.find_map(|(extension, tofu)| Some((name.strip_suffix(extension)?, *tofu)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configuration_and_override_files_are_recognized_by_name() {
        for (name, is_read, replaces) in [
            ("main.tf", true, false),
            ("main.tofu", true, false),
            ("main.tf.json", true, false),
            ("main.tofu.json", true, false),
            ("override.tf", true, true),
            ("override.tofu.json", true, true),
            ("team_override.tofu", true, true),
            ("team_override.tf.json", true, true),
            ("teamoverride.tf", true, false),
            ("override.main.tf", true, false),
            ("main.json", false, false),
            ("main.tfvars", false, false),
            ("main.tfvars.json", false, false),
            ("main.tftest.hcl", false, false),
            ("main.tftest.json", false, false),
            ("main.tf.bak", false, false),
            (".main.tf", false, false),
            (".tf", false, false),
            ("main.tf~", false, false),
            ("#main.tf#", false, false),
            // Both clients read it: no editor writes it.
            ("#main.tf", true, false),
        ] {
            assert_eq!(is_configuration(name), is_read, "{name}");
            assert_eq!(is_override(name), replaces, "{name}");
        }
    }

    /// Confirmed with Terraform 1.15.5 and OpenTofu 1.12.6.
    #[test]
    fn opentofu_reads_a_tofu_file_instead_of_its_twin_and_terraform_reads_none() {
        let names = [
            "a.tf",
            "a.tofu",
            "b.tf.json",
            "b.tofu.json",
            "c.tf",
            "c.tofu.json",
            "d.tofu",
            "e.tf",
            "e.tf.json",
            "f_override.tf",
            "f_override.tofu",
        ];
        let read = |dialect| -> Vec<&str> {
            let has_file = |name: &str| names.contains(&name);
            let names = names.into_iter();
            let names = names.filter(|name| is_read(name, dialect, has_file));
            names.collect()
        };
        assert_eq!(
            read(Dialect::Terraform),
            [
                "a.tf",
                "b.tf.json",
                "c.tf",
                "e.tf",
                "e.tf.json",
                "f_override.tf"
            ]
        );
        assert_eq!(
            read(Dialect::OpenTofu),
            [
                "a.tofu",
                "b.tofu.json",
                "c.tf",
                "c.tofu.json",
                "d.tofu",
                "e.tf",
                "e.tf.json",
                "f_override.tofu"
            ]
        );
    }
}
