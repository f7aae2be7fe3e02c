//! A sandbox with a clock that tests can move, and fresh runs of the provider against it.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use hwgrants::cloud::Environment;
use hwgrants::provider::{Clock, Hwgrants, Recorder};
use hwgrants::sandbox::{
    AccountId, Fault, FaultAction as Does, GranteeKind, IssuedToken, Permission, ProjectId, Quirks,
    ResourceKind, Sandbox, SandboxOptions, SandboxResource, SecretState, StoredGrant, When, World,
    seed,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value as Json, json};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::protocol::server::Served;
use crate::protocol::terraform::Terraform;
use crate::virtual_time::Creep;

/// The resource that all this is about.
pub(super) const GRANT: &str = "csms_grant";

/// When every simulation begins, in seconds since 1970: 2030-01-01T12:00:00Z.
const BEGINS_AT: i64 = 1_893_499_200;

/// An end far from that beginning.
pub(super) const END: &str = "2031-03-31";

/// One further away.
pub(super) const LATER_END: &str = "2032-06-30";

/// What tells one grant from another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) secret: String,
    /// `user` or `group`.
    pub(super) grantee_type: &'static str,
    pub(super) grantee: String,
}

impl Key {
    pub(super) fn user(secret: &str, grantee: &str) -> Self {
        Self {
            secret: secret.to_owned(),
            grantee_type: "user",
            grantee: grantee.to_owned(),
        }
    }

    pub(super) fn group(secret: &str, grantee: &str) -> Self {
        Self {
            grantee_type: "group",
            ..Self::user(secret, grantee)
        }
    }

    /// The import ID.
    pub(super) fn id(&self) -> String {
        format!(
            "SECRET/{}/{}/{}",
            self.secret, self.grantee_type, self.grantee
        )
    }

    /// A block of the configuration.
    pub(super) fn block(&self, end: Option<&str>) -> Json {
        json!({
            "resource_id": self.secret,
            "type": "SECRET",
            "grantee_type": self.grantee_type,
            "grantee_target_id": self.grantee,
            "validity_time": end,
        })
    }

    fn kind(&self) -> GranteeKind {
        match self.grantee_type {
            "group" => GranteeKind::Group,
            _ => GranteeKind::User,
        }
    }
}

/// A block with more in it.
pub(super) fn with(mut block: Json, more: Json) -> Json {
    let more = more.as_object().unwrap().clone();
    block.as_object_mut().unwrap().extend(more);
    block
}

/// A fault that delays a request.
pub(super) fn delay(seconds: u64, when: When) -> Does {
    Does::Delay {
        delay: Duration::from_secs(seconds),
        when,
    }
}

/// The sandbox, ruled by a clock that goes with the runtime's.
pub(super) struct Stage {
    sandbox: Sandbox,
    world: World,
    url: String,
    ahead: Arc<AtomicI64>,
    outside: BTreeMap<Key, StoredGrant>,
    /// Tells the provider that Terraform was killed.
    pub(super) host_gone: CancellationToken,
    _creep: Creep,
}

impl Stage {
    /// A cloud as the sandbox has it unless told otherwise.
    pub(super) async fn new() -> Self {
        Self::with(Quirks::default()).await
    }

    /// A cloud in which nothing is granted, with some secrets, `secret-0` to `secret-9`, and some groups, `team-0` to
    /// `team-9`, each with two members.
    pub(super) async fn with(quirks: Quirks) -> Self {
        let creep = Creep::begin();
        let (began_at, ahead) = (Instant::now(), Arc::new(AtomicI64::new(0)));
        let clock = {
            let ahead = Arc::clone(&ahead);
            move || {
                let passed = SignedDuration::try_from(began_at.elapsed()).unwrap();
                let ahead = SignedDuration::from_secs(ahead.load(Ordering::Relaxed));
                Timestamp::from_second(BEGINS_AT).unwrap() + passed + ahead
            }
        };
        let options = SandboxOptions {
            clock: Arc::new(clock),
            quirks,
            ..SandboxOptions::default()
        };
        let sandbox = Sandbox::start(options).await.unwrap();
        let world = sandbox.world().clone();
        let token = IssuedToken {
            user_name: "deployer".to_owned(),
            account_id: AccountId::from(seed::ACCOUNT_ID),
            project_id: ProjectId::from(seed::PROJECT_ID),
            permissions: Permission::ALL.into(),
            expires_at: "2099-01-01T00:00:00Z".parse().unwrap(),
        };
        world.add_token(seed::TOKEN, token);
        for number in 0..10 {
            let secret = SandboxResource {
                project_id: ProjectId::from(seed::PROJECT_ID),
                kind: ResourceKind::Secret,
                name: format!("secret-{number}"),
                state: SecretState::Enabled,
                created_at: world.now(),
            };
            world.add_resource(&format!("secret-{number}"), secret);
        }
        for number in 0..10 {
            for member in ["a", "b"] {
                let member = format!("member-{number}{member}");
                world.add_member(&format!("team-{number}"), &member);
            }
        }
        Self {
            url: sandbox.url(),
            sandbox,
            world,
            ahead,
            outside: BTreeMap::new(),
            host_gone: CancellationToken::new(),
            _creep: creep,
        }
    }

