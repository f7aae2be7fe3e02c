//! Lives of grants on services that decide what the API reference leaves open each in their own way.

use std::collections::{BTreeMap, BTreeSet};

use hwgrants::sandbox::{GranteeKind, Quirks, seed};

use super::{TYPE, granted};
use crate::harness::{Block, Workspace, in_days};

/// The secret on which others have been granted access, too.
const SHARED: &str = seed::SECRET_DB_PASSWORD;

/// The secret on which nobody else has.
const OURS: &str = seed::SECRET_API_KEY;

/// One grant of a configuration.
#[derive(Clone)]
struct Claim {
    secret: &'static str,
    grantee_type: &'static str,
    grantee: &'static str,
    end: Option<String>,
}

impl Claim {
    fn user(secret: &'static str, grantee: &'static str) -> Self {
        Self {
            secret,
            grantee_type: "user",
            grantee,
            end: None,
        }
    }

    fn oncall() -> Self {
        Self {
            grantee_type: "group",
            ..Self::user(SHARED, seed::GROUP_ONCALL)
        }
    }

    fn until(self, end: &str) -> Self {
        let end = Some(end.to_owned());
        Self { end, ..self }
    }

    fn id(&self) -> String {
        let Self {
            secret,
            grantee_type,
            grantee,
            ..
        } = self;
        format!("SECRET/{secret}/{grantee_type}/{grantee}")
    }

    fn address(&self) -> String {
        format!("{TYPE}.this[\"{}\"]", self.id())
    }
}

/// The grants of a test and the service they live on.
struct Life {
    workspace: Workspace,
    claims: Vec<Claim>,
    outside: BTreeMap<String, Option<String>>,
}

impl Life {
    /// These grants on a service with these quirks, on which others have access to the shared secret.
    fn new(settings: &[&str], claims: Vec<Claim>, outsiders: [&str; 2]) -> Self {
        let workspace = Workspace::new();
        let mut quirks = Quirks::default();
        for setting in settings {
            quirks.set(setting).unwrap();
        }
        let world = workspace.world();
        world.set_quirks(quirks);
        let ends = [None, Some(in_days(45).parse().unwrap())];
        for (grantee, end) in outsiders.into_iter().zip(ends) {
            let made = world.put_grant(SHARED, grantee, GranteeKind::User, end);
            made.unwrap();
        }
        Self {
            outside: granted(world, SHARED),
            workspace,
            claims,
        }
    }

    /// Writes the configuration, with `more` behind it.
    fn write(&self, more: &str) {
        let claims: BTreeMap<_, _> = self
            .claims
            .iter()
            .map(|claim| {
                let Claim {
                    secret,
                    grantee_type,
                    grantee,
                    end,
                } = claim;
                (
                    claim.id(),
                    [
                        Some(*secret),
                        Some(grantee_type),
                        Some(grantee),
                        end.as_deref(),
                    ],
                )
            })
            .collect();
        // JSON is HCL, but for the colon, which HCL takes as well.
        let block = Block::of(TYPE)
            .set_to("for_each", &serde_json::to_string(&claims).unwrap())
            .set_to("resource_id", "each.value[0]")
            .set("type", "SECRET")
            .set_to("grantee_type", "each.value[1]")
            .set_to("grantee_target_id", "each.value[2]")
            .set_to("validity_time", "each.value[3]");
        self.workspace.write(format!("{block}{more}"));
    }

    /// Applies: these requests, in any order, and then exactly what is declared exists besides what others made.
    #[track_caller]
    fn apply(&self, expected: &[(&str, usize)]) {
        self.write("");
        let writes = self
            .workspace
            .writes_of(|| self.workspace.apply().succeeded());
        let expected: Vec<_> = expected
            .iter()
            .flat_map(|(operation, count)| vec![*operation; *count])
            .collect();
        assert_eq!(writes, expected);
        self.assert_granted();
        self.assert_settled();
    }

    /// What is declared exists, and nothing else but what others made.
    #[track_caller]
    fn assert_granted(&self) {
        for secret in [SHARED, OURS] {
            let ours = self.claims.iter().filter(|claim| claim.secret == secret);
            let mut expected: BTreeMap<_, _> = ours
                .map(|claim| (claim.grantee.to_owned(), claim.end.clone()))
                .collect();
            if secret == SHARED {
                expected.extend(self.outside.clone());
            }
            assert_eq!(granted(self.workspace.world(), secret), expected);
        }
    }

    /// What is declared is in the state, and a plan is empty.
    #[track_caller]
    fn assert_settled(&self) {
        let held: BTreeSet<_> = self.workspace.state().into_keys().collect();
        let expected = self.claims.iter().map(Claim::address).collect();
        assert_eq!(held, expected);
        self.workspace.assert_plan_is_empty();
    }

    /// Gives every grant that ends a later end.
    #[track_caller]
    fn extend(&mut self) {
        let mut count = 0;
        for end in self
            .claims
            .iter_mut()
            .filter_map(|claim| claim.end.as_mut())
        {
            *end = in_days(60);
            count += 1;
        }
        self.apply(&[("UpdateGrant", count)]);
    }

