//! `hwgrants sandbox`: runs a sandbox in the foreground, or a command with one; and prints its grants, also for `hwgrants demo`.

mod command;
mod settings;
mod shell;
mod sign_in_text;

use std::ffi::OsString;
use std::fmt;
use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::error::Error;
use super::output::{ExitStatus, Printer};
use super::signal::Signals;
use crate::sandbox::sign_in::CLOCK_VARIABLE;
use crate::sandbox::{
    self, ClockOffset, GrantedResource, GranteeKind, NamedGrant, QuirkError, Quirks,
    RepoEncryption, ResourceKind, Sandbox, SandboxOptions, Seed, StateView, seed,
};
use crate::text::Shell;

pub(super) use settings::variables;

use settings::SettingsFormat;

/// Default port without a command.
const DEFAULT_PORT: u16 = 4780;

/// Arguments of `hwgrants sandbox`.
#[derive(Debug, clap::Args)]
#[command(after_long_help = long_help())]
pub(super) struct SandboxArgs {
    /// Port on 127.0.0.1; 0 for any free port [default: 4780, or 0 with a command]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Initial contents of the sandbox
    #[arg(
        long,
        default_value_t,
        value_name = "NAME",
        value_parser = PossibleValuesParser::new(Seed::ALL.map(Seed::name)).try_map(|name| name.parse::<Seed>())
    )]
    seed: Seed,
    /// File in which to store the sandbox data; if omitted, the data is lost when the sandbox stops
    #[arg(long, value_name = "FILE")]
    data: Option<PathBuf>,
    /// Offset of the sandbox's clock relative to this machine's clock, such as `+30d`
    #[arg(
        long,
        default_value_t,
        value_name = "OFFSET",
        allow_hyphen_values = true
    )]
    clock: ClockOffset,
    /// Select a behavior that the API reference does not specify, such as `groups=expanded`; can be repeated. `--help` lists
    /// all quirks
    #[arg(long = "quirk", value_name = "NAME=VALUE", value_parser = parse_quirk)]
    quirks: Vec<String>,
    /// Format of the printed settings
    #[arg(
        long,
        default_value = "shell",
        value_name = "FORMAT",
        value_enum,
        conflicts_with = "command"
    )]
    print: SettingsFormat,
    /// Shell syntax of the printed commands [default: on a terminal, that of the login shell; otherwise sh, or powershell on
    /// Windows]
    #[arg(long, value_name = "SHELL", value_enum, conflicts_with = "command")]
    shell: Option<Shell>,
    /// Command to run with the settings in its environment; when the command exits, the sandbox stops and returns the
    /// command's exit code
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Checks a quirk, so that an invalid one is a usage error.
fn parse_quirk(text: &str) -> Result<String, QuirkError> {
    Quirks::default().set(text)?;
    Ok(text.to_owned())
}

/// Runs until Ctrl-C or SIGTERM, which is success; or until the command exits, with its exit code.
pub(super) async fn run(args: SandboxArgs, printer: Printer) -> Result<ExitStatus, Error> {
    let mut signals = Signals::new().map_err(Error::Runtime)?;
    let mut quirks = Quirks::default();
    for setting in &args.quirks {
        quirks.set(setting).map_err(sandbox::Error::from)?;
    }
    // A command gets the port in its environment; a free port lets several commands run at the same time.
    let default_port = if args.command.is_empty() {
        DEFAULT_PORT
    } else {
        0
    };
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
    // The provider must consider the same grants expired.
    let clock = (ahead != ClockOffset::default()).then(|| ahead.to_string());
    let status = if args.command.is_empty() {
        printer.message(format_args!(
            "Huawei Cloud sandbox running at {url}; press Ctrl-C to stop it"
        ));
        printer.message(format_args!(
            "to view or change the sandbox, open {url}/_sandbox/ in a browser\n\nclient settings:\n"
        ));
        let shell = args.shell.unwrap_or_else(shell::default_shell);
        let settings = settings::text(args.print, shell, &url, args.seed);
        let clock = clock.map(|clock| shell.export([(CLOCK_VARIABLE, clock.as_str())]));
        let printed = print_settings(args.print, &settings, &url, args.seed, clock, printer);
        if printed.is_ok() {
            signals.recv().await;
        }
        printed.map(|()| ExitStatus::Success).map_err(Error::Print)
    } else {
        if io::stderr().is_terminal() {
            printer.message(format_args!(
                "Huawei Cloud sandbox running at {url} until the command exits"
            ));
        }
        let variables = settings::variables(&url, args.seed).into_iter();
        let variables = variables
            .map(|(name, value)| (name.to_owned(), value))
            .chain(settings::sdk_variables(&url, args.seed))
            .chain(clock.map(|clock| (CLOCK_VARIABLE.to_owned(), clock)));
        command::run(&args.command, variables.collect(), &mut signals).await
    };
    sandbox.stop().await;
    status
}

