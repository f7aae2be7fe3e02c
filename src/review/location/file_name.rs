//! Names of the files of a configuration.

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
