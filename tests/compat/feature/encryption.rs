//! States and plans that OpenTofu encrypts.

use hwgrants::sandbox::seed;

use crate::client::Client;
use crate::harness::{Block, Workspace, in_days};

use super::tool::hwgrants;

/// What must not appear in an encrypted file.
const PLAIN: [&str; 3] = [seed::USER_ANA, seed::SECRET_DB_PASSWORD, "csms_grant"];

/// The configuration of both, with the fewest iterations that are allowed; `state` contains more arguments of the state.
fn encryption(passphrase: &str, state: &str) -> String {
    format!(
        r#"terraform {{
  encryption {{
    key_provider "pbkdf2" "this" {{
      passphrase = "{passphrase}"
      iterations = 200000
    }}
    method "aes_gcm" "this" {{
      keys = key_provider.pbkdf2.this
    }}
    method "unencrypted" "migration" {{}}
    state {{
      method = method.aes_gcm.this
{state}
    }}
    plan {{
      method   = method.aes_gcm.this
      enforced = true
    }}
  }}
}}
"#
    )
}

const PASSPHRASE: &str = "a passphrase of the sandbox";
const ENFORCED: &str = "      enforced = true";
const FALLBACK: &str = "      fallback {\n        method = method.unencrypted.migration\n      }";

#[track_caller]
fn assert_is_encrypted(workspace: &Workspace, file: &str) {
    let bytes = std::fs::read(workspace.path().join(file)).unwrap();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.contains("encrypted_data"), "{file}: {text}");
    for plain in PLAIN {
        assert!(!text.contains(plain), "`{plain}` in {file}: {text}");
    }
}

/// The life of a grant, each plan saved, reviewed and applied; without the passphrase, nothing is requested.
pub(super) fn life(client: &Client) {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let workspace = client.workspace(&grant);
    workspace.write_file("encryption.tf", &encryption(PASSPHRASE, ENFORCED));
    let steps = [
        (grant.to_string(), "CreateGrants", "1 gained"),
        (
            grant.set("validity_time", &in_days(60)).to_string(),
            "UpdateGrant",
            "1 extended",
        ),
        (String::new(), "DeleteGrant", "1 lost"),
    ];
    for (config, operation, review) in steps {
        workspace.write(config);
        workspace
            .run(&["plan", "-input=false", "-out=test.tfplan"])
            .succeeded();
        assert_is_encrypted(&workspace, "test.tfplan");
        let json = workspace.json(&["show", "-json", "test.tfplan"]);
        workspace.write_file("plan.json", &json.to_string());
        let of_json = hwgrants(&workspace, &["review", "plan.json"]).succeeded();
        assert!(of_json.stdout.contains(review), "{of_json}");
        let of_plan = hwgrants(&workspace, &["review", "test.tfplan"]).succeeded();
        assert_eq!(of_plan.stdout, of_json.stdout);

        let apply = ["apply", "-input=false", "test.tfplan"];
        let writes = workspace.writes_of(|| workspace.run(&apply).succeeded());
        assert_eq!(writes, [operation]);
        assert_is_encrypted(&workspace, "terraform.tfstate");
        workspace.assert_plan_is_empty();

        let state = workspace.run(&["show", "-json"]).succeeded().stdout;
        workspace.write_file("state.json", &state);
        hwgrants(&workspace, &["audit", "state.json", "--fail-on", "any"]).succeeded();
        let refused = hwgrants(&workspace, &["audit", "terraform.tfstate"]);
        assert_eq!(refused.code, Some(1), "{refused}");
        assert!(
            refused.stderr.contains("the state is encrypted"),
            "{refused}"
        );
    }

    workspace.write_file("encryption.tf", &encryption("another passphrase", ENFORCED));
    let before = workspace.world().requests().len();
    workspace.apply().failed();
    assert_eq!(workspace.world().requests().len(), before);
}

/// A state in plain text is encrypted by the next apply, which sends nothing.
pub(super) fn of_existing_state(client: &Client) {
    let grant = Block::grant("csms_grant").set("validity_time", &in_days(30));
    let workspace = client.workspace(&grant);
    workspace.apply().succeeded();
    workspace.write_file("encryption.tf", &encryption(PASSPHRASE, FALLBACK));
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_eq!(writes, [""; 0]);
    assert_is_encrypted(&workspace, "terraform.tfstate");
    workspace.write_file("encryption.tf", &encryption(PASSPHRASE, ENFORCED));
    workspace.assert_plan_is_empty();
    let writes = workspace.writes_of(|| workspace.destroy().succeeded());
    assert_eq!(writes, ["DeleteGrant"]);
}