    /// Forgets the state and takes everything under management again: the first grant by command, the others by block.
    /// That sends nothing but the ends that the service shows nobody: of so many it cannot be known that they are as
    /// declared.
    #[track_caller]
    fn import(&self, hidden_ends: usize) {
        self.workspace.forget_state();
        let blocks = self.claims.iter().map(|claim| {
            format!(
                "import {{\n  to = {}\n  id = \"{}\"\n  provider = hwgrants\n}}\n",
                claim.address(),
                claim.id()
            )
        });
        self.write("");
        let (first, others) = self.claims.split_first().unwrap();
        let command = ["import", "-input=false", &first.address(), &first.id()];
        self.workspace.run(&command).succeeded();
        let blocks: String = blocks.skip(1).collect();
        self.write(&blocks);
        let imported = format!("{} imported, 0 added", others.len());
        let writes = self
            .workspace
            .writes_of(|| self.workspace.apply().succeeded().says(&imported));
        assert_eq!(writes, vec!["UpdateGrant"; hidden_ends]);
        self.write("");
        self.assert_granted();
        self.assert_settled();
    }

    #[track_caller]
    fn destroy(mut self) {
        let writes = self
            .workspace
            .writes_of(|| self.workspace.destroy().succeeded());
        assert_eq!(writes, vec!["DeleteGrant"; self.claims.len()]);
        self.claims.clear();
        self.assert_granted();
        assert!(self.workspace.state().is_empty());
    }
}

/// Create, extend, import, destroy; the plan is empty after each.
fn live(settings: &[&str], claims: Vec<Claim>, outsiders: [&str; 2], hidden_ends: usize) {
    let mut life = Life::new(settings, claims, outsiders);
    life.apply(&[("CreateGrants", life.claims.len())]);
    life.extend();
    life.import(hidden_ends);
    life.destroy();
}

/// Grants of users: two on the shared secret, two on one of our own.
fn users(names: [&'static str; 2]) -> Vec<Claim> {
    let [one, two] = names;
    vec![
        Claim::user(SHARED, one).until(&in_days(30)),
        Claim::user(SHARED, two),
        Claim::user(OURS, one).until(&in_days(30)),
        Claim::user(OURS, two),
    ]
}

#[test]
fn grants_work_with_text_times_array_lists_and_not_found_for_none() {
    let settings = [
        "time=text",
        "end=end_of_day",
        "list=array",
        "no_grants=not_found",
        "expired=dropped",
    ];
    let ours = users([seed::USER_ANA, seed::USER_CHEN]);
    live(&settings, ours, [seed::USER_BEN, "somebody"], 0);
}

#[test]
fn grants_work_with_hidden_expiry_numeric_ids_and_no_uuids() {
    let settings = [
        "time=seconds",
        "end=hidden",
        "list=bare",
        "ids=number",
        "uuid=absent",
        "update_without_end=clears",
    ];
    live(&settings, users(["4711", "4712"]), ["1001", "1002"], 2);
}

#[test]
fn grants_work_with_duplicate_creates_lower_case_types_and_null_lists() {
    let settings = [
        "duplicate=doubled",
        "no_grants=null_data",
        "kind=lower_case",
    ];
    let ours = users([seed::USER_ANA, seed::USER_CHEN]);
    live(&settings, ours, [seed::USER_BEN, "somebody"], 0);
}

#[test]
fn grants_work_with_china_time_split_lists_and_bad_request_for_none() {
    let settings = [
        "time=number_text",
        "end=end_of_day_in_china",
        "list=split",
        "no_grants=bad_request",
        "state=text",
        "names=unknown",
        "delete_status=accepted",
    ];
    let ours = users([seed::USER_ANA, seed::USER_CHEN]);
    live(&settings, ours, [seed::USER_BEN, "somebody"], 0);
}

/// A grant of a group, and one of a user, on the shared secret.
fn group_and_user() -> Vec<Claim> {
    vec![
        Claim::oncall().until(&in_days(30)),
        Claim::user(SHARED, seed::USER_ANA).until(&in_days(30)),
    ]
}

/// One of them is a member of the group and has a grant of their own.
const OUTSIDERS: [&str; 2] = [seed::USER_CHEN, seed::USER_BEN];

#[test]
fn a_group_grant_works_where_its_members_are_listed_instead() {
    live(&["groups=expanded"], group_and_user(), OUTSIDERS, 1);
}

#[test]
fn a_group_grant_works_where_it_is_never_listed() {
    live(&["groups=invisible"], group_and_user(), OUTSIDERS, 1);
}

#[test]
fn an_undeletable_group_grant_stays_in_state_and_others_keep_access() {
    let settings = ["groups=listed", "group_delete=refuses"];
    let mut life = Life::new(&settings, group_and_user(), OUTSIDERS);
    life.apply(&[("CreateGrants", 2)]);
    life.extend();
    life.import(0);

    let said = life.workspace.destroy().failed();
    let group = life.claims[0].clone();
    assert!(said.contains(&group.id()), "{said}");
    life.claims = vec![group];
    life.assert_granted();
    life.write("");
    life.assert_settled();

    life.workspace.world().set_quirks(Quirks::default());
    life.destroy();
}
