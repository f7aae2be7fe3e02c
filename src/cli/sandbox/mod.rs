//! `hwgrants sandbox`: the pretend Huawei Cloud in the foreground; and what people see of it, there and in the demo.

mod command;
mod settings;
mod way;

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::error::Error;
use super::folder::quote;
use super::output::{ExitStatus, Printer};
use super::signal::Signals;
use crate::sandbox::{
    self, ClockOffset, GrantedResource, GranteeKind, NamedGrant, QuirkError, Quirks, ResourceKind,
    Sandbox, SandboxOptions, Seed, StateView, seed,
};

pub(super) use settings::variables;

use settings::SettingsFormat;

/// Where it listens unless it is told.
const PORT: u16 = 4780;

/// The variable that sets the plugin's clock.
const CLOCK: &str = "HWGRANTS_CLOCK";

/// How `hwgrants sandbox` is called.
#[derive(Debug, clap::Args)]
#[command(after_long_help = long_help())]
pub(super) struct SandboxArgs {
    /// Port on 127.0.0.1; 0 takes any that is free [default: 4780, and 0 with a command]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// What the cloud holds at the start
    #[arg(
        long,
        default_value_t,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(Seed::ALL.map(Seed::name)).try_map(|name| name.parse::<Seed>())
    )]
    seed: Seed,
    /// File that keeps what the cloud holds from one start to the next; without it all is forgotten at the end
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// How far grants are ahead of this machine's clock, such as `+30d`
    #[arg(long, default_value_t, value_name = "SPAN", allow_hyphen_values = true)]
    clock: ClockOffset,
    /// How to decide what the API reference leaves open, such as `groups=expanded`; may be repeated
    #[arg(long = "quirk", value_name = "NAME=VALUE", value_parser = setting)]
    quirks: Vec<String>,
    /// Format of the settings that are printed
    #[arg(
        long,
        default_value = "shell",
        value_name = "FORMAT",
        value_enum,
        conflicts_with = "command"
    )]
    print: SettingsFormat,
    /// Command to run with the settings as variables; the sandbox ends with it, and with its exit code
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Accepts the setting of a quirk, so that a wrong one is a mistake in the call.
fn setting(text: &str) -> Result<String, QuirkError> {
    Quirks::default().set(text)?;
    Ok(text.to_owned())
}

/// Runs until Ctrl-C or SIGTERM, which is success; or until the command that was given ends, and ends as it does.
pub(super) async fn run(args: SandboxArgs, printer: Printer) -> Result<ExitStatus, Error> {
    let mut signals = Signals::new().map_err(Error::Runtime)?;
    let mut quirks = Quirks::default();
    for setting in &args.quirks {
        quirks.set(setting).map_err(sandbox::Error::from)?;
    }
    // A command is told the port, so any will do, and several may run side by side.
    let default_port = if args.command.is_empty() { PORT } else { 0 };
    let options = SandboxOptions {
        port: args.port.unwrap_or(default_port),
        seed: args.seed,
        data: args.data,
        clock_offset: args.clock,
        quirks,
        ..SandboxOptions::default()
    };
    let sandbox = Sandbox::start(options).await?;
    let url = sandbox.url();
    let ahead = sandbox.world().clock_offset();
    // What has ended there has then ended for the plugin, too.
    let clock = (ahead != ClockOffset::default()).then(|| ahead.to_string());
    let status = if args.command.is_empty() {
        printer.talk(format_args!(
            "a pretend Huawei Cloud at {url}; Ctrl-C stops it"
        ));
        printer.talk(format_args!(
            "to view and change it in a browser: {url}/_sandbox/; to use it:\n"
        ));
        let shown = show(args.print, &url, args.seed, clock.as_deref(), printer);
        if shown.is_ok() {
            signals.recv().await;
        }
        shown.map(|()| ExitStatus::Success).map_err(Error::Print)
    } else {
        let variables = settings::variables(&url, args.seed).into_iter();
        let variables = variables
            .map(|(name, value)| (name.to_owned(), value))
            .chain(settings::sdk_variables(&url, args.seed))
            .chain(clock.map(|clock| (CLOCK.to_owned(), clock)));
        command::run(&args.command, variables.collect(), &mut signals).await
    };
    sandbox.stop().await;
    status
}

