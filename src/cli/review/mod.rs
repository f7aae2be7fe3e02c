//! `hwgrants review`: what a plan does to access, in words, and whether that is too much.

mod out;
mod plans;
mod progress;
mod saved;
mod source;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ColorChoice;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use jiff::civil::Date;

use self::out::Out;
use self::progress::ReadProgress;
use super::configuration;
use super::error::Error;
use super::input::Input;
use super::output::{ExitStatus, Printer};
use super::progress::ProgressLine;
use super::state_input::{NamedInput, StateInput};
use crate::review::location::LocationScope;
use crate::review::section::Section;
use crate::review::text::{TextReport, TextSummary};
use crate::review::{Baseline, Format, Gate, PlanSet, Policy, Report, SourceLocations};
use crate::text;

/// The help text after the options.
const EXAMPLES: &str = "\
Reviews who gains, loses or keeps access: through `csms_grant` and `repo_kms_grant`, and through the access-granting \
resource types of the official `huaweicloud` provider. Changes that may affect access and cannot be read always cause the \
policy check to fail. Changes to types that are not known to affect access are counted as not reviewed; they cause the \
policy check to fail only with `--fail-on unreviewed`. The review is read-only and does not require a Huawei Cloud account.

Exit codes:
  0  The policy check passed
  1  The review failed
  2  The policy check failed because of a change selected with `--fail-on` or a finding with severity `error`

Examples:
  Review a saved plan in its configuration directory:
    terraform plan -out=plan.out
    hwgrants review plan.out

  In a pipeline, write reports for the pull request comment, the test results and the archive:
    terraform show -json plan.out > plan.json
    hwgrants review plan.json --policy policy.toml --fail-on any \\
      --out markdown=review.md --out junit=review.xml --out html=review.html";

/// The arguments of `hwgrants review`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = EXAMPLES)]
pub(super) struct ReviewArgs {
    /// Saved plan (`terraform plan -out`) or its JSON (`terraform show -json`), which may be compressed with gzip; `-` reads
    /// JSON from standard input. Several plans, one of each state, are reviewed together
    #[arg(value_name = "PLAN", required_unless_present_any = ["plans", "state"])]
    files: Vec<Input>,
    /// Directory with the plans of several states, such as `STATE/plan.json`; the path in it is the name of the state
    #[arg(long, value_name = "DIR")]
    plans: Option<PathBuf>,
    /// Plan of a state with this name; can be repeated
    #[arg(long, value_name = "NAME=FILE")]
    state: Vec<StateInput>,
    /// Title of the report, which also identifies it among the reports on one pull request
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// When to fail with exit code 2; by default, only on findings with severity `error`
    #[arg(long, value_enum, value_name = "CONDITION")]
    fail_on: Option<ReviewFailOn>,
    /// Policy file (TOML) with rule settings, waivers and assertions; see `docs/guides/rules.md` for the defaults
    #[arg(long, value_name = "POLICY.toml")]
    policy: Option<PathBuf>,
    /// Earlier report (`--format json`); findings that it contains are marked as known and do not count for the policy check
    #[arg(long, value_name = "REPORT.json")]
    baseline: Option<PathBuf>,
    /// Date to check expiries and waivers against; by default, the date of the plan
    #[arg(long, value_name = "YYYY-MM-DD")]
    as_of: Option<Date>,
    /// Output format
    #[arg(long, value_parser = format(), default_value = Format::Text.name())]
    format: Format,
    /// Also write the report to a file in this format; can be repeated. `-` as the file is standard output, where this
    /// report replaces the one of `--format`
    #[arg(long, value_name = "FORMAT=FILE")]
    out: Vec<Out>,
    /// Include waived findings in SARIF, as suppressed results; by default, they are left out
    #[arg(long)]
    sarif_waived: bool,
    /// Print only the verdict and the counts, as text; files of `--out` have the whole report
    #[arg(long, conflicts_with = "format")]
    summary: bool,
    /// When to use colors
    #[arg(long, default_value_t = ColorChoice::Auto, value_name = "WHEN")]
    color: ColorChoice,
    /// Terraform configuration directory, used to read saved plans and to find source locations. As with `terraform -chdir`,
    /// the path of the plan is relative to it; if the plan does not exist there, the path is relative to the current directory
    #[arg(long, value_name = "DIR", default_value = ".")]
    chdir: PathBuf,
    /// Base directory for file paths in reports; by default, the nearest parent of `--chdir` that contains `.git`
    #[arg(long, value_name = "DIR")]
    source_root: Option<PathBuf>,
}

impl ReviewArgs {
    /// The report in this format.
    fn render(&self, format: Format, report: &Report, locations: &SourceLocations) -> String {
        if self.sarif_waived {
            format.render_with_waived(report, locations)
        } else {
            format.render(report, locations)
        }
    }

