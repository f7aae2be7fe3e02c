//! A reader who does what a page says, in a home of its own.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use hwgrants::cli::terraform::{Release, Terraform, TerraformOptions};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::command_line::not_run;
use super::page::{Block, Page, root};
use super::shell::{PATIENCE, Shell};

const HWGRANTS: &str = env!("CARGO_BIN_EXE_hwgrants");

/// The languages of blocks that a reader must have used: all but configuration, which another test validates.
pub(super) const LANGUAGES: [&str; 6] = ["sh", "shell", "text", "tf", "toml", "hcl"];

/// A reader of one page, with this build of `hwgrants` and a late Terraform on `PATH`, and no settings of either.
///
/// Each block of the page is used once, by its first line. At the end, no block may be left.
pub(super) struct Reader {
    page: Page,
    shell: Shell,
    folder: tempfile::TempDir,
    environment: BTreeMap<String, String>,
    replacements: Vec<(String, String)>,
}

impl Reader {
    /// In an empty folder.
    pub(super) fn of(path: &str) -> Self {
        let mut page = Page::at(path);
        page.blocks
            .retain(|block| LANGUAGES.contains(&block.language.as_str()));
        page.blocks
            .retain(|block| not_run(path, block.first_line()).is_none());
        let folder = tempfile::tempdir().unwrap();
        for name in ["home", "work", "bin", "tmp"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        let terraform = Terraform::find(&TerraformOptions::exactly(Release::LATEST)).unwrap();
        let bin = folder.path().join("bin");
        install_terraform(&bin, terraform.program());
        let hwgrants = Path::new(HWGRANTS).parent().unwrap();
        let others = std::env::var("PATH").unwrap();
        let search = format!("{}:{}:{others}", bin.display(), hwgrants.display());
        let home = folder.path().join("home");
        let temporary = folder.path().join("tmp");
        let environment = [
            ("PATH", search),
            ("HOME", home.display().to_string()),
            ("TMPDIR", temporary.display().to_string()),
            ("XDG_DATA_DIRS", "/nonexistent".to_owned()),
            ("CHECKPOINT_DISABLE", "1".to_owned()),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value));
        let environment = BTreeMap::from(environment);
        Self {
            page,
            shell: Shell::start(&folder.path().join("work"), &environment),
            folder,
            environment,
            replacements: Vec::new(),
        }
    }

    /// Installs the provider and starts a shell in the sandbox.
    #[track_caller]
    pub(super) fn enters_sandbox(&mut self) {
        self.does("hwgrants install");
        self.does("hwgrants sandbox -- bash");
    }

    /// Puts another text where the blocks of the page have this one: a date in the future, or a directory that exists.
    pub(super) fn replaces(&mut self, text: &str, other: impl ToString) {
        self.replacements.push((text.to_owned(), other.to_string()));
    }

    /// A path in the working directory.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    /// A path in the home directory.
    pub(super) fn home(&self, name: &str) -> PathBuf {
        self.folder.path().join("home").join(name)
    }