/// Prints what makes programs use the sandbox.
fn show(
    print: SettingsFormat,
    url: &str,
    seed: Seed,
    clock: Option<&str>,
    printer: Printer,
) -> io::Result<()> {
    let text = settings::text(print, url, seed);
    printer.data(text.trim_end())?;
    if print == SettingsFormat::Hcloud {
        printer.talk(format_args!(
            "\nto be kept in a file that HW_SHARED_CONFIG_FILE names; set HWGRANTS_ENDPOINT={url} as well"
        ));
        if seed == Seed::Demo {
            printer.talk(format_args!("\n{}", way::list().trim_end()));
        }
    }
    if let Some(clock) = clock {
        let clock = format!("{CLOCK}={}", quote(clock));
        match print {
            SettingsFormat::Shell => printer.data(format_args!("export {clock}"))?,
            SettingsFormat::Terraform | SettingsFormat::Hcloud | SettingsFormat::Sdk => printer.talk(format_args!(
                "\nto have the provider `hwgrants` live in the same days, set {clock} where Terraform starts"
            )),
        }
    }
    Ok(())
}

/// What people who ask for all help are told besides.
fn long_help() -> String {
    format!(
        "With the demo's seed there are, to sign in with and to grant:\n\n{}",
        seed::catalog::text()
    )
}

/// Everything granted, in words, a line each.
pub(super) struct StateText(pub(super) StateView);

impl fmt::Display for StateText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let granted = self
            .0
            .resources
            .values()
            .filter(|resource| !resource.grants.is_empty());
        for resource in granted {
            writeln!(out, "{}", heading(resource))?;
            for (id, grant) in &resource.grants {
                let name = grant.grantee_name.as_deref().unwrap_or(id.as_str());
                writeln!(out, "  {name} ({}), {}", kind(grant), end(grant))?;
            }
        }
        for (account, assumed) in &self.0.repo_delegations {
            let may = if *assumed { "may" } else { "may not" };
            writeln!(
                out,
                "account {account}\n  CodeArts Repo {may} use its KMS keys"
            )?;
        }
        Ok(())
    }
}

fn heading(resource: &GrantedResource) -> String {
    let kind = match resource.resource.kind {
        ResourceKind::Secret => "secret",
        ResourceKind::Group => "group of secrets",
    };
    format!("{kind} {}", resource.resource.name)
}

fn kind(grant: &NamedGrant) -> &'static str {
    match grant.grant.grantee_kind {
        GranteeKind::User => "user",
        GranteeKind::Group => "group",
    }
}

fn end(grant: &NamedGrant) -> String {
    grant
        .grant
        .validity_date
        .map_or_else(|| "without end".to_owned(), |date| format!("until {date}"))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct ChildCommand {
        #[command(flatten)]
        args: SandboxArgs,
    }

    fn call(args: &[&str]) -> Result<SandboxArgs, String> {
        let call = ChildCommand::try_parse_from(["sandbox"].iter().chain(args));
        call.map(|call| call.args)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn the_clock_and_the_quirks_are_set_by_flags() {
        let args = call(&[
            "--clock",
            "-12h",
            "--quirk",
            "groups=expanded",
            "--quirk",
            "ids=number",
        ])
        .unwrap();
        assert_eq!(args.clock.to_string(), "12h ago");
        assert_eq!(args.quirks, ["groups=expanded", "ids=number"]);
        assert_eq!(call(&[]).unwrap().clock, ClockOffset::default());
    }

    #[test]
    fn a_wrong_flag_is_answered_with_what_there_is() {
        for (args, part) in [
            (["--clock", "soon"], "`+30d`"),
            (["--print", "yaml"], "shell, terraform, hcloud, sdk"),
            (["--quirk", "group=listed"], "`groups`, `group_delete`"),
            (
                ["--quirk", "groups=seen"],
                "`listed`, `expanded`, `invisible`",
            ),
            (["--quirk", "groups"], "`NAME=VALUE`"),
        ] {
            let error = call(&args).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[tokio::test]
    async fn people_see_who_may_use_what_until_when() {
        let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
        let world = sandbox.world();
        let nothing = format!(
            "account {}\n  CodeArts Repo may not use its KMS keys\n",
            seed::ACCOUNT_ID
        );
        assert_eq!(StateText(world.state()).to_string(), nothing);

        let end = "2027-02-19".parse().unwrap();
        world
            .put_grant(
                seed::SECRET_API_KEY,
                seed::USER_ANA,
                GranteeKind::User,
                Some(end),
            )
            .unwrap();
        world
            .put_grant(
                seed::SECRET_GROUP_BILLING,
                seed::GROUP_ONCALL,
                GranteeKind::Group,
                None,
            )
            .unwrap();
        world.set_delegation(seed::ACCOUNT_ID, true);
        let everything = format!(
            "secret api-key\n  Ana Ruiz (user), until 2027-02-19\n\
             group of secrets billing\n  On-call (group), without end\n\
             account {}\n  CodeArts Repo may use its KMS keys\n",
            seed::ACCOUNT_ID,
        );
        assert_eq!(StateText(world.state()).to_string(), everything);
    }
}