    pub(super) fn world(&self) -> &World {
        &self.world
    }

    pub(super) fn fault(&self, fault: Fault) {
        self.world.faults().add(fault);
    }

    /// Sets the clock of the cloud and of the provider so many days ahead of the start of the simulation.
    pub(super) fn set_days_ahead(&self, days: i64) {
        self.ahead.store(days * 86_400, Ordering::Relaxed);
    }

    /// The provider, started and configured as for one walk of Terraform through its graph.
    pub(super) async fn run(&self) -> Run {
        self.run_noting_plans(Recorder::Memory).await
    }

    /// The same, with a record of what is planned that others share.
    pub(super) async fn run_noting_plans(&self, recorder: Recorder) -> Run {
        let variables = [
            ("HWGRANTS_ENDPOINT", self.url.as_str()),
            ("HW_REGION_NAME", seed::REGION),
            ("HW_PROJECT_ID", seed::PROJECT_ID),
            ("HW_DOMAIN_ID", seed::ACCOUNT_ID),
            ("HW_AUTH_TOKEN", seed::TOKEN),
        ];
        let world = self.world.clone();
        let clock = Clock::new(move || world.now());
        let provider =
            Hwgrants::new(Environment::of(variables), clock).with_closing(self.host_gone.clone());
        let served = Served::start(provider.with_recorder(recorder)).await;
        let terraform = Terraform::configured(served.client(), json!({})).await;
        Run {
            terraform,
            _served: served,
        }
    }

    /// Ends every fault and lets what is still under way arrive.
    pub(super) async fn calm(&self) {
        self.world.faults().clear();
        sleep(Duration::from_secs(60)).await;
    }

    /// Stops the service, which then refuses connections; what it holds can still be looked at.
    pub(super) async fn close(self) -> World {
        self.sandbox.stop().await;
        self.world
    }

    /// Grants something behind Terraform's back, which must still be there in the end.
    pub(super) fn grant_outside(&mut self, key: &Key, end: Option<&str>) {
        let end = end.map(|end| end.parse().unwrap());
        self.world
            .put_grant(&key.secret, &key.grantee, key.kind(), end)
            .unwrap();
        let grant = self.grants()[key].clone();
        self.outside.insert(key.clone(), grant);
    }

    /// Everything granted.
    pub(super) fn grants(&self) -> BTreeMap<Key, StoredGrant> {
        let state = self.world.state();
        let grants = state.resources.iter().flat_map(|(secret, resource)| {
            let key = |grantee: &str, kind| Key {
                secret: secret.to_string(),
                grantee_type: match kind {
                    GranteeKind::User => "user",
                    GranteeKind::Group => "group",
                },
                grantee: grantee.to_owned(),
            };
            resource.grants.iter().map(move |(grantee, named)| {
                let grant = named.grant.clone();
                (key(grantee.as_str(), grant.grantee_kind), grant)
            })
        });
        grants.collect()
    }

    /// Everything granted but what was granted outside, with its end. What was granted outside must be unchanged.
    pub(super) fn own(&self) -> BTreeMap<Key, Option<String>> {
        let mut grants = self.grants();
        for (key, grant) in &self.outside {
            assert_eq!(grants.remove(key).as_ref(), Some(grant), "{key:?}");
        }
        let end = |grant: StoredGrant| grant.validity_date.map(|date| date.to_string());
        grants
            .into_iter()
            .map(|(key, grant)| (key, end(grant)))
            .collect()
    }

    /// How often an operation was asked for since the log was cleared.
    pub(super) fn count(&self, operation: &str) -> usize {
        let requests = self.world.requests();
        let asked = requests
            .iter()
            .filter(|request| request.operation == Some(operation));
        asked.count()
    }

    /// Checks what must hold at any time: nothing outside has changed, nobody has two grants on one secret, and no
    /// deletion was sent without its grantee.
    pub(super) fn check(&self) {
        for key in self.own().keys() {
            let count = self.world.grant_count(&key.secret, &key.grantee);
            assert_eq!(count, 1, "{key:?}");
        }
        for request in self.world.requests() {
            if request.method == "DELETE" {
                let query = request.query.unwrap();
                let names = url::form_urlencoded::parse(query.as_bytes());
                let mut grantees = names.filter(|(name, _)| name == "grantee_user");
                assert!(
                    grantees.next().is_some_and(|(_, id)| !id.is_empty()),
                    "{query}"
                );
            }
        }
    }
}

/// The provider at work, as one walk of Terraform meets it.
pub(super) struct Run {
    terraform: Terraform,
    _served: Served,
}

impl Deref for Run {
    type Target = Terraform;

    fn deref(&self) -> &Terraform {
        &self.terraform
    }
}
