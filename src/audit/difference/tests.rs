use std::collections::BTreeSet;

use jiff::civil::date;

use super::*;
use crate::audit::grant::Delegation;
use crate::audit::live::{DelegationReading, ReadOutcome, ResourceReading};
use crate::audit::state::DeclaredExpiry;
use crate::cloud::{DomainId, Expiry, Grantee, ProjectId, Region, ResourceType};

const TODAY: Date = date(2027, 1, 31);

fn location(project_id: &str) -> ProjectLocation {
    ProjectLocation {
        region: Region::new("cn-north-4").unwrap(),
        project_id: ProjectId::new(project_id).unwrap(),
    }
}

/// A live grant that ends at the end of this day.
fn grant(resource: &str, grantee: &str, expires_on: Option<&str>) -> LiveGrant {
    let expiry = |date: &str| {
        let instant = format!("{date}T15:59:59Z").parse().unwrap();
        Expiry::At(ExpiryInstant::new(instant))
    };
    LiveGrant::Secret(SecretGrant {
        location: location("p"),
        resource_type: ResourceType::Secret,
        resource_id: ResourceId::new(resource).unwrap(),
        resource_name: None,
        grantee_type: None,
        grantee: Grantee {
            id: GranteeId::new(grantee).unwrap(),
            name: None,
            created_at: None,
            expiry: expires_on.map_or(Expiry::None, expiry),
        },
    })
}

fn declared(project_id: &str, resource: &str, kind: GranteeType, grantee: &str) -> DeclaredGrant {
    block(Declared::Secret {
        location: location(project_id),
        resource_type: ResourceType::Secret,
        resource_id: ResourceId::new(resource).unwrap(),
        grantee_type: kind,
        grantee_id: GranteeId::new(grantee).unwrap(),
    })
}

/// The grant, at an address that is made of its key.
fn block(grant: Declared) -> DeclaredGrant {
    DeclaredGrant {
        address: format!("csms_grant.all[\"{}\"]", grant.key()),
        grant,
        expiry: DeclaredExpiry::None,
        created_at: None,
        is_sensitive: false,
        is_deposed: false,
    }
}

fn delegation(region: &str) -> Delegation {
    Delegation {
        region: Region::new(region).unwrap(),
        tenant_id: DomainId::new("t").unwrap(),
    }
}

fn live(grants: Vec<LiveGrant>) -> Live {
    let readings = ["expanded", "listed", "s", "s1", "s2", "s3", "t", "users"].map(|id| {
        let key = (location("p"), ResourceId::new(id).unwrap());
        let outcome = ReadOutcome::Listed {
            suspicious_length: None,
        };
        let name = None;
        (key, ResourceReading { name, outcome })
    });
    Live {
        locations: BTreeSet::from([location("p")]),
        grants,
        resources: readings.into(),
        ..Live::default()
    }
}

fn state(declared: Vec<DeclaredGrant>) -> DeclaredState {
    DeclaredState {
        declared,
        ..DeclaredState::default()
    }
}

fn found(grants: Vec<LiveGrant>, states: &[DeclaredState]) -> Vec<String> {
    let difference = difference(live(grants), states, TODAY);
    let words = |each: &Undeclared| {
        let end = each
            .grant
            .expires_on()
            .map_or("never".to_owned(), |date| date.to_string());
        let expired = if each.is_expired { ", expired" } else { "" };
        format!(
            "{} {} {end}{expired}",
            each.grant.resource(),
            each.grant.grantee()
        )
    };
    difference.undeclared.iter().map(words).collect()
}