    /// The source locations of the findings and blocks. A configuration that cannot be read is an error only for formats that need it.
    fn locations(&self, plans: &[NamedInput], report: &Report) -> Result<SourceLocations, Error> {
        let cannot = |source| Error::ReadConfiguration {
            folder: self.chdir.clone(),
            source,
        };
        // A directory that is not there is a mistake, whatever the format.
        match fs::read_dir(&self.chdir) {
            Err(source) if !self.chdir.is_dir() => return Err(cannot(source)),
            _ => {}
        }
        let states = plans.iter().filter_map(|plan| {
            let name = plan.state.as_ref()?.to_string();
            Some((name, self.folder(plan)))
        });
        let (chdir, source_root) = (&self.chdir, self.source_root.as_deref());
        let formats = self.out.iter().map(|out| out.format);
        let mut formats = formats.chain([self.format]);
        let scope = match formats.clone().any(Format::shows_blocks) {
            true => LocationScope::Blocks,
            false => LocationScope::Findings,
        };
        let states = states.collect();
        let located = configuration::locate_by_state(report, scope, chdir, &states, source_root);
        let located = match located {
            Ok(located) => located,
            Err(source) => {
                if !formats.any(Format::needs_locations) {
                    return Ok(SourceLocations::default());
                }
                return Err(cannot(source));
            }
        };
        let files = plans.iter().filter_map(|plan| {
            let Input::File(path) = &plan.input else {
                return None;
            };
            let path = source::resolve(path, &self.chdir);
            let file = configuration::source_path(&path, chdir, source_root)?;
            Some((plan.state.as_ref().map(ToString::to_string), file))
        });
        Ok(located.with_plans(files))
    }

    /// The directory with the configuration of a plan: of several plans, that of the plan itself or the one of its state in
    /// `--chdir`, if there is a configuration.
    fn folder(&self, plan: &NamedInput) -> PathBuf {
        let own = match &plan.input {
            Input::File(path) => {
                let path = source::resolve(path, &self.chdir);
                path.parent().map(|folder| Path::new(".").join(folder))
            }
            Input::StandardInput => None,
        };
        let of_state = plan.state.as_ref();
        let of_state = of_state.map(|state| self.chdir.join(state.as_str()));
        let folders = own.filter(|_| plan.state.is_some()).into_iter();
        let mut folders = folders.chain(of_state);
        let configured = folders.find(|folder| configuration::is_configured(folder));
        configured.unwrap_or_else(|| self.chdir.clone())
    }
}

/// The parser of a [`Format`] by its name.
fn format() -> impl TypedValueParser<Value = Format> {
    let by_name = |name: String| Format::ALL.into_iter().find(|format| format.name() == name);
    PossibleValuesParser::new(Format::ALL.map(Format::name))
        .try_map(move |name| by_name(name).ok_or("no such format"))
}

/// The values of `--fail-on`.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ReviewFailOn {
    /// Never fail, not even on findings with severity `error`
    Never,
    /// Fail if any change was not reviewed, also of types that are not known to affect access, or if there are findings with
    /// severity `error`
    Unreviewed,
    /// Fail if a change gives or may give access to everyone, every signed-in account or every network, if changes that may
    /// affect access were not reviewed, or if there are findings with severity `error`
    Public,
    /// Fail if a reviewed change broadens or may broaden access, or if there are findings with severity `error`; ignore
    /// changes that were not reviewed
    Broadening,
    /// Fail if access changes or may change, if access remains in effect but is no longer managed, if changes that may affect
    /// access were not reviewed, or if there are findings with severity `error`
    Any,
}

impl From<ReviewFailOn> for Gate {
    fn from(fail_on: ReviewFailOn) -> Self {
        match fail_on {
            ReviewFailOn::Never => Self::Never,
            ReviewFailOn::Unreviewed => Self::Unreviewed,
            ReviewFailOn::Public => Self::Public,
            ReviewFailOn::Broadening => Self::Broadening,
            ReviewFailOn::Any => Self::Any,
        }
    }
}

/// The policy, with the day to count from.
fn policy(args: &ReviewArgs) -> Result<Policy, Error> {
    let policy = args
        .policy
        .as_deref()
        .map(read_policy)
        .transpose()?
        .unwrap_or_default();
    Ok(match args.as_of {
        Some(day) => policy.as_of(day),
        None => policy,
    })
}

fn read_policy(path: &Path) -> Result<Policy, Error> {
    let input = format!("`{}`", path.display());
    let text = fs::read_to_string(path).map_err(|source| Error::Read {
        input: input.clone(),
        source,
    })?;
    Policy::read(&text).map_err(|source| Error::Policy { input, source })
}

fn read_baseline(path: &Path) -> Result<Baseline, Error> {
    let input = format!("`{}`", path.display());
    let json = fs::read(path).map_err(|source| Error::Read {
        input: input.clone(),
        source,
    })?;
    Baseline::read(&json).map_err(|source| Error::Baseline { input, source })
}

