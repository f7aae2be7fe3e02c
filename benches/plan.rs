//! A plan of many grants that are all as they should be: requests, the provider's memory, and its share of the work.
//!
//! Run by `make bench`, on a machine that does nothing else. Requests and memory beyond their limits fail; the share of
//! processor time only shows, because it depends on the machine: its measure is Terraform's own.

use std::error::Error;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use hwgrants::cli::terraform::{Terraform, TerraformOptions};
use hwgrants::distribution::mirror;
use hwgrants::sandbox::{self, BlockingSandbox, ResourceKind, SandboxResource, SecretState, seed};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::sys::time::TimeValLike;
use nix::unistd::Pid;

const PLUGIN: &str = env!("CARGO_BIN_EXE_terraform-provider-hwgrants");

const SECRETS: usize = 20;
const GRANTS: usize = 1_000;
const PLANS: usize = 5;

/// The figure of the project is that of static builds; other C libraries need more memory.
const MAX_PEAK_KIB: u64 = if cfg!(target_env = "musl") { 8 } else { 12 } * 1024;
const AIM_CPU_RATIO: f64 = 0.06;

/// Ticks of a processor's time that Linux counts in a second, on all platforms we build for.
const TICKS_PER_SECOND: u64 = 100;

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool, Box<dyn Error>> {
    let mut output = std::io::stdout().lock();
    let cloud = BlockingSandbox::start(sandbox::SandboxOptions::default())?;
    let bench = Bench::new(&cloud)?;
    bench.succeed(&["init", "-input=false"], None)?;
    bench.succeed(
        &["apply", "-input=false", "-auto-approve", "-parallelism=50"],
        None,
    )?;

    let mut holds = true;
    let mut ratios = Vec::new();
    let mut peak_kib = 0;
    for _ in 0..PLANS {
        let plugin = Debugged::start(&bench)?;
        cloud.world().clear_requests();
        let (own_before, plugin_before) = (children_cpu()?, plugin.cpu()?);
        let began_at = Instant::now();
        bench.succeed(
            &["plan", "-input=false", "-detailed-exitcode"],
            Some(&plugin),
        )?;
        let elapsed = began_at.elapsed();
        let terraform = children_cpu()?.saturating_sub(own_before);
        let provider = plugin.cpu()?.saturating_sub(plugin_before);
        let requests = cloud.world().requests().len();
        peak_kib = peak_kib.max(plugin.peak_kib()?);
        holds &= requests == SECRETS;
        ratios.push(provider.as_secs_f64() / terraform.as_secs_f64());
        writeln!(
            output,
            "plan of {GRANTS} grants on {SECRETS} secrets: {elapsed:.1?}, {requests} requests; CPU time: Terraform \
             {terraform:.2?}, provider {provider:.2?}"
        )?;
    }
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios.get(PLANS / 2).copied().unwrap_or(f64::NAN);
    writeln!(
        output,
        "CPU time of the provider relative to Terraform  {ratio:.3}, median of {PLANS}; target {AIM_CPU_RATIO}"
    )?;
    let memory_holds = peak_kib <= MAX_PEAK_KIB;
    let verdict = if memory_holds {
        "within limit"
    } else {
        "LIMIT EXCEEDED"
    };
    writeln!(
        output,
        "peak memory of the provider  {peak_kib} KiB, limit {MAX_PEAK_KIB} KiB: {verdict}"
    )?;
    Ok(holds && memory_holds)
}

/// A workspace with many grants.
struct Bench<'a> {
    folder: tempfile::TempDir,
    cloud: &'a BlockingSandbox,
    terraform: Terraform,
}

