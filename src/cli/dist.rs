//! `hwgrants dist`: writes the files of a release from programs that were built before; for `make dist`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::completions::shell_files;
use super::docs::DocsError;
use super::error::Error;
use super::output::Printer;
use crate::distribution::package::Platform;
use crate::distribution::release::{Build, release_files};

/// Options of `hwgrants dist`.
#[derive(Debug, Args)]
pub(super) struct DistArgs {
    /// Platform, and directory with both programs for it; repeatable
    #[arg(long = "build", value_name = "PLATFORM=DIR", value_parser = build, required = true)]
    builds: Vec<(Platform, PathBuf)>,
    /// Software bill of materials (CycloneDX JSON)
    #[arg(long, value_name = "FILE")]
    sbom: Option<PathBuf>,
    /// Directory to write the release to
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

fn build(text: &str) -> Result<(Platform, PathBuf), String> {
    let expected = || "expected PLATFORM=DIR, such as linux_amd64=target/release".to_owned();
    let (platform, dir) = text.split_once('=').ok_or_else(expected)?;
    let platform = Platform::parse(platform).ok_or_else(expected)?;
    Ok((platform, PathBuf::from(dir)))
}

pub(super) fn run(args: &DistArgs, printer: Printer) -> Result<(), Error> {
    let builds = args.builds.iter().map(|(platform, dir)| {
        let program = |name: &str| read(&dir.join(format!("{name}{}", platform.program_suffix())));
        Ok(Build {
            plugin: program("terraform-provider-hwgrants")?,
            tool: program("hwgrants")?,
            platform: platform.clone(),
        })
    });
    let builds: Vec<Build> = builds.collect::<Result<_, Error>>()?;
    let sbom = args.sbom.as_deref().map(read).transpose()?;
    let sbom = sbom.map(|sbom| String::from_utf8_lossy(&sbom).into_owned());
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| DocsError::File {
            action: "write",
            path,
            source,
        }
    };
    let extras = shell_files().map_err(failed(&args.out))?;
    let files = release_files(&builds, &extras, sbom.as_deref()).map_err(failed(&args.out))?;
    std::fs::create_dir_all(&args.out).map_err(failed(&args.out))?;
    for (name, content) in files {
        let path = args.out.join(name);
        std::fs::write(&path, content).map_err(failed(&path))?;
        printer.message(format_args!("Wrote `{}`.", path.display()));
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Read {
        input: format!("`{}`", path.display()),
        source,
    })
}