/// After how long a review shows that it works.
const PATIENCE: Duration = Duration::from_secs(2);

/// Prints the report. Repeatable: it changes nothing.
pub(super) async fn run(args: &ReviewArgs, printer: Printer) -> Result<ExitStatus, Error> {
    out::check(&args.out)?;
    let policy = policy(args)?;
    let plans = plans::collect(&args.files, args.plans.as_deref(), &args.state)?;
    let progress = ReadProgress::of(&plans, &args.chdir);
    let line = {
        let progress = progress.clone();
        ProgressLine::start_after(PATIENCE, move || progress.status())
    };
    let mut set = PlanSet::default();
    for plan in &plans {
        let read = source::read(&plan.input, &args.chdir, &args.folder(plan), &progress).await?;
        let added = set.add(plan.state.as_ref(), read);
        saved::name_input(&plan.input, added)?;
        progress.note_plan();
    }
    let mut report = Report {
        title: args.title.clone(),
        ..set.review(&policy)
    };
    if let Some(path) = &args.baseline {
        report.compare_with(&read_baseline(path)?);
    }
    if report.planned_on.is_none() && policy.has_waivers() {
        let inputs: Vec<String> = plans.iter().map(|plan| plan.input.to_string()).collect();
        return Err(Error::NoDay {
            input: inputs.join(", "),
        });
    }
    let locations = args.locations(&plans, &report)?;
    drop(line);
    for out in args.out.iter().filter(|out| !out.is_standard_output()) {
        let text = args.render(out.format, &report, &locations);
        out.write(&text).map_err(|source| Error::WriteReport {
            path: out.path.clone(),
            source,
        })?;
    }
    let text = TextReport {
        report: &report,
        locations: &locations,
    };
    let summary = TextSummary(&report);
    // 80 if standard output is not a terminal.
    let width = textwrap::termwidth();
    let is_coloured = printer.is_coloured(args.color);
    let replaced = args.out.iter().find(|out| out.is_standard_output());
    let printed = match replaced.map_or(args.format, |out| out.format) {
        Format::Text if args.summary && is_coloured => {
            printer.text(format_args!("{summary:#width$}"))
        }
        Format::Text if args.summary => printer.text(format_args!("{summary:width$}")),
        Format::Text if is_coloured => printer.text(format_args!("{text:#width$}")),
        Format::Text => printer.text(format_args!("{text:width$}")),
        format => out::print(format, &args.render(format, &report, &locations), printer),
    };
    printed.map_err(Error::Print)?;
    let gate = args.fail_on.map(Gate::from).unwrap_or_default();
    let Some(reason) = gate.reason(&report) else {
        return Ok(ExitStatus::Success);
    };
    if reason.has_change {
        printer.message(match gate {
            Gate::Broadening => format!("{FAILED}: the plan broadens or may broaden access"),
            Gate::Public => format!("{FAILED}: the plan gives or may give public access"),
            Gate::Never | Gate::Findings | Gate::Unreviewed | Gate::Any => {
                let sections = Section::ALL.into_iter();
                let mut changed = sections.filter(|section| {
                    !matches!(
                        section,
                        Section::Stays | Section::Drifted | Section::Unchanged
                    )
                });
                if changed.any(|section| report.total(section) > 0) {
                    format!("{FAILED}: the plan changes access")
                } else {
                    format!("{FAILED}: the plan leaves access in effect that is no longer managed")
                }
            }
        });
    }
    match reason.unreviewed {
        0 => {}
        1 => printer.message(format!("{FAILED}: 1 change was not reviewed")),
        count => printer.message(format!("{FAILED}: {count} changes were not reviewed")),
    }
    if reason.findings > 0 {
        printer.message(errors(&report));
    }
    Ok(ExitStatus::Blocked)
}

/// The prefix of each reason.
const FAILED: &str = "policy check failed";

/// How many findings are listed on standard error; the report has all of them.
const NAMED: usize = 10;

/// The findings for which the policy check fails, a line each.
fn errors(report: &Report) -> String {
    let blocking = report.findings.iter();
    let mut blocking = blocking.filter(|finding| finding.is_blocking());
    let named = blocking.by_ref().take(NAMED).map(|finding| {
        let (rule, address) = (finding.rule.id(), text::line(&finding.address));
        let expired = finding.waiver.as_ref().map(|waiver| waiver.until);
        let expired = expired.map(|until| format!(" (waiver expired; valid until {until})"));
        let expired = expired.unwrap_or_default();
        format!("{FAILED}: `{rule}` at `{address}`{expired}")
    });
    let mut lines: Vec<String> = named.collect();
    match blocking.count() {
        0 => {}
        1 => lines.push(format!("{FAILED}: 1 more finding; see the report")),
        more => lines.push(format!("{FAILED}: {more} more findings; see the report")),
    }
    lines.join("\n")
}
