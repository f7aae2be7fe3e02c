//! Every block of configuration that people may copy is valid and formatted, by real Terraform.

use std::fs;

use hwgrants::cli::terraform::Release;

use super::page::Page;
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

/// The resource blocks of a page, which an `import` block of it needs.
fn resources(blocks: &[&str]) -> String {
    let resources = blocks.iter().filter(|block| block.contains("resource \""));
    resources.take(1).copied().collect()
}

#[test]
fn documentation_examples_are_valid_and_formatted() {
    // `import` by identity and queries need a late one.
    let workspace = Workspace::on(Release::LATEST);
    fs::remove_file(workspace.path().join("provider.tf")).unwrap();
    let mut count = 0;
    for page in Page::all() {
        let blocks = page.texts("terraform");
        for block in &blocks {
            let at = format!("{}:\n{block}", page.path);
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
                let page = &page.path;
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
    }
    assert!(count > 30, "{count}");
}
