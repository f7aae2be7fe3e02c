//! `hwgrants sandbox`: the pretend Huawei Cloud in the foreground, and its start for the demo.

use clap::ValueEnum;

use super::error::Error;
use super::folder::quote;
use super::output::Printer;
use super::signal::Signals;
use crate::sandbox::Sandbox;

/// How `hwgrants sandbox` is called.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Port on 127.0.0.1; 0 lets the system choose
    #[arg(long, default_value_t = 4780, value_name = "PORT")]
    port: u16,
    /// What the cloud holds at the start
    #[arg(long, value_name = "NAME")]
    seed: Option<Seed>,
}

/// What a cloud can hold at the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Seed {
    /// The account, secrets and people of the demo
    Demo,
}

/// Runs until Ctrl-C or SIGTERM, which is success.
pub(super) async fn run(args: Args, printer: Printer) -> Result<(), Error> {
    let mut signals = Signals::new().map_err(Error::Runtime)?;
    let cloud = Cloud::start(args.port, args.seed.is_some()).await?;
    printer.talk(format_args!(
        "a pretend Huawei Cloud at {}; Ctrl-C stops it. To use it:\n",
        cloud.url()
    ));
    for (name, value) in cloud.variables() {
        printer.data(format_args!("export {name}={}", quote(&value)));
    }
    signals.recv().await;
    cloud.stop().await
}

/// A running pretend cloud, and what people see of it.
#[derive(Debug)]
pub(super) struct Cloud(Sandbox);
impl Cloud {
    pub(super) async fn start(_port: u16, _seeded: bool) -> Result<Self, Error> {
        Ok(Self(Sandbox))
    }
    pub(super) fn url(&self) -> String {
        "http://127.0.0.1:1".into()
    }
    pub(super) fn port(&self) -> u16 {
        1
    }
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        vec![]
    }
    pub(super) fn view(&self) -> String {
        String::new()
    }
    pub(super) async fn stop(self) -> Result<(), Error> {
        Ok(())
    }
}
