//! The CLI configuration of Terraform and OpenTofu: what it says about where providers come from.
//!
//! The file is HCL in its first version, or JSON.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::hcl1::{self, Hcl1Error};
use super::{HOSTS, SOURCE};

/// What a CLI configuration says about the plugin.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CliConfiguration {
    /// The folder from which a development override loads the plugin.
    pub dev_override: Option<PathBuf>,
    /// The methods of `provider_installation`; `None` without this block, and the implied mirrors apply.
    pub methods: Option<Vec<Method>>,
    /// Number of `provider_installation` blocks; Terraform rejects a second one.
    pub block_count: usize,
    /// The folder in which installed packages are shared.
    pub plugin_cache_dir: Option<String>,
}

/// A way to install providers.
#[derive(Debug, PartialEq, Eq)]
pub struct Method {
    /// The folder of a `filesystem_mirror`; `None` for methods that use the network.
    pub mirror: Option<PathBuf>,
    /// Whether it asks the registries themselves, in which the plugin is not published.
    pub is_direct: bool,
    /// Whether `include` and `exclude` let the plugin come from here.
    pub applies: bool,
}

/// Why a CLI configuration cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not HCL.
    #[error(transparent)]
    Hcl(#[from] Hcl1Error),
    /// Not JSON, although it begins like it. Without the text, which may be a credential.
    #[error("line {}, column {}: invalid JSON", .0.line(), .0.column())]
    Json(serde_json::Error),
}

impl CliConfiguration {
    /// Reads a configuration, in either syntax.
    ///
    /// # Errors
    /// If the text is neither HCL nor JSON. What is not about installing providers is not checked.
    pub fn read(text: &str) -> Result<Self, ReadError> {
        let root = match text.trim_start().starts_with('{') {
            true => serde_json::from_str(text).map_err(ReadError::Json)?,
            false => hcl1::read(text)?,
        };
        let installation = list(&root, "provider_installation");
        let dev_override = installation
            .iter()
            .flat_map(|block| list(block, "dev_overrides"))
            .filter_map(Value::as_object)
            .flatten()
            .find(|(address, _)| matches_plugin(address))
            .and_then(|(_, folder)| last_text(folder))
            .map(PathBuf::from);
        let methods = installation
            .iter()
            .filter_map(|block| block.as_object())
            .flatten()
            .filter(|(kind, _)| *kind != "dev_overrides")
            .flat_map(|(kind, blocks)| {
                as_list(blocks)
                    .into_iter()
                    .map(move |block| method(kind, block))
            })
            .collect();
        Ok(Self {
            dev_override,
            methods: (!installation.is_empty()).then_some(methods),
            block_count: installation.len(),
            plugin_cache_dir: last_text(&root["plugin_cache_dir"]),
        })
    }

    /// Whether the plugin can be installed from the mirror in `folder`, a resolved path. Relative paths in the file are
    /// relative to `working_folder`.
    pub fn uses_mirror(&self, folder: &Path, working_folder: &Path) -> bool {
        let mut methods = self.methods.iter().flatten();
        methods.any(|method| {
            let mirror = method.mirror.as_ref().filter(|_| method.applies);
            mirror.is_some_and(|mirror| resolve(&working_folder.join(mirror)) == folder)
        })
    }

    /// Whether the plugin may come from the network, too: without access to it, installation fails.
    pub fn uses_network(&self) -> bool {
        let mut methods = self.methods.iter().flatten();
        methods.any(|method| method.applies && method.mirror.is_none())
    }
}

/// A path without links and `..`, as far as it exists.
pub fn resolve(path: &Path) -> PathBuf {
    // On Windows, the canonical form is not one that Terraform accepts everywhere.
    let canonical = match cfg!(windows) {
        true => std::path::absolute(path),
        false => path.canonicalize(),
    };
    canonical
        .or_else(|_| std::path::absolute(path))
        .unwrap_or_else(|_| path.to_owned())
}

/// The method that installs the plugin from the mirror in `folder`.
pub fn filesystem_mirror(folder: &Path) -> String {
    let path = string(folder);
    format!("  filesystem_mirror {{\n    path    = {path}\n    include = [\"{SOURCE}\"]\n  }}\n")
}

