//! What `hwgrants sandbox --print terraform` prints, used as it is printed.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use hwgrants::sandbox::seed::{self, GROUP_ONCALL};

use crate::harness::{Block, Workspace};

/// What is printed, for the cloud at this address.
pub(crate) fn printed(address: &str) -> String {
    let mut child = Command::new(env!("CARGO_BIN_EXE_hwgrants"))
        .args(["sandbox", "--port", "0", "--print", "terraform"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut text = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        text += &format!("{line}\n");
        if line.contains(GROUP_ONCALL) {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let (_, url) = text.split_once("csms          = \"").unwrap();
    let url = url.split('"').next().unwrap().to_owned();
    text.replace(&url, address)
}

/// The ways to sign in that are comments: what each is called, and its lines.
fn other_ways(printed: &str) -> Vec<(&str, Vec<&str>)> {
    let mut ways = Vec::new();
    for line in printed.lines().filter_map(|line| line.strip_prefix("# ")) {
        if line.starts_with("With ") {
            ways.push((line, Vec::new()));
        } else if let Some((_, lines)) = ways.last_mut().filter(|_| line.starts_with("  ")) {
            lines.push(line);
        } else {
            break;
        }
    }
    ways
}

fn argument(line: &str) -> &str {
    line.split('=').next().unwrap().trim()
}

#[test]
fn provider_blocks_printed_by_the_sandbox_work() {
    let mut workspace = Workspace::with(Block::grant(super::TYPE));
    for name in [
        "HWGRANTS_ENDPOINT",
        "HW_AUTH_TOKEN",
        "HW_REGION_NAME",
        "HW_PROJECT_ID",
        "HW_DOMAIN_ID",
    ] {
        workspace.unset(name);
    }
    let printed = printed(&workspace.address());
    let (_, block) = printed.split_once("provider \"hwgrants\" {\n").unwrap();
    let (block, _) = block.split_once("\n}\n").unwrap();
    workspace.provider(block);
    assert_eq!(workspace.change(), "create");
    workspace.apply().succeeded();
    assert_eq!(workspace.world().grants(seed::SECRET_DB_PASSWORD).len(), 1);
    workspace.assert_plan_is_empty();
    workspace.destroy().succeeded();

    workspace.write(Block::of("repo_kms_grant"));
    let ways = other_ways(&printed);
    assert_eq!(ways.len(), 4, "{printed}");
    for (name, lines) in ways {
        let set = lines.iter().filter(|line| line.contains('='));
        let replaced: Vec<_> = set.map(|line| argument(line)).collect();
        let kept = block.lines().filter(|line| {
            let is_key = line.starts_with("  access_key") || line.starts_with("  secret_key");
            // Those of endpoints are not of the provider's own.
            let is_outer = !line.starts_with("    ");
            !(is_key || is_outer && replaced.contains(&argument(line)))
        });
        let kept: Vec<_> = kept.chain(lines.iter().copied()).collect();
        workspace.provider(&kept.join("\n"));
        let plan = workspace.plan();
        assert_eq!(plan.code, Some(2), "{name}: {plan}");
    }
}
