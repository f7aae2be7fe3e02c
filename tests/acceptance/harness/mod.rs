//! A workspace for one test: a folder, a sandbox, this build of the plugin, and Terraform to run in between.

mod block;
mod debugged;
mod run;
mod server;
mod user;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use hwgrants::cli::terraform::{Release, Terraform, TerraformOptions};
use hwgrants::distribution::mirror;
use hwgrants::sandbox::{
    self, BlockingSandbox, Fault, FaultAction, RequestRecord, When, World, seed,
};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::Value;
use tempfile::TempDir;

pub(crate) use block::Block;
pub(crate) use debugged::Debugged;
pub(crate) use run::{REDIRECTED, Run};
pub(crate) use server::served_by;
pub(crate) use user::User;

/// The plugin under test.
pub(crate) const PLUGIN: &str = env!("CARGO_BIN_EXE_terraform-provider-hwgrants");

/// How long anything in a test may take that is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Found, or fetched, once for all tests.
static TERRAFORM: LazyLock<Terraform> =
    LazyLock::new(|| find(&TerraformOptions::from_environment()));

fn find(options: &TerraformOptions) -> Terraform {
    let found = Terraform::find(options);
    found.unwrap_or_else(|error| panic!("{error}; {}", error.hint()))
}

/// One test's own folder, cloud and settings.
///
/// Dropping it checks what must hold in every test: that no request could have taken back more than one grant, and that
/// nothing temporary is left.
pub(crate) struct Workspace {
    terraform: Terraform,
    cloud: BlockingSandbox,
    folder: TempDir,
    environment: BTreeMap<String, String>,
}

impl Workspace {
    /// An initialized workspace without resources, signed in at a cloud with the demo's seed.
    pub(crate) fn new() -> Self {
        Self::of(TERRAFORM.clone())
    }

    /// The same with a plugin of another build.
    pub(crate) fn with_plugin(plugin: &Path) -> Self {
        Self::of_both(TERRAFORM.clone(), plugin)
    }

    /// The same for exactly this Terraform, whatever else is installed.
    pub(crate) fn on(release: Release) -> Self {
        Self::of(find(&TerraformOptions::exactly(release)))
    }

    /// The same for this Terraform.
    pub(crate) fn of(terraform: Terraform) -> Self {
        Self::of_both(terraform, Path::new(PLUGIN))
    }

    fn of_both(terraform: Terraform, plugin: &Path) -> Self {
        let cloud = BlockingSandbox::start(sandbox::SandboxOptions::default()).unwrap();
        let environment = [
            ("HWGRANTS_ENDPOINT", cloud.url()),
            ("HW_REGION_NAME", seed::REGION),
            ("HW_PROJECT_ID", seed::PROJECT_ID),
            ("HW_DOMAIN_ID", seed::ACCOUNT_ID),
            ("HW_AUTH_TOKEN", seed::TOKEN),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let workspace = Self {
            terraform,
            folder: tempfile::tempdir().unwrap(),
            environment: environment.into(),
            cloud,
        };
        std::fs::create_dir(workspace.temporary()).unwrap();
        workspace.provider("");
        mirror::create(&workspace.path(), plugin).unwrap();
        workspace.run(&["init", "-input=false"]).succeeded();
        workspace
    }

    /// A workspace with this as its `main.tf`.
    pub(crate) fn with(config: impl ToString) -> Self {
        let workspace = Self::new();
        workspace.write(config);
        workspace
    }

    /// The workspace's folder.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap()
    }

    /// Where Terraform and the plugin put what they need for as long as they run.
    fn temporary(&self) -> PathBuf {
        self.path().join("tmp")
    }

    /// Replaces `main.tf`.
    pub(crate) fn write(&self, config: impl ToString) {
        self.write_file("main.tf", &config.to_string());
    }

