//! Windows programs on this machine, run by Wine in a folder of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hwgrants::cli::install_path;
use tempfile::TempDir;

use crate::platform::{emulator, plugin};
use crate::plugin::client::Host;

/// Wine, a Windows of its own, and the plugin for Windows; what still runs in it ends when it is dropped.
pub(super) struct Wine {
    program: PathBuf,
    plugin: PathBuf,
    folder: TempDir,
}

impl Wine {
    /// `None`, and said, if this machine cannot build or run programs for Windows.
    pub(super) fn start() -> Option<Self> {
        // Debian installs the first one, and calls it `wine` only in another package.
        let names = ["/usr/lib/wine/wine64", "wine64", "wine"];
        let program = emulator(&names, "the plugin for Windows", "wine64")?;
        let built = plugin("x86_64-pc-windows-gnu")?;
        let folder = tempfile::tempdir().unwrap();
        let plugin = folder.path().join("terraform-provider-hwgrants.exe");
        fs::copy(built, &plugin).unwrap();
        random_library(folder.path());
        let wine = Self {
            program,
            plugin,
            folder,
        };
        // The first run creates the Windows folder, which takes seconds.
        let output = wine.run(&[]);
        assert!(output.contains("is a plugin"), "{output}");
        Some(wine)
    }

    /// The variables that Wine needs.
    fn variables(&self) -> [(&'static str, String); 5] {
        let folder = self.folder.path().display();
        [
            ("HOME", folder.to_string()),
            ("WINEPREFIX", format!("{folder}/windows")),
            ("WINEDEBUG", "-all".to_owned()),
            // Neither .NET nor a browser; the library of random bytes is ours.
            (
                "WINEDLLOVERRIDES",
                "mscoree=;mshtml=;bcryptprimitives=n".to_owned(),
            ),
            ("PATH", "/usr/bin:/bin".to_owned()),
        ]
    }

    /// Runs the plugin to its end, and returns all that it prints.
    pub(super) fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new(&self.program)
            .arg(&self.plugin)
            .args(arguments)
            .env_clear()
            .envs(self.variables())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// A host that starts the plugin.
    pub(super) fn host(&self) -> Host {
        let host = Host::new().program(&[&self.program, &self.plugin]);
        let variables = self.variables().into_iter();
        variables.fold(host, |host, (name, value)| host.set(name, value))
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // Services of Windows outlive the program that was started.
        let server = self.program.with_file_name("wineserver");
        for action in ["--kill", "--wait"] {
            let _ = Command::new(&server)
                .arg(action)
                .env_clear()
                .envs(self.variables())
                .status();
        }
    }
}

/// Compiles the library that Wine lacks, with the linker that built the plugin.
fn random_library(folder: &Path) {
    let zig = install_path::target_folder()
        .unwrap()
        .join("tools/zig/bin/python-zig");
    let source = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/it/windows/bcryptprimitives.c"
    );
    let output = Command::new(zig)
        .args(["cc", "-target", "x86_64-windows-gnu", "-shared", "-o"])
        .arg(folder.join("bcryptprimitives.dll"))
        .args([source, "-ladvapi32"])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
