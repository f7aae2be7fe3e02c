//! `examples/complete`, applied from an account that has nothing: with a build of the provider `huaweicloud` if there is one,
//! and in any case with the official SDK in its place.

mod derived;

use std::env::consts::EXE_SUFFIX;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use hwgrants::distribution::package::Platform;
use hwgrants::sandbox::{
    AccessKey, AccountId, EncryptedRepositories, Fault, FaultAction, KmsKeys, Permission,
    Principal, RepoEncryption, SandboxProject, When, seed,
};

use self::derived::Attributes;
use crate::harness::Workspace;
use crate::not_checked::not_checked;
use crate::python_sdk;
use crate::sign_in::printed::printed;

/// An account that only the test knows. It has a project and an access key, but no secret, key, grant, delegation or setting.
/// The users are those of the sandbox, because all accounts share its directory.
const ACCOUNT_ID: &str = "4e0a7d31c9b84f6c8f25d6013be97a40";
const PROJECT_ID: &str = "b82f50c7d4134e9da06e3c719f8254ab";
const ACCESS_KEY: &str = "SANDBOXAKCOMPANY0001";
const SECRET_KEY: &str = "sandbox-secret-key-company-51c08ae97d3b";

const KEY: &str = "huaweicloud_kms_key.repositories";
const SECRET: &str = "huaweicloud_csms_secret.database";

/// Who has access until when, by the example: user name, user ID, date.
const ACCESS: [(&str, &str, &str); 3] = [
    ("Ana Ruiz", seed::USER_ANA, "2099-06-30"),
    ("Ben Okafor", seed::USER_BEN, "2099-09-30"),
    ("Chen Wei", seed::USER_CHEN, "2099-12-31"),
];

/// The writes of this provider that the example takes.
const WRITES: [&str; 5] = [
    "CreateGrants",
    "CreateGrants",
    "CreateGrants",
    "CreateTenantKmsGrant",
    "UpdateTenantRepoEncryptionSetting",
];

/// The files of the example.
const FILES: [&str; 4] = ["main.tf", "variables.tf", "outputs.tf", "terraform.tfvars"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/complete")
}

fn example(file: &str) -> String {
    std::fs::read_to_string(folder().join(file)).unwrap()
}

/// The account and region, which have at most one setting.
fn scope() -> String {
    format!("{ACCOUNT_ID}/{}", seed::REGION)
}

/// A workspace in which nothing but a file decides about account and region, as `examples/complete/README.md` says: the blocks
/// that `hwgrants sandbox --print terraform` prints, with the empty account.
fn workspace(settings: impl Fn(String) -> String) -> Workspace {
    let mut workspace = Workspace::new();
    for name in [
        "HWGRANTS_ENDPOINT",
        "HW_AUTH_TOKEN",
        "HW_REGION_NAME",
        "HW_PROJECT_ID",
        "HW_DOMAIN_ID",
    ] {
        workspace.unset(name);
    }
    std::fs::remove_file(workspace.path().join("provider.tf")).unwrap();
    assert_empty(&workspace);
    let world = workspace.world();
    let project = SandboxProject {
        region: seed::REGION.to_owned(),
        account_id: AccountId::from(ACCOUNT_ID),
        account_name: "company".to_owned(),
    };
    world.add_project(PROJECT_ID, project);
    let principal = Principal {
        id: "0d6c2f9b71e84a35b3fa48c705de1296".to_owned(),
        name: "platform".to_owned(),
        account_id: AccountId::from(ACCOUNT_ID),
        permissions: Permission::ALL.into(),
    };
    let key = AccessKey {
        principal,
        secret_key: SECRET_KEY.into(),
        security_token: None,
        expires_at: None,
    };
    world.add_access_key(ACCESS_KEY, key);
    let printed = printed(&workspace.address())
        .replace(seed::ACCOUNT_ID, ACCOUNT_ID)
        .replace(seed::PROJECT_ID, PROJECT_ID)
        .replace(seed::ACCESS_KEY, ACCESS_KEY)
        .replace(seed::SECRET_KEY, SECRET_KEY);
    workspace.write_file("sandbox_override.tf", &settings(printed));
    workspace.set("TF_VAR_database_password", "a password of the sandbox");
    workspace
}

/// The account has nothing that the example creates.
fn assert_empty(workspace: &Workspace) {
    let world = workspace.world();
    let mut resources = world.state().resources.into_values();
    assert!(resources.all(|found| found.resource.project_id.as_str() != PROJECT_ID));
    assert!(world.object::<KmsKeys>(&scope()).is_none());
    assert!(world.object::<RepoEncryption>(&scope()).is_none());
    assert!(world.object::<EncryptedRepositories>(&scope()).is_none());
    assert!(!world.is_delegated(ACCOUNT_ID));
}

