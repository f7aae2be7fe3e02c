//! The Terraforms and OpenTofus to run on.

use std::env::consts::EXE_SUFFIX;
use std::path::PathBuf;

use hwgrants::cli::terraform::{Release, Terraform, TerraformOptions, Version};

use crate::harness::{Run, Workspace};
use crate::opentofu;

/// Where a client comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// It is fetched, unless that has been done.
    Release(Release),
    /// OpenTofu of this version, built unless that has been done.
    Built(&'static str),
    /// It is installed on this machine, or is not, under this name on `PATH`.
    Installed(&'static str),
    /// Neither a package nor a Go module contains it. The tests of the protocol stand in for what is known of it.
    NotToBeHad(&'static str),
}

/// What its users run, and no test can.
const NOT_TO_BE_HAD: [&str; 1] = ["Terraform 1.16"];

/// A Terraform or OpenTofu that works.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    /// What it says it is.
    pub(crate) version: Version,
    terraform: Terraform,
}

/// Those that the words ask for; all without words.
pub(crate) fn chosen(words: &[String]) -> Result<Vec<Source>, String> {
    let releases = || Release::ALL.iter().copied().map(Source::Release);
    let built = || opentofu::VERSIONS.iter().copied().map(Source::Built);
    let installed = || ["terraform", "tofu"].map(Source::Installed);
    let not_to_be_had = || NOT_TO_BE_HAD.map(Source::NotToBeHad);
    if words.is_empty() {
        let all = built().chain(releases()).chain(installed());
        return Ok(all.chain(not_to_be_had()).collect());
    }
    let mut chosen = Vec::new();
    for word in words {
        let asked: Vec<Source> = match word.as_str() {
            "oldest" => releases().take(1).collect(),
            "newest" => {
                let newest = releases().rev().take(1);
                newest.chain(not_to_be_had()).collect()
            }
            "opentofu" => built().rev().take(1).collect(),
            "installed" => installed().into(),
            version => {
                let is_version = |source: &Source| match source {
                    Source::Release(release) => release.terraform == version,
                    Source::Built(built) => *built == version,
                    Source::Installed(_) | Source::NotToBeHad(_) => false,
                };
                releases().chain(built()).filter(is_version).collect()
            }
        };
        if asked.is_empty() {
            return Err(format!(
                "`{word}` is neither `oldest`, `newest`, `opentofu` nor `installed`, and no version that can be had"
            ));
        }
        chosen.extend(asked);
    }
    Ok(chosen)
}

impl Source {
    /// How the report calls it, beside the version that it says it is.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Release(release) => format!("release {}", release.terraform),
            Self::Built(version) => format!("OpenTofu {version}, built by Go"),
            Self::Installed(program) => format!("`{program}` on `PATH`"),
            Self::NotToBeHad(name) => (*name).to_owned(),
        }
    }

    /// Why it may not be had.
    pub(crate) fn why_not(&self) -> &'static str {
        match self {
            Self::Built(_) => "Go, which builds it, is not on this machine",
            Self::Installed(_) => "it is not on this machine",
            Self::Release(_) | Self::NotToBeHad(_) => "no package contains this version",
        }
    }

    /// The client, fetched if need be; `None` if it cannot be had, for [the reason](Self::why_not).
    ///
    /// # Panics
    /// If it cannot be fetched or does not work.
    pub(crate) fn client(&self) -> Option<Client> {
        let options = match self {
            Self::Release(release) => TerraformOptions::exactly(*release),
            Self::Built(version) => TerraformOptions {
                program: Some(opentofu::built(version)?),
                ..TerraformOptions::from_environment()
            },
            Self::Installed(program) => TerraformOptions {
                program: Some(on_path(program)?),
                ..TerraformOptions::from_environment()
            },
            Self::NotToBeHad(_) => return None,
        };
        let found = Terraform::find(&options);
        let terraform = found.unwrap_or_else(|error| panic!("{error}; {}", error.hint()));
        let said = terraform.version().unwrap();
        let version: Version = said.parse().unwrap();
        if let Self::Release(release) = self {
            assert_eq!(
                version.to_string(),
                format!("Terraform {}", release.terraform)
            );
        }
        Some(Client { version, terraform })
    }
}

impl Client {
    /// Terraform as it was in the oldest release that can be fetched.
    ///
    /// # Panics
    /// If it cannot be fetched.
    pub(crate) fn oldest() -> Self {
        Source::Release(Release::ALL[0]).client().unwrap()
    }

    /// Runs this client in another one's workspace.
    pub(crate) fn run_in(&self, workspace: &Workspace, args: &[&str]) -> Run {
        let mut command = self.terraform.command(&workspace.path());
        workspace.prepare(&mut command);
        let output = command.args(args).arg("-no-color").output().unwrap();
        Run::of(&args.join(" "), output)
    }

    /// An initialized workspace of this client with this as its `main.tf`.
    pub(crate) fn workspace(&self, config: impl ToString) -> Workspace {
        let workspace = Workspace::of(self.terraform.clone());
        workspace.write(config);
        workspace
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let search = std::env::var_os("PATH").unwrap_or_default();
    let file = format!("{program}{EXE_SUFFIX}");
    std::env::split_paths(&search)
        .map(|folder| folder.join(&file))
        .find(|path| path.is_file())
}