/// Grants whose names try to get out of where they are printed, for the tests of what prints them.
pub(crate) fn sample() -> Difference {
    let named = |grant: LiveGrant, resource: &str, grantee: &str| match grant {
        LiveGrant::Secret(mut grant) => {
            grant.resource_name = Some(resource.to_owned());
            grant.grantee.name = Some(grantee.to_owned());
            grant.grantee.created_at = Some("2026-01-05T09:00:00Z".parse().unwrap());
            LiveGrant::Secret(grant)
        }
        delegation @ LiveGrant::Delegation(_) => delegation,
    };
    let grants = vec![
        named(grant("s1", "ana", None), "db-password", "Ana Ruiz"),
        named(
            grant("s1", "chen", Some("2027-03-01")),
            "db-password",
            "陈伟",
        ),
        named(
            grant("s2", "${file(\"x\")}", Some("2027-03-01")),
            "api\nresource {}",
            "Ben\u{202e} \"B\" */ #",
        ),
        named(grant("s2", "dana", Some("2027-01-30")), "${api}", "Dana"),
        grant("s3", "%{ if true }", None),
        grant("s3", "in-state", None),
        LiveGrant::Delegation(delegation("cn-north-4")),
    ];
    let states = [DeclaredState {
        declared: vec![
            declared("p", "s3", GranteeType::User, "in-state"),
            declared("p", "s9", GranteeType::Group, "dana"),
            declared("p", "s1", GranteeType::Group, "unlisted"),
            declared(
                "p",
                "s2",
                GranteeType::User,
                "gone |`<b>\n::error::x\u{202e}",
            ),
            declared(
                "p",
                "s2",
                GranteeType::User,
                "gone |`<b>\n::error::x\u{202e}",
            ),
        ],
        names: BTreeSet::from(["db_password_ana_ruiz".to_owned()]),
        ..DeclaredState::default()
    }];
    difference(live(grants), &states, TODAY)
}

#[test]
fn grants_sort_by_latest_expiry_and_expired_ones_are_marked() {
    let grants = vec![
        grant("s2", "b", Some("2027-01-31")),
        grant("s1", "b", Some("2026-12-31")),
        grant("s2", "a", None),
        grant("s1", "c", Some("2027-06-01")),
        grant("s1", "z", None),
        grant("s1", "d", Some("2027-06-01")),
        grant("s1", "a", Some("2027-01-30")),
        LiveGrant::Delegation(delegation("cn-north-4")),
    ];
    let mut reversed = grants.clone();
    reversed.reverse();
    for grants in [grants, reversed] {
        assert_eq!(
            found(grants, &[]),
            [
                "s1 z never",
                "s2 a never",
                "all KMS keys in the account CodeArts Repo never",
                "s1 c 2027-06-01",
                "s1 d 2027-06-01",
                "s2 b 2027-01-31",
                "s1 a 2027-01-30, expired",
                "s1 b 2026-12-31, expired",
            ]
        );
    }
}

#[test]
fn grants_declared_for_the_project_in_any_state_are_not_listed() {
    let grants = ["a", "b", "c", "d"].map(|grantee| grant("s", grantee, None));
    let states = [
        state(vec![declared("p", "s", GranteeType::User, "a")]),
        state(vec![
            // The service does not tell kinds apart, so neither does the comparison.
            declared("p", "s", GranteeType::Group, "b"),
            declared("other", "s", GranteeType::User, "c"),
            declared("p", "t", GranteeType::User, "d"),
        ]),
    ];
    assert_eq!(found(grants.to_vec(), &states), ["s c never", "s d never"]);
    let counts = difference(live(grants.to_vec()), &states, TODAY).counts;
    let expected = Counts {
        live: 4,
        declared: 2,
        undeclared: 2,
        endless: 2,
        missing: 1,
        not_checked: 1,
        repeated: 0,
    };
    assert_eq!(counts, expected);
}

#[test]
fn a_declared_delegation_covers_only_its_region() {
    let live = vec![LiveGrant::Delegation(delegation("cn-north-4"))];
    for (region, count) in [("cn-north-4", 0), ("cn-east-3", 1)] {
        let states = [state(vec![block(Declared::Delegation(delegation(region)))])];
        assert_eq!(found(live.clone(), &states).len(), count, "{region}");
    }
}

#[test]
fn duplicate_live_grants_merge_with_the_later_expiry() {
    for (ends, expected) in [
        ([Some("2027-02-01"), None], "s a never"),
        ([None, Some("2027-02-01")], "s a never"),
        ([Some("2027-02-01"), Some("2027-03-01")], "s a 2027-03-01"),
        ([Some("2027-03-01"), Some("2027-02-01")], "s a 2027-03-01"),
    ] {
        let grants = ends.map(|end| grant("s", "a", end));
        assert_eq!(found(grants.to_vec(), &[]), [expected]);
    }
}

