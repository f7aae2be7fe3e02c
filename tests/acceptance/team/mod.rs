//! Several runners: states in PostgreSQL, which locks them, and one sandbox.

mod postgres;

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use hwgrants::distribution::mirror;
use hwgrants::sandbox::{Fault, FaultAction, When, seed};

use self::postgres::Postgres;
use crate::harness::{Block, Run, Workspace};
use crate::killed::wait_until_plugins_end;
use crate::not_checked::not_checked;

/// A runner: a working directory of its own, and a state that it may share.
struct Runner<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
}

impl<'a> Runner<'a> {
    /// A runner whose state is in this schema of the database, initialized.
    fn new(
        workspace: &'a Workspace,
        name: &str,
        database: &Postgres,
        schema: &str,
        block: &Block,
    ) -> Self {
        let folder = workspace.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::copy(
            workspace.path().join("provider.tf"),
            folder.join("provider.tf"),
        )
        .unwrap();
        let backend = format!(
            "terraform {{\n  backend \"pg\" {{\n    conn_str    = {:?}\n    schema_name = {schema:?}\n  }}\n}}\n",
            database.url()
        );
        fs::write(folder.join("backend.tf"), backend).unwrap();
        let runner = Self { workspace, folder };
        runner.run(&["init", "-input=false"]).succeeded();
        // The first apply creates the state, for which PostgreSQL has one lock for all states.
        runner
            .run(&["apply", "-input=false", "-auto-approve"])
            .succeeded();
        fs::write(runner.folder.join("main.tf"), block.to_string()).unwrap();
        runner
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(self.workspace.terraform().program());
        self.workspace.prepare(&mut command);
        command
            .args(args)
            .arg("-no-color")
            .current_dir(&self.folder)
            .env(
                "TF_CLI_CONFIG_FILE",
                self.workspace.path().join(mirror::CONFIG_FILE),
            )
            .env("CHECKPOINT_DISABLE", "1");
        command
    }

    fn run(&self, args: &[&str]) -> Run {
        Run::of(&args.join(" "), self.command(args).output().unwrap())
    }

    /// Starts an apply that waits for the lock of the state.
    fn start_apply(&self) -> Child {
        self.command(&[
            "apply",
            "-input=false",
            "-auto-approve",
            "-lock-timeout=120s",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
    }

    #[track_caller]
    fn assert_unchanged(&self) {
        let plan = self.run(&["plan", "-input=false", "-detailed-exitcode"]);
        assert_eq!(plan.code, Some(0), "{plan}");
    }
}

/// What a started command has printed at its end.
fn end(child: Child) -> Run {
    Run::of("apply", child.wait_with_output().unwrap())
}

fn database() -> Option<Postgres> {
    let database = Postgres::start();
    if database.is_none() {
        not_checked("several runners on one state, because PostgreSQL cannot be installed");
    }
    database
}

fn grant_for(user: &str) -> Block {
    Block::grant("hwgrants_csms_grant").set("grantee_target_id", user)
}

/// The number of grants on the secret of [`Block::grant`].
fn grant_count(workspace: &Workspace) -> usize {
    workspace.world().grants(seed::SECRET_DB_PASSWORD).len()
}

#[test]
fn two_runners_on_one_state_create_a_grant_once() {
    let Some(database) = database() else { return };
    let workspace = Workspace::new();
    let before = grant_count(&workspace);
    let block = grant_for("user-1");
    let runners =
        ["one", "two"].map(|name| Runner::new(&workspace, name, &database, "shared", &block));
    let mut creates = workspace.writes_of(|| {
        let applies = [runners[0].start_apply(), runners[1].start_apply()];
        for apply in applies {
            end(apply).succeeded();
        }
    });
    creates.retain(|operation| *operation == "CreateGrants");
    assert_eq!(creates.len(), 1);
    assert_eq!(grant_count(&workspace), before + 1);
    for runner in &runners {
        runner.assert_unchanged();
    }
}

#[test]
fn two_states_manage_their_own_grants_on_one_secret() {
    let Some(database) = database() else { return };
    let workspace = Workspace::new();
    let before = grant_count(&workspace);
    let runners =
        ["one", "two"].map(|name| Runner::new(&workspace, name, &database, name, &grant_for(name)));
    let applies = [runners[0].start_apply(), runners[1].start_apply()];
    for apply in applies {
        end(apply).succeeded();
    }
    assert_eq!(grant_count(&workspace), before + 2);
    runners[0]
        .run(&["destroy", "-input=false", "-auto-approve"])
        .succeeded();
    assert_eq!(grant_count(&workspace), before + 1);
    runners[1].assert_unchanged();
}

#[test]
fn a_killed_runner_releases_the_lock_and_another_one_adopts_its_grant() {
    let Some(database) = database() else { return };
    let workspace = Workspace::new();
    let before = grant_count(&workspace);
    let block = grant_for("user-1");
    let runners =
        ["one", "two"].map(|name| Runner::new(&workspace, name, &database, "shared", &block));
    let slow = FaultAction::Delay {
        delay: std::time::Duration::from_secs(2),
        when: When::AfterEffect,
    };
    workspace
        .world()
        .faults()
        .add(Fault::on("CreateGrants", slow));
    let mut killed = runners[0].start_apply();
    workspace.wait_for("CreateGrants");
    killed.kill().unwrap();
    killed.wait().unwrap();
    wait_until_plugins_end(&workspace);

    let adopted = end(runners[1].start_apply()).succeeded();
    assert!(
        adopted.words().contains("Existing grant adopted"),
        "{adopted}"
    );
    assert_eq!(grant_count(&workspace), before + 1);
    runners[1].assert_unchanged();
}

#[test]
fn twenty_states_create_their_grants_on_one_secret_at_the_same_time() {
    let Some(database) = database() else { return };
    let workspace = Workspace::new();
    let before = grant_count(&workspace);
    let runners: Vec<_> = (0..20)
        .map(|number| {
            let name = format!("state_{number}");
            Runner::new(
                &workspace,
                &name,
                &database,
                &name,
                &grant_for(&format!("user-{number}")),
            )
        })
        .collect();
    let applies: Vec<_> = runners.iter().map(Runner::start_apply).collect();
    for apply in applies {
        end(apply).succeeded();
    }
    assert_eq!(grant_count(&workspace), before + 20);
}
