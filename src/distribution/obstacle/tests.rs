use std::fs;

use tempfile::TempDir;

use super::*;
use crate::distribution::package::Platform;

/// A home with an installed package, and a working folder.
struct Machine {
    folder: TempDir,
    package: Package,
}

impl Machine {
    fn new() -> Self {
        let machine = Self {
            folder: tempfile::tempdir().unwrap(),
            package: Package::new(Platform::current(), b"this build").unwrap(),
        };
        mirror::install(&machine.root(), &machine.package).unwrap();
        machine.write("work/main.tf", "");
        machine
    }

    fn user(&self) -> User {
        User::new(Some(self.path("home")), self.path("work"))
    }

    fn root(&self) -> PathBuf {
        self.user().implied_mirror().unwrap()
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

    fn obstacles(&self) -> Vec<Obstacle> {
        find_obstacles(&self.user(), &self.root(), &self.package)
    }

    /// A package of this version and platform from another build, in the mirror at `root`.
    fn other_build(&self, root: &Path) -> PathBuf {
        let other = Package::new(Platform::current(), b"another build").unwrap();
        mirror::install(root, &other).unwrap().remove(0)
    }
}

#[test]
fn a_fresh_home_has_no_obstacles() {
    assert_eq!(Machine::new().obstacles(), []);
}

#[test]
fn a_development_override_and_a_disabled_mirror_are_both_reported() {
    let machine = Machine::new();
    let text = format!(
        "provider_installation {{\n dev_overrides {{\n \"{SOURCE}\" = \"/build\"\n }}\n direct {{}}\n}}\n"
    );
    let file = machine.write("home/.terraformrc", &text);
    let mirror = machine.root();
    let expected = [
        Obstacle::DevOverride {
            file: file.clone(),
            folder: PathBuf::from("/build"),
        },
        Obstacle::ImpliedMirrorDisabled { file, mirror },
    ];
    assert_eq!(machine.obstacles(), expected);
}

#[test]
fn a_configuration_that_follows_the_hints_has_no_obstacles() {
    let machine = Machine::new();
    machine.write("home/.tofurc", "provider_installation {\n direct {}\n}\n");
    let [Obstacle::ImpliedMirrorDisabled { .. }] = &machine.obstacles()[..] else {
        panic!("expected one obstacle");
    };
    let hint = machine.obstacles()[0].hint();
    let method = hint.split("\n\n").nth(1).unwrap();
    let text = format!("provider_installation {{\n{method}\n direct {{}}\n}}\n");
    let file = machine.write("home/.tofurc", &text);
    // Without network access, `direct` makes `init` fail.
    assert_eq!(machine.obstacles(), [Obstacle::Network { file }]);
    let text = text.replace(
        "direct {}",
        &format!("direct {{\n exclude = [\"{SOURCE}\"]\n }}"),
    );
    machine.write("home/.tofurc", &text);
    assert_eq!(machine.obstacles(), []);
}

#[test]
fn a_second_block_is_reported_unless_it_is_of_the_other_product() {
    let machine = Machine::new();
    let block = cli_configuration::provider_installation(&machine.root());
    machine.write("home/.terraformrc", &block);
    machine.write("home/.tofurc", &block);
    assert_eq!(machine.obstacles(), []);
    let second = machine.write("home/.terraform.d/more.tfrc", &block);
    let obstacles = machine.obstacles();
    let [Obstacle::SecondBlock { files }] = &obstacles[..] else {
        panic!("expected one obstacle, got {obstacles:?}");
    };
    assert!(files.contains(&second), "{files:?}");
    fs::remove_file(second).unwrap();
    machine.write("home/.tofurc", &format!("{block}{block}"));
    assert_eq!(machine.obstacles().len(), 1);
}

#[test]
fn a_mirror_elsewhere_needs_no_implied_mirror() {
    let machine = Machine::new();
    let root = machine.path("mirror");
    mirror::install(&root, &machine.package).unwrap();
    machine.write(
        "home/.terraformrc",
        &cli_configuration::provider_installation(&root),
    );
    assert_eq!(find_obstacles(&machine.user(), &root, &machine.package), []);
}

#[test]
fn other_builds_in_any_implied_mirror_are_reported_and_older_versions_are_not() {
    let machine = Machine::new();
    let other = machine.other_build(&machine.path("work/terraform.d/plugins"));
    let provider = machine.root().join(HOSTS[0]).join(SOURCE);
    let platform = Platform::current();
    let newer = provider.join(format!("9.0.0/{platform}"));
    let unpacked = provider.join(format!("{VERSION}/{platform}"));
    for folder in [
        &newer,
        &unpacked,
        &provider.join(format!("0.0.1/{platform}")),
    ] {
        fs::create_dir_all(folder).unwrap();
    }
    let obstacles = machine.obstacles();
    for (version, path) in [(VERSION, &other), ("9.0.0", &newer), (VERSION, &unpacked)] {
        let expected = Obstacle::OtherPackage {
            version: version.to_owned(),
            path: path.clone(),
        };
        assert!(
            obstacles.contains(&expected),
            "{expected:?} in {obstacles:?}"
        );
    }
    // One archive per registry in the folder of the configuration, and two folders in the mirror.
    assert_eq!(obstacles.len(), HOSTS.len() + 2, "{obstacles:?}");
}

#[test]
fn packages_that_terraform_does_not_prefer_are_no_obstacle() {
    let machine = Machine::new();
    let platform = Platform::current();
    let provider = machine.root().join(HOSTS[0]).join(SOURCE);
    for version in ["9.0.0-beta1", "junk", "0.0.1"] {
        fs::create_dir_all(provider.join(version).join(platform.to_string())).unwrap();
    }
    // An unpacked copy of the same build.
    let unpacked = provider.join(VERSION).join(platform.to_string());
    fs::create_dir_all(&unpacked).unwrap();
    fs::write(unpacked.join(platform.binary_name()), "this build").unwrap();
    assert_eq!(machine.obstacles(), []);
    // The folder of the configuration comes before the home folder.
    let first = machine.path("work/terraform.d/plugins");
    mirror::install(&first, &machine.package).unwrap();
    machine.other_build(&machine.root());
    assert_eq!(
        find_obstacles(&machine.user(), &first, &machine.package),
        []
    );
}

#[test]
fn a_different_build_in_the_plugin_cache_is_reported_if_terraform_uses_it() {
    let machine = Machine::new();
    let platform = Platform::current();
    let name = format!("cache/{}/{SOURCE}/{VERSION}/{platform}", HOSTS[1]);
    machine.write(&format!("{name}/LICENSE"), include_str!("../../../LICENSE"));
    let binary = format!("{name}/{}", platform.binary_name());
    machine.write(&binary, "another build");
    let text = format!("plugin_cache_dir = {:?}\n", machine.path("cache"));
    machine.write("home/.terraformrc", &text);
    // Terraform installs from the mirror, unless the lock file accepts what is in the cache.
    assert_eq!(machine.obstacles(), []);
    let name_of = "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE";
    let user = machine.user().with_variable(name_of, "1");
    let obstacles = || find_obstacles(&user, &machine.root(), &machine.package);
    let folder = machine.path(&name);
    assert_eq!(obstacles(), [Obstacle::PluginCache { folder }]);
    let elsewhere = user
        .clone()
        .with_variable("TF_PLUGIN_CACHE_DIR", "/nonexistent");
    assert_eq!(
        find_obstacles(&elsewhere, &machine.root(), &machine.package),
        []
    );
    machine.write(&binary, "this build");
    assert_eq!(obstacles(), []);
}

#[test]
fn a_lock_file_for_another_version_or_build_is_reported() {
    let machine = Machine::new();
    let lock = |version: &str, hash: &str| {
        let text = format!(
            "provider \"{}/{SOURCE}\" {{\n version = \"{version}\"\n hashes = [\"{hash}\"]\n}}\n",
            HOSTS[0]
        );
        machine.write("work/.terraform.lock.hcl", &text);
        machine.obstacles()
    };
    for hash in machine.package.hashes() {
        assert_eq!(lock(VERSION, hash), []);
    }
    let [build] = &lock(VERSION, "h1:other=")[..] else {
        panic!("expected one obstacle")
    };
    assert!(
        build.hint().contains("remove the `provider") && build.hint().contains("-fs-mirror="),
        "{}",
        build.hint()
    );
    let [version] = &lock("0.0.1", "h1:other=")[..] else {
        panic!("expected one obstacle")
    };
    assert!(version.hint().contains("-upgrade"), "{}", version.hint());
    assert_ne!(build.to_string(), version.to_string());
}

#[test]
fn variables_that_bypass_installation_are_reported() {
    let machine = Machine::new();
    let user = machine
        .user()
        .with_variable(
            "TF_REATTACH_PROVIDERS",
            "{\"registry.terraform.io/hwgrants/hwgrants\":{}}",
        )
        .with_variable("TF_CLI_ARGS_init", "-plugin-dir=/plugins")
        .with_variable("TF_CLI_ARGS_plan", "-plugin-dir=/plugins");
    let obstacles = find_obstacles(&user, &machine.root(), &machine.package);
    let variable = "TF_CLI_ARGS_init".to_owned();
    assert_eq!(
        obstacles,
        [Obstacle::Reattach, Obstacle::PluginDir { variable }]
    );
}

#[test]
fn variables_about_other_plugins_and_this_mirror_are_no_obstacle() {
    let machine = Machine::new();
    let user = machine
        .user()
        .with_variable(
            "TF_REATTACH_PROVIDERS",
            "{\"example.com/xhwgrants/hwgrants\":{}}",
        )
        .with_variable(
            "TF_CLI_ARGS_init",
            &format!("-plugin-dir={}", machine.root().display()),
        )
        .with_variable("TF_CLI_ARGS", "-var=x=my-plugin-dir");
    assert_eq!(find_obstacles(&user, &machine.root(), &machine.package), []);
}

#[test]
fn a_configuration_that_cannot_be_read_is_reported() {
    let machine = Machine::new();
    let file = machine.write("home/.terraformrc", "provider_installation {");
    let [Obstacle::Unreadable { file: reported, .. }] = &machine.obstacles()[..] else {
        panic!("expected one obstacle");
    };
    assert_eq!(*reported, file);
}