    /// Replaces a file.
    pub(crate) fn write_file(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// Replaces the provider block by one with these arguments.
    pub(crate) fn provider(&self, arguments: &str) {
        let text = format!(
            "terraform {{\n  required_providers {{\n    hwgrants = {{\n      source = \"hwgrants/hwgrants\"\n    }}\n  }}\n}}\n\n\
             provider \"hwgrants\" {{\n{arguments}\n}}\n"
        );
        self.write_file("provider.tf", &text);
    }

    /// The Terraform that it runs.
    pub(crate) fn terraform(&self) -> &Terraform {
        &self.terraform
    }

    /// The environment variables that are set for Terraform: the sandbox, and how to sign in.
    pub(crate) fn environment(&self) -> &BTreeMap<String, String> {
        &self.environment
    }

    /// Sets an environment variable for Terraform, and so for the plugin.
    pub(crate) fn set(&mut self, name: &str, value: impl ToString) {
        self.environment.insert(name.to_owned(), value.to_string());
    }

    /// Takes one away.
    pub(crate) fn unset(&mut self, name: &str) {
        self.environment.remove(name);
    }

    /// The sandbox's state, faults and request log.
    pub(crate) fn world(&self) -> &World {
        self.cloud.world()
    }

    /// Delays every answer of the sandbox about grants, until its faults are cleared.
    pub(crate) fn delay(&self, delay: Duration) {
        if delay.is_zero() {
            return;
        }
        for operation in ["CreateGrants", "UpdateGrant", "DeleteGrant", "ListGrants"] {
            let action = FaultAction::Delay {
                delay,
                when: When::BeforeEffect,
            };
            let fault = Fault::on(operation, action).endless();
            self.world().faults().add(fault);
        }
    }

    /// Where the sandbox listens, `http://127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> String {
        self.cloud.url().to_owned()
    }

    /// Waits until a request for this operation has arrived.
    pub(crate) fn wait_for(&self, operation: &str) {
        self.wait_for_many(operation, 1);
    }

    /// Waits until so many requests for this operation have arrived.
    pub(crate) fn wait_for_many(&self, operation: &str, count: usize) {
        wait_until(self.world(), operation, |requests| {
            let asked = |request: &&RequestRecord| request.operation == Some(operation);
            requests.iter().filter(asked).count() >= count
        });
    }