/// Creates what the blocks of the provider `huaweicloud` describe, with the official SDK.
fn create(workspace: &Workspace, python: &Path, resources: &Attributes) -> Attributes {
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/acceptance/complete/create.py");
    let mut command = Command::new(python);
    workspace.prepare(&mut command);
    let mut child = command
        .arg(program)
        .env("URL", workspace.address())
        .env("PROJECT_ID", PROJECT_ID)
        .env("ACCESS_KEY", ACCESS_KEY)
        .env("SECRET_KEY", SECRET_KEY)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let arguments = serde_json::to_vec(resources).unwrap();
    child.stdin.take().unwrap().write_all(&arguments).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn the_example_is_formatted_and_contains_no_id() {
    let workspace = Workspace::new();
    let path = folder().display().to_string();
    let format = ["fmt", "-check", "-diff", path.as_str()];
    workspace.run(&format).succeeded();
    for file in FILES {
        let text = example(file);
        let words = text.split(|c: char| !c.is_ascii_alphanumeric());
        // IDs of users, secrets, keys, projects and accounts have at least this many digits or hexadecimal digits in a row.
        let ids: Vec<_> = words
            .filter(|word| word.len() >= 8 && word.chars().all(|c| c.is_ascii_hexdigit()))
            .collect();
        assert!(ids.is_empty(), "{file}: {ids:?}");
    }
}

#[test]
fn the_blocks_of_this_provider_apply_at_once_beside_a_key_and_a_secret_of_the_official_sdk() {
    let python = match python_sdk::installed() {
        Some(Ok(python)) => python,
        reason => {
            let reason = match reason {
                Some(Err(error)) => format!("the official SDK cannot be installed: {error}"),
                _ => "Python is not installed".to_owned(),
            };
            not_checked(&format!("`examples/complete`, because {reason}"));
            return;
        }
    };
    let workspace = workspace(|settings| derived::without_provider(&settings, &Attributes::new()));
    let resources = derived::resources(&example("main.tf"));
    let addresses: Vec<_> = resources.keys().collect();
    assert_eq!(addresses, [SECRET, KEY]);
    let attributes = create(&workspace, &python, &resources);
    for file in FILES {
        let text = match file.strip_suffix(".tf") {
            Some(_) => derived::without_provider(&example(file), &attributes),
            None => example(file),
        };
        assert!(!text.contains("huaweicloud_"), "{text}");
        workspace.write_file(file, &text);
    }
    workspace.run(&["init", "-input=false"]).succeeded();
    // What does not wait for the delegation comes too early.
    let delay = FaultAction::Delay {
        delay: Duration::from_secs(2),
        when: When::BeforeEffect,
    };
    let slow = Fault::on("CreateTenantKmsGrant", delay);
    workspace.world().faults().add(slow);
    let attribute = |address: &str, name: &str| attributes[address][name].as_str().unwrap();
    let (secret, key) = (attribute(SECRET, "secret_id"), attribute(KEY, "key_id"));
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_writes(&writes);
    follow_the_page(&workspace, secret, key);
    assert_eq!(key_state(&workspace, key), "2");
}

#[test]
fn the_example_applies_unchanged_with_the_official_provider() {
    let Some(program) = official_provider() else {
        not_checked(
            "`examples/complete` with the provider `huaweicloud`, because this machine has no build of it; CONTRIBUTING.md says \
             how to name one",
        );
        return;
    };
    let workspace = workspace(|settings| settings);
    install(&workspace, &program);
    for file in FILES {
        workspace.write_file(file, &example(file));
    }
    workspace.run(&["init", "-input=false"]).succeeded();
    let writes = workspace.writes_of(|| workspace.apply().succeeded());
    assert_writes(&writes);
    let secret = workspace.attributes(SECRET)["secret_id"].clone();
    let key = workspace.attributes(KEY)["key_id"].clone();
    let (secret, key) = (secret.as_str().unwrap(), key.as_str().unwrap());
    follow_the_page(&workspace, secret, key);
    assert_eq!(key_state(&workspace, key), "4", "scheduled for deletion");
    let secrets = workspace.world().state().resources;
    assert!(!secrets.keys().any(|id| id.as_str() == secret));
}

/// Each write of this provider was sent once.
#[track_caller]
fn assert_writes(writes: &[&str]) {
    let mut ours: Vec<_> = writes
        .iter()
        .copied()
        .filter(|write| WRITES.contains(write))
        .collect();
    ours.sort_unstable();
    assert_eq!(ours, WRITES, "{writes:?}");
}

/// After the first apply: what README.md of the example says about outputs, later plans and destroy.
fn follow_the_page(workspace: &Workspace, secret: &str, key: &str) {
    workspace.assert_plan_is_empty();
    assert_granted(workspace, secret);
    let world = workspace.world();
    let setting: RepoEncryption = world.object(&scope()).expect("a setting");
    assert_eq!(setting.encryption_type.as_deref(), Some("KMS"));
    assert_eq!(setting.key_id.as_deref(), Some(key));
    assert!(setting.is_default_enabled);
    assert!(world.is_delegated(ACCOUNT_ID));
    let outputs = workspace.json(&["output", "-json"]);
    let access = outputs["database_access"]["value"].as_object().unwrap();
    assert_eq!(access.len(), ACCESS.len());
    for (user_name, _, until) in ACCESS {
        assert_eq!(access[user_name]["until"], until);
        assert_eq!(access[user_name]["status"], "active");
    }
    let shown = &outputs["repository_key"]["value"];
    assert_eq!(shown["name"], "codearts-repositories");
    assert_eq!(shown["state"], "2");
    let repositories = &outputs["encrypted_repositories"]["value"];
    assert_eq!(repositories.as_array().map(Vec::len), Some(0));

    // Revoked outside of Terraform, a grant is created again.
    assert!(world.remove_grant(secret, seed::USER_BEN));
    let expected = ("hwgrants_csms_grant.database[\"Ben Okafor\"]", "create");
    let expected = [(expected.0.to_owned(), expected.1.to_owned())];
    assert_eq!(workspace.changes(), expected.into());
    workspace.apply().succeeded();
    assert_granted(workspace, secret);
    workspace.assert_plan_is_empty();

    let repositories = EncryptedRepositories([(1, "billing".to_owned())].into());
    world.set_object(&scope(), Some(&repositories));
    let destroyed = workspace.destroy().succeeded();
    destroyed
        .says("Warning: Encryption will be disabled")
        .says("1 repository is encrypted")
        .says("Warning: Delegation to CodeArts Repo remains in effect");
    assert!(workspace.state().is_empty());
    assert!(world.grants(secret).is_empty());
    let setting: RepoEncryption = world.object(&scope()).expect("a setting");
    assert_eq!(setting.encryption_type.as_deref(), Some("normal"));
    assert!(!setting.is_default_enabled);
    assert!(world.is_delegated(ACCOUNT_ID));
}

/// The secret has these grants and no others.
#[track_caller]
fn assert_granted(workspace: &Workspace, secret: &str) {
    let grants = workspace.world().grants(secret);
    let grants = grants.iter().map(|(grantee, grant)| {
        let until = grant.validity_date.map(|date| date.to_string());
        (grantee.to_string(), until.unwrap_or_default())
    });
    let mut expected: Vec<_> = ACCESS
        .iter()
        .map(|(_, user_id, until)| ((*user_id).to_owned(), (*until).to_owned()))
        .collect();
    expected.sort();
    assert_eq!(grants.collect::<Vec<_>>(), expected);
}

/// The state of a key in the sandbox.
fn key_state(workspace: &Workspace, key: &str) -> String {
    let keys: KmsKeys = workspace.world().object(&scope()).expect("keys");
    keys.0[key].state.clone()
}

/// A build of the provider `huaweicloud`: `$HUAWEICLOUD_PROVIDER`, or on `PATH`.
fn official_provider() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("HUAWEICLOUD_PROVIDER") {
        return Some(path.into());
    }
    let file = format!("terraform-provider-huaweicloud{EXE_SUFFIX}");
    let search = std::env::var_os("PATH").unwrap_or_default();
    let mut paths = std::env::split_paths(&search).map(|folder| folder.join(&file));
    paths.find(|path| path.is_file())
}

/// Puts it into the mirror of the workspace, for Terraform and for OpenTofu, as a version that the example accepts.
fn install(workspace: &Workspace, program: &Path) {
    let version = "1.999.0";
    for host in ["registry.terraform.io", "registry.opentofu.org"] {
        let provider = format!("plugins/{host}/huaweicloud/huaweicloud");
        let platform = Platform::current().to_string();
        let folder = workspace.path().join(provider).join(version).join(platform);
        std::fs::create_dir_all(&folder).unwrap();
        let name = format!("terraform-provider-huaweicloud_v{version}{EXE_SUFFIX}");
        std::os::unix::fs::symlink(program, folder.join(name)).unwrap();
    }
}
