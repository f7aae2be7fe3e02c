//! Size, start-up and idle memory of the plugin, against the limits the project has set itself.
//!
//! Run by `make bench`, on a machine that does nothing else. Size and memory beyond their limits fail; times only show,
//! because they depend on the machine: their measure is a trivial C program, started the same way.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use hwgrants::protocol::MAGIC_COOKIE;
use tempfile::TempDir;

const PLUGIN: &str = env!("CARGO_BIN_EXE_terraform-provider-hwgrants");

/// A P-521 certificate like the one that a host makes for each start. Its key is not needed: nobody connects.
const HOST_CERTIFICATE: &str = include_str!("host.pem");

const MAX_SIZE_BYTES: u64 = 8_000_000;
/// The figures of the project are those of static builds; other C libraries need more memory and time.
const IS_STATIC: bool = cfg!(target_env = "musl");
const MAX_IDLE_KIB: u64 = if IS_STATIC { 4_608 } else { 7 * 1024 };
const AIM_RATIO: f64 = if IS_STATIC { 1.25 } else { 2.0 };
const STARTS: usize = 200;

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
    let size_bytes = std::fs::metadata(PLUGIN)?.len();
    let size_holds = size_bytes <= MAX_SIZE_BYTES;
    writeln!(
        output,
        "binary            {size_bytes} bytes, limit {MAX_SIZE_BYTES} bytes: {}",
        verdict(size_holds)
    )?;

    let folder = temporary_folder()?;
    let idle_kib = idle_memory_kib(folder.path())?;
    let idle_holds = idle_kib <= MAX_IDLE_KIB;
    writeln!(
        output,
        "idle memory       {idle_kib} KiB, limit {MAX_IDLE_KIB} KiB: {}",
        verdict(idle_holds)
    )?;

    let start = median(|| {
        let began_at = Instant::now();
        let plugin = Plugin::start(folder.path())?;
        let elapsed = began_at.elapsed();
        drop(plugin);
        Ok(elapsed)
    })?;
    writeln!(
        output,
        "start to handshake {start:?}, median of {STARTS}, with AutoMTLS"
    )?;
    match trivial_program() {
        Ok(trivial) => {
            let ratio = start.as_secs_f64() / trivial.as_secs_f64();
            writeln!(
                output,
                "trivial C program  {trivial:?}, median of {STARTS}; ratio {ratio:.2}, target {AIM_RATIO:.2}"
            )?;
        }
        Err(error) => writeln!(output, "trivial C program  not measured: {error}")?,
    }
    Ok(size_holds && idle_holds)
}

/// A folder for the sockets of all starts: in memory, if there is such a file system, because the search of `ext4` for a free
/// inode takes the longer the more files were deleted within seconds, and hundreds of starts delete thousands.
fn temporary_folder() -> std::io::Result<TempDir> {
    let in_memory = Path::new("/dev/shm");
    match in_memory.is_dir() {
        true => tempfile::tempdir_in(in_memory),
        false => tempfile::tempdir(),
    }
}

fn verdict(holds: bool) -> &'static str {
    if holds {
        "within limit"
    } else {
        "LIMIT EXCEEDED"
    }
}

/// A plugin that has said where it listens. Dropping ends it.
struct Plugin(Child);

impl Plugin {
    fn start(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let child = Command::new(PLUGIN)
            .env_clear()
            .env(MAGIC_COOKIE.0, MAGIC_COOKIE.1)
            .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .env("PLUGIN_CLIENT_CERT", HOST_CERTIFICATE)
            .env("TMPDIR", folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut plugin = Self(child);
        let stdout = plugin
            .0
            .stdout
            .take()
            .ok_or("the program has no standard output")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        if !line.starts_with("1|6|") {
            return Err(format!("expected a handshake line, got `{}`", line.trim()).into());
        }
        Ok(plugin)
    }
}

impl Drop for Plugin {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Resident memory of a plugin that nobody has connected to.
fn idle_memory_kib(folder: &Path) -> Result<u64, Box<dyn Error>> {
    let plugin = Plugin::start(folder)?;
    std::thread::sleep(Duration::from_millis(200));
    let status = std::fs::read_to_string(format!("/proc/{}/status", plugin.0.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line
        .and_then(|line| line.split_whitespace().next())
        .ok_or("no `VmRSS` in `/proc/PID/status`")?;
    Ok(number.parse()?)
}

/// Start to first output of a C program that prints one line and waits, compiled here.
fn trivial_program() -> Result<Duration, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let (source, program) = (
        folder.path().join("trivial.c"),
        folder.path().join("trivial"),
    );
    let code = "#include <stdio.h>\n#include <unistd.h>\nint main(void) { puts(\"1|6|\"); fflush(stdout); pause(); }\n";
    std::fs::write(&source, code)?;
    let status = Command::new("cc")
        .arg("-O2")
        .arg("-o")
        .arg(&program)
        .arg(&source)
        .status()?;
    if !status.success() {
        return Err("`cc` failed".into());
    }
    median(|| first_line(&program))
}

fn first_line(program: &Path) -> Result<Duration, Box<dyn Error>> {
    let began_at = Instant::now();
    let mut child = Plugin(
        Command::new(program)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?,
    );
    let stdout = child
        .0
        .stdout
        .take()
        .ok_or("the program has no standard output")?;
    BufReader::new(stdout).read_line(&mut String::new())?;
    Ok(began_at.elapsed())
}

fn median(
    mut measure: impl FnMut() -> Result<Duration, Box<dyn Error>>,
) -> Result<Duration, Box<dyn Error>> {
    let mut times = (0..STARTS)
        .map(|_| measure())
        .collect::<Result<Vec<_>, _>>()?;
    times.sort();
    times
        .get(STARTS / 2)
        .copied()
        .ok_or_else(|| "no measurements".into())
}
