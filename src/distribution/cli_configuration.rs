//! The CLI configuration of Terraform and OpenTofu: what it says about where providers come from.
//!
//! The file is HCL in its first version, or JSON. HCL 1 differs from HCL 2 here in one point: keys of the block
//! `dev_overrides` are quoted.

use std::path::{Path, PathBuf};

use hcl_edit::expr::{Expression, ObjectKey};
use hcl_edit::structure::{Body, Structure};
use serde_json::{Map, Value};

use super::{HOSTS, SOURCE};

/// What a CLI configuration says about the plugin.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct CliConfiguration {
    /// The folder from which a development override loads the plugin.
    pub dev_override: Option<PathBuf>,
    /// The methods of `provider_installation`; `None` without this block, and the implied mirrors apply.
    pub methods: Option<Vec<Method>>,
    /// The folder in which installed packages are shared.
    pub plugin_cache_dir: Option<String>,
}

/// A way to install providers.
#[derive(Debug, PartialEq, Eq)]
pub struct Method {
    /// The folder of a `filesystem_mirror`; `None` for methods that use the network.
    pub mirror: Option<PathBuf>,
    /// Whether `include` and `exclude` let the plugin come from here.
    pub applies: bool,
}

/// Why a CLI configuration cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Not HCL.
    #[error("invalid HCL: {0}")]
    Hcl(#[from] Box<hcl_edit::parser::Error>),
    /// Not JSON, although it begins like it.
    #[error("invalid JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl CliConfiguration {
    /// Reads a configuration, in either syntax.
    ///
    /// # Errors
    /// If the text is neither HCL nor JSON. What is not about installing providers is not checked.
    pub fn read(text: &str) -> Result<Self, ReadError> {
        let root = match text.trim_start().starts_with('{') {
            true => serde_json::from_str(text)?,
            false => {
                let body: Body = quoted_keys_as_object(text).parse().map_err(Box::new)?;
                to_json(&body)
            }
        };
        let installation = list(&root, "provider_installation");
        let dev_override = installation
            .iter()
            .flat_map(|block| list(block, "dev_overrides"))
            .filter_map(Value::as_object)
            .flatten()
            .find(|(address, _)| matches_plugin(address))
            .and_then(|(_, folder)| folder.as_str())
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
            plugin_cache_dir: root["plugin_cache_dir"].as_str().map(str::to_owned),
        })
    }

    /// Whether the plugin can be installed from the mirror in `folder`.
    pub fn uses_mirror(&self, folder: &Path) -> bool {
        let mut methods = self.methods.iter().flatten();
        methods.any(|method| method.applies && method.mirror.as_deref() == Some(folder))
    }
}

/// The block that installs the plugin from the mirror in `folder`, and every other provider as usual.
pub fn provider_installation(folder: &Path) -> String {
    let path = hcl_string(folder);
    format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path    = {path}\n    include = [\"{SOURCE}\"]\n  }}\n  \
         direct {{\n    exclude = [\"{SOURCE}\"]\n  }}\n}}\n"
    )
}

/// The same for a mirror that is the only origin of providers.
pub(super) fn exclusive_mirror(folder: &Path) -> String {
    let path = hcl_string(folder);
    format!("provider_installation {{\n  filesystem_mirror {{\n    path = {path}\n  }}\n}}\n")
}

/// A path as a string of HCL.
fn hcl_string(path: &Path) -> String {
    // A JSON string is an HCL string, but for the two template marks.
    Value::from(path.to_string_lossy())
        .to_string()
        .replace("${", "$${")
        .replace("%{", "%%{")
}

fn method(kind: &str, block: &Value) -> Method {
    let matches = |name: &str| {
        let patterns = as_list(&block[name]);
        let mut patterns = patterns.into_iter().filter_map(Value::as_str);
        patterns.any(matches_plugin)
    };
    let is_included = block["include"].is_null() || matches("include");
    let path = block["path"].as_str().map(PathBuf::from);
    Method {
        mirror: path.filter(|_| kind == "filesystem_mirror"),
        applies: is_included && !matches("exclude"),
    }
}