#[test]
fn the_grantee_type_is_inferred_from_other_declared_grants() {
    let states = [state(vec![
        declared("p", "other", GranteeType::Group, "team"),
        declared("p", "other", GranteeType::User, "ana"),
    ])];
    let grants = ["team", "ana", "ben"].map(|grantee| grant("s", grantee, None));
    let difference = difference(live(grants.to_vec()), &states, TODAY);
    let kinds = difference.undeclared.iter().map(|each| match &each.grant {
        LiveGrant::Secret(grant) => (grant.grantee.id.as_str(), grant.grantee_type),
        LiveGrant::Delegation(_) => ("", None),
    });
    let expected = [
        ("ana", Some(GranteeType::User)),
        ("ben", None),
        ("team", Some(GranteeType::Group)),
    ];
    assert_eq!(kinds.collect::<Vec<_>>(), expected);
}

#[test]
fn grants_may_come_from_a_declared_group_that_is_not_listed() {
    let states = [state(vec![
        declared("p", "expanded", GranteeType::Group, "team"),
        declared("p", "listed", GranteeType::Group, "team"),
        declared("p", "users", GranteeType::User, "gone"),
    ])];
    let grants = vec![
        grant("expanded", "chen", None),
        grant("listed", "team", None),
        grant("listed", "chen", None),
        grant("users", "chen", None),
    ];
    let difference = difference(live(grants), &states, TODAY);
    let perhaps = difference.undeclared.iter();
    let perhaps = perhaps.map(|each| (each.grant.resource(), each.is_perhaps_by_group));
    let expected = [("expanded", true), ("listed", false), ("users", false)];
    assert_eq!(perhaps.collect::<Vec<_>>(), expected);
}

/// What becomes of one declared grant on the secret or secret group `x`, which was read like this.
fn fate(grant: &DeclaredGrant, outcome: Option<ReadOutcome>) -> String {
    let mut live = live(Vec::new());
    if let Some(outcome) = outcome {
        let key = (location("p"), ResourceId::new("x").unwrap());
        let name = None;
        live.resources
            .insert(key, ResourceReading { name, outcome });
    }
    fate_in(grant, live)
}

fn fate_in(grant: &DeclaredGrant, live: Live) -> String {
    let difference = difference(live, &[state(vec![grant.clone()])], TODAY);
    let missing = difference.missing.iter();
    let missing = missing.map(|each| format!("missing: {:?}", each.reason));
    let not_checked = difference.not_checked.iter();
    let not_checked = not_checked.map(|each| format!("not checked: {:?}", each.reason));
    missing.chain(not_checked).collect::<Vec<_>>().join(", ")
}

#[test]
fn a_declared_grant_is_missing_only_if_its_resource_was_read() {
    let user = declared("p", "x", GranteeType::User, "ana");
    let listed = |suspicious_length| Some(ReadOutcome::Listed { suspicious_length });
    for (outcome, expected) in [
        (listed(None), "missing: NotListed"),
        (Some(ReadOutcome::NotFound), "missing: NoSecret"),
        (listed(Some(100)), "not checked: ListLength(100)"),
        (
            Some(ReadOutcome::Withheld("FROZEN".to_owned())),
            "not checked: Withheld(\"FROZEN\")",
        ),
        (
            Some(ReadOutcome::Unread("too many requests".to_owned())),
            "not checked: Unread(\"too many requests\")",
        ),
        (None, "not checked: NotRequested"),
    ] {
        assert_eq!(fate(&user, outcome), expected);
    }
    let elsewhere = declared("other", "x", GranteeType::User, "ana");
    assert_eq!(fate(&elsewhere, listed(None)), "not checked: OtherProject");
    let mut failed = live(Vec::new());
    failed.failed.insert(location("p"), "denied".to_owned());
    assert_eq!(
        fate_in(&user, failed),
        "not checked: ProjectUnread(\"denied\")"
    );
}