/// Prints the settings with which programs use the sandbox.
fn print_settings(
    print: SettingsFormat,
    settings: &str,
    url: &str,
    seed: Seed,
    clock: Option<String>,
    printer: Printer,
) -> io::Result<()> {
    printer.data(settings.trim_end())?;
    if print == SettingsFormat::Hcloud {
        printer.message(format_args!(
            "\nsave the configuration to a file, set HW_SHARED_CONFIG_FILE to the file's path, and set \
             HWGRANTS_ENDPOINT={url}"
        ));
        if seed == Seed::Demo {
            printer.message(format_args!(
                "\n{}",
                sign_in_text::seed_entries().trim_end()
            ));
        }
    }
    if let Some(clock) = clock {
        match print {
            SettingsFormat::Shell => printer.data(clock)?,
            SettingsFormat::Terraform | SettingsFormat::Hcloud | SettingsFormat::Sdk => printer.message(format_args!(
                "\nto use the sandbox's clock in the `hwgrants` provider, run this before Terraform:\n{clock}"
            )),
        }
    }
    Ok(())
}

/// The end of `--help`.
fn long_help() -> String {
    format!(
        "Credentials and IDs in the `demo` seed data:\n\n{}\nQuirks; the first value of each is the default:\n\n{}",
        seed::catalog::text(),
        Quirks::text(),
    )
}

/// All grants and delegations as text, one per line.
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
                writeln!(out, "  {name} ({}), {}", kind(grant), expiry(grant))?;
            }
        }
        for (account, assumed) in &self.0.repo_delegations {
            let access = if *assumed { "can" } else { "cannot" };
            writeln!(
                out,
                "account {account}\n  CodeArts Repo {access} use the account's KMS keys"
            )?;
        }
        for (account_and_region, setting) in &self.0.repo_encryption {
            writeln!(
                out,
                "repositories of {account_and_region}\n  {}",
                encryption(setting)
            )?;
        }
        Ok(())
    }
}

fn heading(resource: &GrantedResource) -> String {
    let kind = match resource.resource.kind {
        ResourceKind::Secret => "secret",
        ResourceKind::Group => "secret group",
    };
    format!("{kind} {}", resource.resource.name)
}

fn kind(grant: &NamedGrant) -> &'static str {
    match grant.grant.grantee_kind {
        GranteeKind::User => "user",
        GranteeKind::Group => "group",
    }
}

fn encryption(setting: &RepoEncryption) -> String {
    let key = setting.key_name.as_ref().or(setting.key_id.as_ref());
    match (setting.encryption_type.as_deref(), key) {
        (Some("KMS"), Some(key)) => format!("encrypted with KMS key {key}"),
        _ => "encryption is off".to_owned(),
    }
}

fn expiry(grant: &NamedGrant) -> String {
    grant.grant.validity_date.map_or_else(
        || "never expires".to_owned(),
        |date| format!("expires {date}"),
    )
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
    fn flags_set_the_clock_and_the_quirks() {
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
    fn an_invalid_flag_value_lists_the_valid_values() {
        for (args, part) in [
            (["--clock", "soon"], "`+30d`"),
            (["--print", "yaml"], "shell, terraform, hcloud, sdk"),
            (["--shell", "cmd"], "sh, fish, powershell"),
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
    async fn the_grants_are_printed_with_their_expiry() {
        let sandbox = Sandbox::start(SandboxOptions::default()).await.unwrap();
        let world = sandbox.world();
        let nothing = format!(
            "account {}\n  CodeArts Repo cannot use the account's KMS keys\n",
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
            "secret api-key\n  Ana Ruiz (user), expires 2027-02-19\n\
             secret group billing\n  On-call (group), never expires\n\
             account {}\n  CodeArts Repo can use the account's KMS keys\n",
            seed::ACCOUNT_ID,
        );
        assert_eq!(StateText(world.state()).to_string(), everything);
    }
}
