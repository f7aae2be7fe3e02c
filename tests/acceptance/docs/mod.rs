//! Every block of configuration that people may copy is valid and formatted, by real Terraform.

use std::fs;
use std::path::{Path, PathBuf};

use hwgrants::cli::terraform::Release;

use crate::harness::Workspace;
use crate::not_checked::not_checked;

const VERSIONS: &str = r#"terraform {
  required_providers {
    hwgrants = {
      source  = "hwgrants/hwgrants"
      version = "~> 0.1"
    }
  }
}
"#;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README.md and every page of `docs/`.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("README.md")];
    let mut folders = vec![root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// The fenced blocks of this language.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}\n");
    let blocks = page.split(opening.as_str()).skip(1);
    blocks
        .map(|block| block.split_once("```").unwrap().0.to_owned())
        .collect()
}

/// The resource blocks of a page, which an `import` block of it needs.
fn resources(blocks: &[String]) -> String {
    let resources = blocks.iter().filter(|block| block.contains("resource \""));
    resources.take(1).cloned().collect()
}

#[test]
fn documentation_examples_are_valid_and_formatted() {
    // `import` by identity and queries need a late one.
    let workspace = Workspace::on(Release::LATEST);
    fs::remove_file(workspace.path().join("provider.tf")).unwrap();
    let mut count = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).unwrap();
        let blocks = blocks(&text, "terraform");
        for block in &blocks {
            let at = format!("{}:\n{block}", page.display());
            let is_query = block.contains("list \"");
            let file = if is_query {
                "main.tfquery.hcl"
            } else {
                "main.tf"
            };
            workspace.write_file(file, block);
            let format = workspace.run(&["fmt", "-check", "-diff", file]);
            assert!(format.code == Some(0), "{at}{format}");
            count += 1;
            if is_query {
                // The examples of list resources are run by a test of their own.
                fs::remove_file(workspace.path().join(file)).unwrap();
                continue;
            }
            if block.contains("huaweicloud_") && block.contains("resource \"huaweicloud_") {
                let page = page.strip_prefix(root()).unwrap().display();
                not_checked(&format!(
                    "a block with the provider `huaweicloud`, of {page}"
                ));
                continue;
            }
            let versions = match block.contains("required_providers") {
                true => "",
                false => VERSIONS,
            };
            workspace.write_file("versions.tf", versions);
            let other = match block.contains("import {") && !block.contains("resource \"") {
                true => resources(&blocks),
                false => String::new(),
            };
            workspace.write_file("other.tf", &other);
            let validated = workspace.run(&["validate"]);
            assert!(validated.code == Some(0), "{at}{validated}");
        }
        // The language of Terraform's own configuration, which no command of it checks.
        for block in self::blocks(&text, "hcl") {
            assert!(
                block.contains("provider_installation"),
                "{}:\n{block}",
                page.display()
            );
        }
    }
    assert!(count > 30, "{count}");
}