/// The block that installs the plugin from the mirror in `folder`, and every other provider as usual.
pub fn provider_installation(folder: &Path) -> String {
    let method = filesystem_mirror(folder);
    format!(
        "provider_installation {{\n{method}  direct {{\n    exclude = [\"{SOURCE}\"]\n  }}\n}}\n"
    )
}

/// What to append to the text of a CLI configuration to add a block: after an empty line, with the line endings of the file.
pub fn addition(text: &str, block: &str) -> String {
    let gap = match text {
        "" => "",
        text if text.ends_with('\n') => "\n",
        _ => "\n\n",
    };
    let addition = format!("{gap}{block}");
    match text.contains("\r\n") {
        true => addition.replace('\n', "\r\n"),
        false => addition,
    }
}

/// The same for a mirror that is the only origin of providers.
pub(super) fn exclusive_mirror(folder: &Path) -> String {
    let path = string(folder);
    format!("provider_installation {{\n  filesystem_mirror {{\n    path = {path}\n  }}\n}}\n")
}

/// A path as a string of HCL 1.
fn string(path: &Path) -> String {
    // A JSON string is one, but for `${`.
    let text = Value::from(path.to_string_lossy()).to_string();
    text.replace("${", "\\u0024{")
}

fn method(kind: &str, block: &Value) -> Method {
    let patterns = |name: &str| {
        let patterns = list(block, name).into_iter().flat_map(as_list);
        patterns.filter_map(Value::as_str).collect::<Vec<_>>()
    };
    let (include, exclude) = (patterns("include"), patterns("exclude"));
    let is_included = include.is_empty() || include.into_iter().any(matches_plugin);
    let path = last_text(&block["path"]).map(PathBuf::from);
    Method {
        mirror: path.filter(|_| kind == "filesystem_mirror"),
        is_direct: kind == "direct",
        applies: is_included && !exclude.into_iter().any(matches_plugin),
    }
}

/// A text, or the last one of a list: a later value replaces an earlier one.
fn last_text(value: &Value) -> Option<String> {
    as_list(value).last()?.as_str().map(str::to_owned)
}

/// Whether a provider address, in which parts may be `*`, matches the plugin at one of its registries.
pub(super) fn matches_plugin(pattern: &str) -> bool {
    let source: Vec<&str> = SOURCE.split('/').collect();
    let parts: Vec<&str> = pattern.split('/').collect();
    let (hosts, rest) = match parts.len() {
        3 => (&parts[..1], &parts[1..]),
        _ => (&parts[..0], &parts[..]),
    };
    let is_host = hosts
        .iter()
        .all(|host| *host == "*" || HOSTS.contains(host));
    let is_source = rest.len() == source.len()
        && rest
            .iter()
            .zip(source)
            .all(|(part, name)| *part == "*" || part.eq_ignore_ascii_case(name));
    is_host && is_source
}

fn list<'a>(value: &'a Value, name: &str) -> Vec<&'a Value> {
    as_list(&value[name])
}