    /// The text of a file in the working directory.
    pub(super) fn file(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Writes a file in the working directory.
    pub(super) fn writes(&self, name: &str, text: impl AsRef<str>) {
        fs::write(self.path(name), text.as_ref()).unwrap();
    }

    /// Copies a folder of the repository into the working directory.
    pub(super) fn copies(&self, from: &str, to: &str) {
        copy(&root().join(from), &self.path(to));
    }

    /// The configuration of this page that contains a text, such as the address of a resource.
    #[track_caller]
    pub(super) fn configuration(&self, text: &str) -> String {
        let whole = Page::at(&self.page.path);
        let blocks = whole.texts("terraform");
        let found = blocks.iter().find(|block| block.contains(text));
        self.replaced(found.unwrap_or_else(|| panic!("{}: no {text}", self.page.path)))
    }

    /// The whole page.
    pub(super) fn text(&self) -> String {
        fs::read_to_string(root().join(&self.page.path)).unwrap()
    }

    /// Does what the page takes for granted, with success.
    #[track_caller]
    pub(super) fn does(&mut self, command: &str) -> String {
        let outcome = self.shell.run(command);
        assert!(outcome.code == 0, "`{command}`: {outcome:#?}");
        outcome.output
    }

    /// Runs a block of which every command succeeds, and returns what they print.
    #[track_caller]
    pub(super) fn runs(&mut self, first_line: &str) -> String {
        let block = self.takes(first_line);
        let count = block.commands().len();
        self.runs_commands(&block, &vec![0; count])
    }

    /// Runs a block whose commands have these exit codes.
    #[track_caller]
    pub(super) fn runs_with(&mut self, first_line: &str, codes: &[i32]) -> String {
        let block = self.takes(first_line);
        self.runs_commands(&block, codes)
    }

    #[track_caller]
    fn runs_commands(&mut self, block: &Block, codes: &[i32]) -> String {
        let commands = block.commands();
        assert_eq!(commands.len(), codes.len(), "{}", block.at);
        let mut output = String::new();
        for (command, code) in commands.iter().zip(codes) {
            let outcome = self.shell.run(command);
            let at = &block.at;
            assert!(outcome.code == *code, "{at}: `{command}`: {outcome:#?}");
            output.push_str(&outcome.output);
        }
        output
    }

    /// Runs a command outside of the shell, and interrupts it once it has printed something.
    #[track_caller]
    pub(super) fn interrupts(&mut self, first_line: &str) {
        let block = self.takes(first_line);
        let [command] = &block.commands()[..] else {
            panic!("{}: not one command", block.at);
        };
        let [printed, messages] = ["printed", "messages"].map(|name| self.path(name));
        let mut child = Command::new("bash")
            .args(["-c", &format!("exec {command}")])
            .current_dir(self.path(""))
            .env_clear()
            .envs(&self.environment)
            .stdin(Stdio::null())
            .stdout(fs::File::create(&printed).unwrap())
            .stderr(fs::File::create(&messages).unwrap())
            .spawn()
            .unwrap();
        let deadline = Instant::now() + PATIENCE;
        while fs::read_to_string(&printed).unwrap().is_empty() {
            let status = child.try_wait().unwrap();
            let is_early = status.is_none() && Instant::now() < deadline;
            let messages = fs::read_to_string(&messages).unwrap();
            if !is_early {
                let _ = child.kill();
            }
            assert!(is_early, "{}: {status:?}\n{messages}", block.at);
            thread::sleep(Duration::from_millis(20));
        }
        kill(
            Pid::from_raw(child.id().try_into().unwrap()),
            Signal::SIGINT,
        )
        .unwrap();
        let status = child.wait().unwrap();
        assert!(status.success(), "{}: {status}", block.at);
    }

    /// Asserts that this output contains the lines of a block of the page in order, but for white space. `…` stands for
    /// anything, and a line with `$` for the command.
    #[track_caller]
    pub(super) fn shows(&mut self, first_line: &str, output: &str) {
        let block = self.takes(first_line);
        let words = words(output);
        let mut rest = words.as_str();
        let lines = block.text.lines().filter(|line| !line.starts_with("$ "));
        for part in lines.flat_map(|line| line.split('…')) {
            let part = self::words(part);
            let Some((_, after)) = rest.split_once(&part) else {
                panic!("{}: `{part}` is not in\n{output}", block.at);
            };
            rest = after;
        }
    }

    /// Takes a block to use it in another way.
    #[track_caller]
    pub(super) fn takes(&mut self, first_line: &str) -> Block {
        let blocks = &mut self.page.blocks;
        let found = blocks
            .iter()
            .position(|block| block.first_line() == first_line);
        let Some(index) = found else {
            panic!("{}: no block starts with `{first_line}`", self.page.path);
        };
        let mut block = blocks.remove(index);
        block.text = self.replaced(&block.text);
        block
    }

    fn replaced(&self, text: &str) -> String {
        let replacements = self.replacements.iter();
        replacements.fold(text.to_owned(), |text, (old, new)| text.replace(old, new))
    }

    /// Asserts that no block of the page is left.
    pub(super) fn finishes(self) {
        let left: Vec<_> = self.page.blocks.iter().map(|block| &block.at).collect();
        assert!(left.is_empty(), "neither run nor compared: {left:?}");
    }
}

/// The words of a text, without the frames that Terraform draws around messages.
pub(super) fn words(text: &str) -> String {
    let text = text.replace(['╷', '│', '╵'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Puts a `terraform` into a folder that answers "yes" to what it asks.
fn install_terraform(folder: &Path, program: &Path) {
    let answers = folder.join("answers");
    fs::write(&answers, "yes\n").unwrap();
    let (program, answers) = (program.display(), answers.display());
    let text = format!("#!/bin/sh\nexec '{program}' \"$@\" < '{answers}'\n");
    let path = folder.join("terraform");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}