/// Whether a provider address, in which parts may be `*`, matches the plugin at one of its registries.
fn matches_plugin(pattern: &str) -> bool {
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

/// `dev_overrides {` as the object `dev_overrides = {`, whose keys HCL 2 allows to be quoted.
fn quoted_keys_as_object(text: &str) -> String {
    const BLOCK: &str = "dev_overrides";
    let mut parts = text.split(BLOCK);
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_block = part.trim_start().starts_with('{');
        result.push_str(BLOCK);
        result.push_str(if is_block { " =" } else { "" });
        result.push_str(part);
    }
    result
}

/// A body as the JSON syntax has it: a list per kind of block.
fn to_json(body: &Body) -> Value {
    let mut object = Map::new();
    for structure in body {
        match structure {
            Structure::Attribute(attribute) => {
                object.insert(attribute.key.to_string(), expression(&attribute.value));
            }
            Structure::Block(block) => {
                let blocks = object.entry(block.ident.to_string());
                let blocks = blocks.or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(blocks) = blocks {
                    blocks.push(to_json(&block.body));
                }
            }
        }
    }
    Value::Object(object)
}

/// A literal as JSON. Whatever else there may be is not about installing providers, and null.
fn expression(expression: &Expression) -> Value {
    match expression {
        Expression::String(text) => Value::from(text.as_str()),
        // `"${HOME}/cache"`, which Terraform expands as the shell does.
        Expression::StringTemplate(_) => {
            Value::from(expression.to_string().trim().trim_matches('"'))
        }
        Expression::Array(elements) => elements.iter().map(self::expression).collect(),
        Expression::Object(object) => object
            .iter()
            .filter_map(|(key, value)| {
                let key = match key {
                    ObjectKey::Ident(key) => key.to_string(),
                    ObjectKey::Expression(key) => key.as_str()?.to_owned(),
                };
                Some((key, self::expression(value.expr())))
            })
            .collect::<Map<_, _>>()
            .into(),
        _ => Value::Null,
    }
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

    #[test]
    fn development_overrides_are_found_in_both_syntaxes() {
        let hcl = r#"
            # Comment with a "quote"
            provider_installation {
              dev_overrides {
                "acme/toy" = "/toy"
                "hwgrants/hwgrants" = "C:\\work"
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
        }
    }

    #[test]
    fn a_configuration_without_provider_installation_has_no_methods() {
        let configuration = read(
            "plugin_cache_dir = \"${HOME}/cache\"\ncredentials \"app.terraform.io\" {\n  token = \"t\"\n}\n",
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
            ("include = []", false),
            ("exclude = [\"hwgrants/*\"]", false),
            ("exclude = [\"hashicorp/*\"]", true),
            ("include = [\"*/*\"]\n exclude = [\"*/*/*\"]", false),
        ] {
            let text = format!(
                "provider_installation {{\n filesystem_mirror {{\n path = \"/m\"\n {arguments}\n}}\n}}\n"
            );
            let configuration = read(&text);
            assert_eq!(
                configuration.uses_mirror(Path::new("/m")),
                applies,
                "{text}"
            );
            assert!(!configuration.uses_mirror(Path::new("/other")));
        }
    }

    #[test]
    fn the_printed_block_uses_the_mirror_and_no_registry_for_the_plugin() {
        let folder = Path::new("/home/a \"b\"/${c}/%{d}\\e");
        let text = provider_installation(folder);
        assert!(
            text.contains(r#"path    = "/home/a \"b\"/$${c}/%%{d}\\e""#),
            "{text}"
        );
        let configuration = read(&provider_installation(Path::new("C:\\mirror")));
        assert!(
            configuration.uses_mirror(Path::new("C:\\mirror")),
            "{configuration:?}"
        );
        let applying: Vec<_> = configuration
            .methods
            .unwrap()
            .into_iter()
            .filter(|method| method.applies)
            .collect();
        assert_eq!(applying.len(), 1);
    }

    #[test]
    fn invalid_text_is_an_error() {
        for text in ["provider_installation {", "{\"provider_installation\": "] {
            assert!(CliConfiguration::read(text).is_err(), "{text}");
        }
    }
}