/// In JSON, one block may stand for a list of one.
fn as_list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(text: &str) -> CliConfiguration {
        CliConfiguration::read(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    fn uses(configuration: &CliConfiguration, mirror: &str) -> bool {
        configuration.uses_mirror(Path::new(mirror), Path::new("/work"))
    }

    #[test]
    fn development_overrides_are_found_in_both_syntaxes() {
        let hcl = r#"
            # Comment with a "quote"
            "provider_installation" {
              "dev_overrides" {
                "acme/toy" = "/toy"
                "HWGrants/hwgrants" = "C:\\work"
              }
              direct {}
            }
        "#;
        let json = r#"{"provider_installation": {"dev_overrides": {"registry.opentofu.org/hwgrants/hwgrants": "C:\\work"}, "direct": {}}}"#;
        for text in [hcl, json] {
            let configuration = read(text);
            assert_eq!(
                configuration.dev_override,
                Some(PathBuf::from("C:\\work")),
                "{text}"
            );
            assert_eq!(
                configuration.methods.map(|methods| methods.len()),
                Some(1),
                "{text}"
            );
            assert_eq!(configuration.block_count, 1, "{text}");
        }
    }

    #[test]
    fn a_configuration_without_provider_installation_has_no_methods() {
        let configuration = read(
            "plugin_cache_dir = \"${HOME}/cache\"\ncredentials \"app.terraform.io\" {\n  \"token\" = \"t\"\n}\n",
        );
        assert_eq!(configuration.methods, None);
        assert_eq!(configuration.dev_override, None);
        assert_eq!(
            configuration.plugin_cache_dir.as_deref(),
            Some("${HOME}/cache")
        );
        assert_eq!(read(""), CliConfiguration::default());
    }

    #[test]
    fn include_and_exclude_patterns_decide_whether_a_method_applies() {
        for (arguments, applies) in [
            ("", true),
            ("include = [\"hwgrants/hwgrants\"]", true),
            ("include = [\"registry.terraform.io/*/*\"]", true),
            ("include = [\"HWGrants/*\"]", true),
            ("include = [\"*/*\"]", true),
            ("include = [\"example.com/*/*\"]", false),
            ("include = [\"hashicorp/*\"]", false),
            // As Terraform reads it.
            ("include = []", true),
            ("exclude = [\"hwgrants/*\"]", false),
            ("exclude = [\"hashicorp/*\"]", true),
            ("include = [\"*/*\"]\n exclude = [\"*/*/*\"]", false),
        ] {
            let text = format!(
                "provider_installation {{\n filesystem_mirror {{\n path = \"/m\"\n {arguments}\n}}\n}}\n"
            );
            let configuration = read(&text);
            assert_eq!(uses(&configuration, "/m"), applies, "{text}");
            assert!(!uses(&configuration, "/other"));
            assert!(!configuration.uses_network());
            let network = text.replace("filesystem_mirror", "network_mirror");
            assert_eq!(read(&network).uses_network(), applies, "{text}");
        }
    }

    #[test]
    fn relative_paths_and_links_are_resolved() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("work/m")).unwrap();
        let text = "provider_installation {\n filesystem_mirror {\n path = \"../work/m/\"\n}\n}\n";
        let configuration = read(text);
        assert!(configuration.uses_mirror(&root.join("work/m"), &root.join("work")));
        assert!(!configuration.uses_mirror(&root.join("m"), &root.join("work")));
    }

    #[test]
    fn the_printed_block_uses_the_mirror_and_no_registry_for_the_plugin() {
        let folder = Path::new("/home/a \"b\"/${c}/%{d}\\e");
        let text = provider_installation(folder);
        let expected = r#"path    = "/home/a \"b\"/\u0024{c}/%{d}\\e""#;
        assert!(text.contains(expected), "{text}");
        let configuration = read(&text);
        let folder = folder.display().to_string();
        assert!(uses(&configuration, &folder), "{configuration:?}");
        assert!(!configuration.uses_network());
    }

    #[test]
    fn a_block_is_added_after_an_empty_line_with_the_line_endings_of_the_file() {
        let block = "a {\n}\n";
        for (text, added) in [
            ("", "a {\n}\n"),
            ("b = 1\n", "\na {\n}\n"),
            ("b = 1", "\n\na {\n}\n"),
            ("b = 1\r\n", "\r\na {\r\n}\r\n"),
            ("c = 1\r\nb = 1", "\r\n\r\na {\r\n}\r\n"),
        ] {
            assert_eq!(addition(text, block), added, "{text:?}");
        }
        // Paths of Windows in a file of Windows.
        let own = "plugin_cache_dir = \"C:\\\\cache\"\r\n";
        let block = provider_installation(Path::new("D:\\m"));
        let both = read(&format!("{own}{}", addition(own, &block)));
        let methods = both.methods.unwrap();
        let mirrors: Vec<_> = methods
            .iter()
            .filter_map(|method| method.mirror.as_deref())
            .collect();
        assert_eq!(mirrors, [Path::new("D:\\m")]);
        assert_eq!(both.plugin_cache_dir.as_deref(), Some("C:\\cache"));
    }

    #[test]
    fn an_error_does_not_quote_the_text() {
        for text in [
            "provider_installation {\n token = \"hush\"",
            "{\"provider_installation\": \"hush\", ",
        ] {
            let error = CliConfiguration::read(text).unwrap_err().to_string();
            assert!(
                error.starts_with("line ") && !error.contains("hush"),
                "{error}"
            );
        }
    }
}