impl<'a> Bench<'a> {
    fn new(cloud: &'a BlockingSandbox) -> Result<Self, Box<dyn Error>> {
        let folder = tempfile::tempdir()?;
        mirror::create(folder.path(), Path::new(PLUGIN))?;
        let mut config = String::from(
            "terraform {\n  required_providers {\n    hwgrants = { source = \"hwgrants/hwgrants\" }\n  }\n}\n",
        );
        for number in 0..SECRETS {
            let secret = SandboxResource {
                project_id: seed::PROJECT_ID.into(),
                kind: ResourceKind::Secret,
                name: format!("secret-{number}"),
                state: SecretState::Enabled,
                created_at: cloud.world().now(),
            };
            cloud
                .world()
                .add_resource(&format!("secret-{number}"), secret);
        }
        for number in 0..GRANTS {
            write!(
                config,
                "\nresource \"csms_grant\" \"g{number}\" {{\n  provider = hwgrants\n  resource_id = \"secret-{}\"\n  type = \
                 \"SECRET\"\n  grantee_type = \"user\"\n  grantee_target_id = \"user-{number}\"\n  validity_time = \
                 \"2099-12-31\"\n}}\n",
                number % SECRETS
            )?;
        }
        std::fs::write(folder.path().join("main.tf"), config)?;
        let terraform = Terraform::find(&TerraformOptions::from_environment())?;
        Ok(Self {
            folder,
            cloud,
            terraform,
        })
    }

    fn prepare(&self, command: &mut Command) {
        command
            .env("HWGRANTS_ENDPOINT", self.cloud.url())
            .env("NO_PROXY", "127.0.0.1")
            .env("HW_REGION_NAME", seed::REGION)
            .env("HW_PROJECT_ID", seed::PROJECT_ID)
            .env("HW_DOMAIN_ID", seed::ACCOUNT_ID)
            .env("HW_AUTH_TOKEN", seed::TOKEN)
            .stdin(Stdio::null());
    }

    fn succeed(&self, args: &[&str], plugin: Option<&Debugged>) -> Result<(), Box<dyn Error>> {
        let mut command = self.terraform.command(self.folder.path());
        self.prepare(&mut command);
        if let Some(plugin) = plugin {
            command.env("TF_REATTACH_PROVIDERS", &plugin.reattach);
        }
        let output = command.args(args).output()?;
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!(
            "`terraform {}` failed: {}: {said}",
            args.join(" "),
            output.status
        )
        .into())
    }
}

/// A plugin that Terraform does not start itself, so that their times can be told apart. Dropping ends it.
struct Debugged {
    child: Child,
    reattach: String,
}

impl Debugged {
    fn start(bench: &Bench<'_>) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(PLUGIN);
        bench.prepare(&mut command);
        let mut child = command.arg("-debug").stdout(Stdio::piped()).spawn()?;
        let output = child
            .stdout
            .take()
            .ok_or("the plugin has no standard output")?;
        for line in BufReader::new(output).lines() {
            let line = line?;
            let value = line.trim().strip_prefix("TF_REATTACH_PROVIDERS='");
            if let Some(value) = value.and_then(|value| value.strip_suffix('\'')) {
                let reattach = value.to_owned();
                return Ok(Self { child, reattach });
            }
        }
        Err("the plugin did not print `TF_REATTACH_PROVIDERS`".into())
    }

    /// Processor time used so far, in user and system mode.
    fn cpu(&self) -> Result<Duration, Box<dyn Error>> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name in parentheses may hold blanks; the two times are the 12th and 13th field after it.
        let fields = stat
            .rsplit_once(')')
            .ok_or("no process name in `/proc/PID/stat`")?
            .1;
        let mut fields = fields.split_whitespace().skip(11);
        let mut ticks = || -> Result<u64, Box<dyn Error>> {
            Ok(fields
                .next()
                .ok_or("too few fields in `/proc/PID/stat`")?
                .parse()?)
        };
        let ticks = ticks()? + ticks()?;
        Ok(Duration::from_millis(ticks * 1_000 / TICKS_PER_SECOND))
    }

    fn peak_kib(&self) -> Result<u64, Box<dyn Error>> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.split_whitespace().next());
        Ok(number.ok_or("no `VmHWM` in `/proc/PID/status`")?.parse()?)
    }
}

impl Drop for Debugged {
    fn drop(&mut self) {
        // A process that is gone already needs no signal.
        let id = i32::try_from(self.child.id()).map(Pid::from_raw);
        let _ = id.map(|id| kill(id, Signal::SIGINT));
        let _ = self.child.wait();
    }
}

/// Processor time of all processes started and waited for.
fn children_cpu() -> Result<Duration, Box<dyn Error>> {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(u64::try_from(micros)?))
}