    /// Terraform, ready to be started in this workspace and talking of nothing else.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = self.terraform.command(&self.path());
        self.prepare(&mut command);
        command.args(args);
        if !args.contains(&"-json") {
            command.arg("-no-color");
        }
        command
    }

    /// Gives a command this workspace's settings, and none of the caller's.
    pub(crate) fn prepare(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os() {
            let name_text = name.to_string_lossy().to_ascii_uppercase();
            if name_text.starts_with("TF_LOG") || name_text.ends_with("_PROXY") {
                command.env_remove(&name);
            }
        }
        command
            .env("HOME", self.path())
            .env("TMPDIR", self.temporary())
            .env("NO_PROXY", "127.0.0.1")
            .envs(&self.environment)
            .stdin(Stdio::null());
    }

    /// Runs Terraform to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        Run::of(&args.join(" "), self.command(args).output().unwrap())
    }

    /// `terraform plan`, with 2 as the exit code of a plan that holds changes.
    pub(crate) fn plan(&self) -> Run {
        self.run(&["plan", "-input=false", "-detailed-exitcode"])
    }

    /// `terraform plan -refresh-only`, with 2 as the exit code where the state differs from what is there.
    pub(crate) fn plan_refresh_only(&self) -> Run {
        self.run(&[
            "plan",
            "-refresh-only",
            "-input=false",
            "-detailed-exitcode",
        ])
    }

    /// `terraform apply`, unasked.
    pub(crate) fn apply(&self) -> Run {
        self.run(&["apply", "-input=false", "-auto-approve"])
    }

    /// `terraform destroy`, unasked.
    pub(crate) fn destroy(&self) -> Run {
        self.run(&["destroy", "-input=false", "-auto-approve"])
    }

    /// What a plan would do: address to actions, such as `update` or `delete create`.
    pub(crate) fn changes(&self) -> BTreeMap<String, String> {
        self.run(&["plan", "-input=false", "-out=test.tfplan"])
            .succeeded();
        let plan = self.json(&["show", "-json", "test.tfplan"]);
        let changes = plan["resource_changes"].as_array().cloned();
        changes
            .unwrap_or_default()
            .iter()
            .map(|change| {
                let actions = change["change"]["actions"].as_array().unwrap();
                let actions: Vec<_> = actions
                    .iter()
                    .map(|action| action.as_str().unwrap())
                    .collect();
                (
                    change["address"].as_str().unwrap().to_owned(),
                    actions.join(" "),
                )
            })
            .filter(|(_, actions)| actions != "no-op")
            .collect()
    }

    /// What a plan would do to the only resource it touches; empty if it touches none.
    pub(crate) fn change(&self) -> String {
        let changes = self.changes();
        assert!(changes.len() <= 1, "{changes:?}");
        changes.into_values().next().unwrap_or_default()
    }

    /// Asserts that a plan finds nothing to do, by its exit code.
    #[track_caller]
    pub(crate) fn assert_plan_is_empty(&self) {
        let plan = self.plan();
        assert_eq!(plan.code, Some(0), "{plan}");
    }

    /// The resources in the state, by address.
    pub(crate) fn state(&self) -> BTreeMap<String, Value> {
        let state = self.json(&["show", "-json"]);
        let resources = state["values"]["root_module"]["resources"]
            .as_array()
            .cloned();
        resources
            .unwrap_or_default()
            .into_iter()
            .map(|resource| (resource["address"].as_str().unwrap().to_owned(), resource))
            .collect()
    }

    /// The attributes of one resource in the state.
    #[track_caller]
    pub(crate) fn attributes(&self, address: &str) -> Value {
        let mut state = self.state();
        let resource = state.remove(address);
        resource.unwrap_or_else(|| panic!("`{address}` in {state:?}"))["values"].take()
    }

    /// Runs a command that prints JSON.
    pub(crate) fn json(&self, args: &[&str]) -> Value {
        let output = self.run(args).succeeded().stdout;
        serde_json::from_str(&output).unwrap_or_else(|error| panic!("{error}: {output}"))
    }

    /// Makes Terraform forget all it has made.
    pub(crate) fn forget_state(&self) {
        for name in ["terraform.tfstate", "terraform.tfstate.backup"] {
            let _ = std::fs::remove_file(self.path().join(name));
        }
    }

    /// The requests that change something, received while `act` ran: their operations.
    pub(crate) fn writes_of<T>(&self, act: impl FnOnce() -> T) -> Vec<&'static str> {
        let before = self.world().requests().len();
        act();
        let requests = self.world().requests().split_off(before);
        let writes = requests.iter().filter(|request| request.method != "GET");
        writes
            .map(|request| request.operation.unwrap_or("no operation"))
            .collect()
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        let requests = self.world().requests();
        let blunt: Vec<_> = requests
            .iter()
            .filter(|request| is_blunt(request))
            .collect();
        assert!(blunt.is_empty(), "DELETE without grantee: {blunt:?}");
        let left: Vec<_> = std::fs::read_dir(self.temporary()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// A DELETE that names no grantee may take back every grant of the secret.
fn is_blunt(request: &RequestRecord) -> bool {
    let query = request.query.as_deref().unwrap_or_default();
    let names_grantee = url::form_urlencoded::parse(query.as_bytes())
        .any(|(name, value)| name == "grantee_user" && !value.is_empty());
    request.operation == Some("DeleteGrant") && !names_grantee
}

/// Waits until the requests that a cloud has received are so; `what` names it where it fails.
pub(crate) fn wait_until(world: &World, what: &str, are_so: impl Fn(&[RequestRecord]) -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !are_so(&world.requests()) {
        assert!(Instant::now() < deadline, "no {what} has come");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The day on which the tests began, as the provider counts days: one for all, so that a run over midnight agrees with
/// itself.
static TODAY: LazyLock<Date> =
    LazyLock::new(|| Timestamp::now().to_zoned_datetime(TimeZone::UTC).date());

/// The date so many days from today.
pub(crate) fn in_days(days: i64) -> String {
    TODAY.checked_add(days.days()).unwrap().to_string()
}