#[test]
fn groups_and_expired_grants_are_missing_only_with_their_secret() {
    let listed = ReadOutcome::Listed {
        suspicious_length: None,
    };
    let group = declared("p", "x", GranteeType::Group, "team");
    let with_expiry = |expiry| DeclaredGrant {
        expiry,
        ..declared("p", "x", GranteeType::User, "ana")
    };
    for (grant, expected) in [
        (group, "not checked: UserGroup"),
        // The day itself counts, because the time zone of the service is not known.
        (
            with_expiry(DeclaredExpiry::On(TODAY)),
            "not checked: Expired",
        ),
        (
            with_expiry(DeclaredExpiry::Unclear),
            "not checked: ExpiryUnclear",
        ),
        (
            with_expiry(DeclaredExpiry::On(TODAY.tomorrow().unwrap())),
            "missing: NotListed",
        ),
    ] {
        assert_eq!(fate(&grant, Some(listed.clone())), expected);
        assert_eq!(
            fate(&grant, Some(ReadOutcome::NotFound)),
            "missing: NoSecret"
        );
    }
    // A secret group that is not found may just have no grants.
    let in_group = |kind| {
        let mut grant = declared("p", "x", kind, "id");
        if let Declared::Secret { resource_type, .. } = &mut grant.grant {
            *resource_type = ResourceType::Group;
        }
        fate(&grant, Some(ReadOutcome::NotFound))
    };
    assert_eq!(in_group(GranteeType::User), "missing: NoSecretGroup");
    assert_eq!(in_group(GranteeType::Group), "not checked: UserGroup");
}

#[test]
fn a_declared_delegation_is_missing_only_in_its_own_account_and_region() {
    let grant = block(Declared::Delegation(delegation("cn-north-4")));
    let read = |account: &str| DelegationReading::Read(DomainId::new(account).unwrap());
    let unread = DelegationReading::Unread("denied".to_owned());
    for (region, reading, expected) in [
        ("cn-north-4", Some(read("t")), "missing: NotListed"),
        (
            "cn-north-4",
            Some(read("other")),
            "not checked: OtherAccount",
        ),
        (
            "cn-north-4",
            Some(unread),
            "not checked: Unread(\"denied\")",
        ),
        ("cn-north-4", None, "not checked: NotRequested"),
        ("cn-east-3", Some(read("t")), "not checked: OtherProject"),
    ] {
        let mut live = live(Vec::new());
        let region = Region::new(region).unwrap();
        live.locations = BTreeSet::from([ProjectLocation {
            region: region.clone(),
            project_id: ProjectId::new("p").unwrap(),
        }]);
        live.delegations
            .extend(reading.map(|reading| (region, reading)));
        assert_eq!(fate_in(&grant, live), expected);
    }
}

#[test]
fn a_grant_of_two_blocks_is_reported_whatever_the_order_of_the_states() {
    let at = |address: &str, is_deposed| DeclaredGrant {
        address: address.to_owned(),
        is_deposed,
        ..declared("p", "s", GranteeType::User, "ana")
    };
    let states = [
        state(vec![
            at("b:csms_grant.x", false),
            at("b:csms_grant.x (deposed)", true),
        ]),
        state(vec![at("a:csms_grant.y", false)]),
    ];
    let mut reversed = states.clone();
    reversed.reverse();
    for states in [states, reversed] {
        let difference = difference(live(Vec::new()), &states, TODAY);
        let addresses: Vec<_> = difference
            .repeated
            .iter()
            .map(|each| &each.addresses)
            .collect();
        assert_eq!(addresses, [&["a:csms_grant.y", "b:csms_grant.x"]]);
        let missing: Vec<_> = difference
            .missing
            .iter()
            .map(|each| each.addresses.len())
            .collect();
        assert_eq!(missing, [3]);
    }
}

#[test]
fn ids_that_a_state_marks_as_sensitive_are_not_in_the_result() {
    let grant = DeclaredGrant {
        is_sensitive: true,
        ..declared("p", "s", GranteeType::User, "hush")
    };
    let difference = difference(live(Vec::new()), &[state(vec![grant])], TODAY);
    assert_eq!(
        difference
            .missing
            .iter()
            .map(|each| &each.grant)
            .collect::<Vec<_>>(),
        [&None]
    );
}
