use std::fs;

use tempfile::TempDir;

use super::*;
use crate::VERSION;
use crate::distribution::lock_check::{LockCheck, LockProblem, check_lock_file};
use crate::distribution::package::Package;
use crate::distribution::{HOSTS, SOURCE};

/// A home folder and a working folder.
struct Machine {
    folder: TempDir,
    user: User,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = resolve(folder.path());
        for name in ["home", "work"] {
            fs::create_dir(root.join(name)).unwrap();
        }
        let user = User::new(Some(root.join("home")), root.join("work"));
        Self { folder, user }
    }

    fn path(&self, name: &str) -> PathBuf {
        resolve(self.folder.path()).join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Installs a build into a mirror, and returns its hashes.
    fn install(&self, root: &str, platform: &Platform, build: &str) -> [String; 2] {
        let package = Package::new(platform.clone(), build.as_bytes()).unwrap();
        mirror::install(&self.path(root), &package).unwrap();
        package.hashes().clone()
    }

    fn found(&self) -> Result<Installation, InstallationProblem> {
        find_installation(&self.user, &Platform::current(), HOSTS[0])
    }

    fn lock(&self, host: &str, version: &str, hash: &str) -> Result<LockCheck, LockProblem> {
        let address = format!("{host}/{SOURCE}");
        let text = format!(
            "provider \"{address}\" {{\n  version = \"{version}\"\n  hashes = [\"{hash}\"]\n}}\n"
        );
        self.write("work/.terraform.lock.hcl", &text);
        check_lock_file(&self.user, &Platform::current(), HOSTS[0])
    }
}

const MIRROR: &str = "home/.terraform.d/plugins";

fn other_platform() -> Platform {
    Platform::parse("plan9_arm").unwrap()
}

#[test]
fn an_installed_provider_is_found_in_the_default_mirror_or_where_init_put_it() {
    let machine = Machine::new();
    let problem = machine.found().unwrap_err();
    assert!(matches!(problem, InstallationProblem::NotInstalled { .. }));
    machine.install(MIRROR, &Platform::current(), "build");
    let in_mirror = Installation::Mirror {
        version: VERSION.to_owned(),
        folder: machine.path(MIRROR),
    };
    assert_eq!(machine.found(), Ok(in_mirror));
    let unpacked = format!(
        "work/.terraform/providers/{}/{SOURCE}/0.0.9/{}/x",
        HOSTS[0],
        Platform::current()
    );
    machine.write(&unpacked, "");
    let initialized = Installation::Initialized {
        version: "0.0.9".to_owned(),
        folder: machine.path("work/.terraform/providers"),
    };
    assert_eq!(machine.found(), Ok(initialized));
}

#[test]
fn a_mirror_for_another_platform_or_registry_does_not_count() {
    let machine = Machine::new();
    machine.install(MIRROR, &other_platform(), "build");
    let problem = machine.found().unwrap_err();
    let needed = Platform::current().to_string();
    let expected = InstallationProblem::WrongPlatform {
        folder: machine.path(MIRROR),
        platforms: vec!["plan9_arm".to_owned()],
        needed,
        is_initialized: false,
    };
    assert_eq!(problem, expected);

    let machine = Machine::new();
    machine.install(MIRROR, &Platform::current(), "build");
    fs::remove_dir_all(machine.path(MIRROR).join(HOSTS[0])).unwrap();
    assert!(machine.found().is_err());
    let of_tofu = find_installation(&machine.user, &Platform::current(), HOSTS[1]);
    assert!(matches!(of_tofu, Ok(Installation::Mirror { .. })));
}

#[test]
fn a_cli_configuration_may_disable_override_or_leave_open_the_origin() {
    let block = |methods: &str| format!("provider_installation {{\n{methods}\n}}\n");
    for (text, expected) in [
        (block("direct {}"), "which disables the directory"),
        (
            block("dev_overrides {\n\"hwgrants/hwgrants\" = \"/nowhere/at/all\"\n}"),
            "which does not exist",
        ),
        (
            block("dev_overrides {\n\"hwgrants/hwgrants\" = \"../home\"\n}"),
            "which contains no provider",
        ),
        (
            block("dev_overrides {\n\"hwgrants/hwgrants\" = \"../build\"\n}"),
            "development override",
        ),
        (
            block("network_mirror {\nurl = \"https://mirror.example/\"\n}"),
            "network mirror",
        ),
        (
            block("direct {}") + &block("direct {}"),
            "more than one `provider_installation` block",
        ),
        (block("direct {"), "cannot be read"),
    ] {
        let machine = Machine::new();
        machine.install(MIRROR, &Platform::current(), "build");
        machine.write("build/terraform-provider-hwgrants", "");
        machine.write("home/.terraformrc", &text);
        let shown = match machine.found() {
            Ok(found) => found.to_string(),
            Err(problem) => {
                assert!(problem.hint().ends_with('.'), "{}", problem.hint());
                problem.to_string()
            }
        };
        assert!(shown.contains(expected), "{text}: {shown}");
    }
}

#[test]
fn variables_may_name_no_file_or_another_origin() {
    for (variable, value, expected) in [
        (
            "TF_CLI_CONFIG_FILE",
            "no.rc",
            "no.rc`, which does not exist",
        ),
        (
            "TF_CLI_ARGS_init",
            "-plugin-dir=/x",
            "contains `-plugin-dir`",
        ),
        (
            "TF_REATTACH_PROVIDERS",
            "{\"hwgrants/hwgrants\": {}}",
            "already running",
        ),
    ] {
        let machine = Machine::new();
        let user = machine.user.clone().with_variable(variable, value);
        let found = find_installation(&user, &Platform::current(), HOSTS[0]);
        let shown = found.map_or_else(|problem| problem.to_string(), |found| found.to_string());
        assert!(shown.contains(expected), "{variable}: {shown}");
    }
}

#[test]
fn a_lock_file_must_accept_an_installed_build() {
    let machine = Machine::new();
    let check = || check_lock_file(&machine.user, &Platform::current(), HOSTS[0]);
    assert_eq!(check(), Ok(LockCheck::NoFile));
    let version = || VERSION.to_owned();
    let nothing_installed = LockCheck::NotChecked { version: version() };
    assert_eq!(
        machine.lock(HOSTS[0], VERSION, "h1:x="),
        Ok(nothing_installed)
    );

    let hashes = machine.install(MIRROR, &Platform::current(), "build");
    for hash in hashes {
        let accepted = LockCheck::Accepted { version: version() };
        assert_eq!(machine.lock(HOSTS[0], VERSION, &hash), Ok(accepted));
    }
    assert_eq!(
        machine.lock(HOSTS[1], VERSION, "h1:x="),
        Ok(LockCheck::NoEntry)
    );
    let problem = machine.lock(HOSTS[0], VERSION, "h1:x=").unwrap_err();
    assert!(matches!(problem, LockProblem::Hash { .. }), "{problem}");
    let problem = machine.lock(HOSTS[0], "9.9.9", "h1:x=").unwrap_err();
    assert_eq!(problem.hint(), "Run `terraform init -upgrade`.");

    let text = "provider_installation {\ndev_overrides {\n\"hwgrants/hwgrants\" = \"/x\"\n}\n}\n";
    machine.write("home/.terraformrc", text);
    assert_eq!(check(), Ok(LockCheck::Overridden));
}
