use super::Goal::{Create, Delete, Update};
use super::ListEvidence::{Absent, AsRequested, Different, ExpiryUnclear, Unreadable};
use super::ReadLimit::{MaxLag, Once, Remaining, Short};
use super::WriteReply::{Ambiguous, Confirmed, KeptExpiry, NotFound, Refused, Unsent};
use super::WriteStep::{Adopt, Done, Fail, Read, Send};
use super::*;

const USER: WriteSubject = WriteSubject {
    is_user: true,
    is_listable: true,
    never_expires: false,
};

/// A group that the list is not known to show.
const GROUP: WriteSubject = WriteSubject {
    is_user: false,
    is_listable: false,
    never_expires: false,
};

const LISTED_GROUP: WriteSubject = WriteSubject {
    is_listable: true,
    ..GROUP
};

fn endless(subject: WriteSubject) -> WriteSubject {
    WriteSubject {
        never_expires: true,
        ..subject
    }
}

/// What follows from each reply, in the order of the listings: as requested, different, expiry unclear, absent,
/// unreadable.
#[track_caller]
fn check_row(goal: Goal, outcome: Outcome, subject: WriteSubject, expected: [Conclusion; 5]) {
    let listings = [AsRequested, Different, ExpiryUnclear, Absent, Unreadable];
    for (listing, expected) in listings.into_iter().zip(expected) {
        let conclusion = conclude(goal, outcome, listing, subject);
        assert_eq!(
            conclusion, expected,
            "{goal:?} {outcome:?} {listing:?} {subject:?}"
        );
    }
}

#[test]
fn each_reply_and_listing_leads_to_the_expected_conclusion() {
    use Conclusion::{Adopt, Confirm, Done, Fail, Pending};
    use FailureReason::{AlreadyExists, ExpiryKept, ListUnreadable, NotListed, Unknown};
    const REFUSED: Conclusion = Fail(FailureReason::Refused);
    const MAKE: Conclusion = Conclusion::Create;

    for subject in [USER, LISTED_GROUP] {
        check_row(
            Create,
            Outcome::Confirmed,
            subject,
            [
                Done,
                Pending(NotListed),
                Done,
                Pending(NotListed),
                Fail(ListUnreadable),
            ],
        );
        check_row(
            Create,
            Outcome::Ambiguous,
            subject,
            [
                Done,
                Fail(Unknown),
                Confirm,
                Pending(Unknown),
                Fail(Unknown),
            ],
        );
        check_row(
            Update,
            Outcome::Confirmed,
            subject,
            [
                Done,
                Pending(NotListed),
                Done,
                Pending(NotListed),
                Fail(ListUnreadable),
            ],
        );
        check_row(
            Update,
            Outcome::Ambiguous,
            subject,
            [
                Done,
                Pending(Unknown),
                Pending(Unknown),
                Pending(Unknown),
                Fail(Unknown),
            ],
        );
        check_row(
            Update,
            Outcome::NotFound,
            subject,
            [Done, REFUSED, REFUSED, MAKE, REFUSED],
        );
        check_row(
            Update,
            Outcome::Refused,
            subject,
            [Done, REFUSED, REFUSED, REFUSED, REFUSED],
        );
        check_row(
            Delete,
            Outcome::Confirmed,
            subject,
            [
                Pending(NotListed),
                Pending(NotListed),
                Pending(NotListed),
                Done,
                Fail(ListUnreadable),
            ],
        );
        check_row(
            Delete,
            Outcome::Ambiguous,
            subject,
            [
                Pending(Unknown),
                Pending(Unknown),
                Pending(Unknown),
                Done,
                Fail(Unknown),
            ],
        );
        for outcome in [Outcome::NotFound, Outcome::Refused] {
            check_row(
                Create,
                outcome,
                subject,
                [
                    Adopt,
                    Fail(AlreadyExists),
                    Fail(AlreadyExists),
                    REFUSED,
                    REFUSED,
                ],
            );
            check_row(
                Delete,
                outcome,
                subject,
                [REFUSED, REFUSED, REFUSED, Done, REFUSED],
            );
        }
        // The removal of an expiry must be shown; one that is only not listed may be hidden.
        check_row(
            Update,
            Outcome::Confirmed,
            endless(subject),
            [
                Done,
                Pending(ExpiryKept),
                Fail(ExpiryKept),
                Pending(NotListed),
                Fail(ListUnreadable),
            ],
        );
        check_row(
            Create,
            Outcome::Ambiguous,
            endless(subject),
            [
                Done,
                Fail(Unknown),
                Fail(Unknown),
                Pending(Unknown),
                Fail(Unknown),
            ],
        );
    }

    // A group that was never listed: its absence says nothing.
    for (goal, outcome, when_absent) in [
        (Create, Outcome::Confirmed, Done),
        (Create, Outcome::Ambiguous, Confirm),
        (Create, Outcome::NotFound, REFUSED),
        (Create, Outcome::Refused, REFUSED),
        (Update, Outcome::Confirmed, Done),
        (Update, Outcome::Ambiguous, Pending(Unknown)),
        (Update, Outcome::NotFound, REFUSED),
        (Update, Outcome::Refused, REFUSED),
        (Delete, Outcome::Confirmed, Done),
        (Delete, Outcome::Ambiguous, Pending(Unknown)),
        (Delete, Outcome::NotFound, REFUSED),
        (Delete, Outcome::Refused, REFUSED),
    ] {
        let conclusion = conclude(goal, outcome, Absent, GROUP);
        assert_eq!(conclusion, when_absent, "{goal:?} {outcome:?}");
        for listing in [AsRequested, Different, ExpiryUnclear, Unreadable] {
            assert_eq!(
                conclude(goal, outcome, listing, GROUP),
                conclude(goal, outcome, listing, LISTED_GROUP),
                "{goal:?} {outcome:?} {listing:?}"
            );
        }
    }
}

#[test]
fn an_unclear_expiry_is_success_only_after_a_confirmation() {
    for goal in [Create, Update, Delete] {
        for outcome in [Outcome::Ambiguous, Outcome::NotFound, Outcome::Refused] {
            for subject in [USER, GROUP, LISTED_GROUP, endless(USER), endless(GROUP)] {
                let conclusion = conclude(goal, outcome, ExpiryUnclear, subject);
                let is_success = matches!(conclusion, Conclusion::Done | Conclusion::Adopt);
                assert!(!is_success, "{goal:?} {outcome:?} {subject:?}");
            }
        }
    }
}

/// What happens to a write, in order: each event and what is then to be done.
enum SimulatedEvent {
    /// A request was answered, or not.
    Came(WriteReply),
    /// The list was read for as long as was said.
    Saw(ListEvidence),
    /// The same, and the time is over.
    SawLast(ListEvidence),
}
use SimulatedEvent::{Came, Saw, SawLast};

#[track_caller]
fn check(mut decision: Decision, events: &[(SimulatedEvent, WriteStep)]) {
    for (number, (event, expected)) in events.iter().enumerate() {
        let step = match event {
            Came(reply) => decision.after_sending(*reply),
            Saw(listing) => decision.after_reading(*listing, true),
            SawLast(listing) => decision.after_reading(*listing, false),
        };
        assert_eq!(step, *expected, "event {number}");
    }
}

fn user(goal: Goal) -> Decision {
    Decision::new(goal, USER)
}

fn group(goal: Goal) -> Decision {
    Decision::new(goal, GROUP)
}

#[test]
fn the_prior_list_decides_whether_a_grant_is_created() {
    assert_eq!(Decision::before(Absent), Send(Create));
    assert_eq!(Decision::before(AsRequested), Adopt);
    assert_eq!(
        Decision::before(Different),
        Fail(FailureReason::AlreadyExists)
    );
    assert_eq!(
        Decision::before(ExpiryUnclear),
        Fail(FailureReason::AlreadyExists)
    );
    assert_eq!(Decision::before(Unreadable), Fail(FailureReason::Refused));
}

#[test]
fn a_confirmed_create_succeeds_once_listed() {
    for listing in [AsRequested, ExpiryUnclear] {
        check(
            user(Create),
            &[(Came(Confirmed), Read(MaxLag)), (Saw(listing), Done)],
        );
        check(
            group(Create),
            &[(Came(Confirmed), Read(Short)), (Saw(listing), Done)],
        );
    }
}

#[test]
fn a_confirmed_create_that_is_never_listed_is_sent_once_more_then_fails() {
    check(
        user(Create),
        &[
            (Came(Confirmed), Read(MaxLag)),
            (Saw(Absent), Send(Create)),
            (Came(Confirmed), Read(Remaining)),
            (SawLast(Absent), Fail(FailureReason::NotListed)),
        ],
    );
    // The service knows it although its list does not show it yet.
    check(
        user(Create),
        &[
            (Came(Confirmed), Read(MaxLag)),
            (Saw(Absent), Send(Create)),
            (Came(Refused), Read(Remaining)),
            (Saw(AsRequested), Done),
        ],
    );
    check(
        user(Create),
        &[
            (Came(Confirmed), Read(MaxLag)),
            (Saw(Absent), Send(Create)),
            (Came(Ambiguous), Read(Remaining)),
            (SawLast(Absent), Fail(FailureReason::NotListed)),
        ],
    );
    check(
        user(Create),
        &[
            (Came(Confirmed), Read(MaxLag)),
            (SawLast(Absent), Fail(FailureReason::NotListed)),
        ],
    );
}

#[test]
fn a_confirmed_create_listed_with_another_expiry_is_not_sent_again() {
    check(
        user(Create),
        &[
            (Came(Confirmed), Read(MaxLag)),
            (Saw(Different), Read(Remaining)),
            (SawLast(Different), Fail(FailureReason::NotListed)),
        ],
    );
    check(
        user(Create),
        &[
            (Came(Confirmed), Read(MaxLag)),
            (Saw(Unreadable), Fail(FailureReason::ListUnreadable)),
        ],
    );
}

#[test]
fn a_confirmed_write_succeeds_for_a_group_that_is_never_listed() {
    for goal in [Create, Update] {
        check(
            group(goal),
            &[(Came(Confirmed), Read(Short)), (Saw(Absent), Done)],
        );
    }
    check(
        Decision::new(Update, LISTED_GROUP),
        &[
            (Came(Confirmed), Read(Short)),
            (Saw(Absent), Send(Update)),
            (Came(Confirmed), Read(Remaining)),
            (SawLast(Absent), Fail(FailureReason::NotListed)),
        ],
    );
}

#[test]
fn a_create_with_an_unknown_outcome_succeeds_once_listed() {
    for decision in [user(Create), group(Create)] {
        check(
            decision,
            &[(Came(Ambiguous), Read(MaxLag)), (Saw(AsRequested), Done)],
        );
    }
}

#[test]
fn a_create_of_unknown_outcome_and_expiry_is_confirmed_by_an_update() {
    let begins = || {
        [
            (Came(Ambiguous), Read(MaxLag)),
            (Saw(ExpiryUnclear), Send(Update)),
        ]
    };
    let ends = |events: Vec<(SimulatedEvent, WriteStep)>| {
        begins().into_iter().chain(events).collect::<Vec<_>>()
    };
    for events in [
        vec![(Came(Confirmed), Read(Short)), (Saw(ExpiryUnclear), Done)],
        vec![(Came(Ambiguous), Read(MaxLag)), (Saw(AsRequested), Done)],
        // Whatever becomes of the update, the grant may exist and must be kept.
        vec![
            (Came(Refused), Read(MaxLag)),
            (Saw(ExpiryUnclear), Fail(FailureReason::Unknown)),
        ],
        vec![
            (Came(NotFound), Read(Once)),
            (Saw(Absent), Fail(FailureReason::Unknown)),
        ],
        vec![
            (Came(Unsent), Read(MaxLag)),
            (SawLast(ExpiryUnclear), Fail(FailureReason::Unknown)),
        ],
        vec![
            (Came(Ambiguous), Read(MaxLag)),
            (Saw(Unreadable), Fail(FailureReason::Unknown)),
        ],
    ] {
        check(user(Create), &ends(events));
    }
}

#[test]
fn an_unlisted_create_with_an_unknown_outcome_is_resent_only_for_users() {
    check(
        user(Create),
        &[
            (Came(Ambiguous), Read(MaxLag)),
            (Saw(Absent), Send(Create)),
            (Came(Ambiguous), Read(MaxLag)),
            (Saw(Absent), Send(Create)),
            (Came(Ambiguous), Read(MaxLag)),
            (Saw(Absent), Send(Create)),
            (Came(Ambiguous), Read(MaxLag)),
            (Saw(Absent), Fail(FailureReason::Unknown)),
        ],
    );
    // A group's is not sent twice: an update confirms it, or nothing does.
    for (reply, read_limit, end) in [
        (Confirmed, Short, Done),
        (NotFound, Once, Fail(FailureReason::Unknown)),
        (Refused, MaxLag, Fail(FailureReason::Unknown)),
    ] {
        check(
            group(Create),
            &[
                (Came(Ambiguous), Read(MaxLag)),
                (Saw(Absent), Send(Update)),
                (Came(reply), Read(read_limit)),
                (Saw(Absent), end),
            ],
        );
    }
    check(
        user(Create),
        &[
            (Came(Ambiguous), Read(MaxLag)),
            (Saw(Absent), Send(Create)),
            (Came(Confirmed), Read(MaxLag)),
            (Saw(AsRequested), Done),
        ],
    );
}

#[test]
fn a_create_with_an_unknown_outcome_fails_if_the_list_is_inconclusive() {
    for event in [Saw(Unreadable), Saw(Different), SawLast(Absent)] {
        check(
            user(Create),
            &[
                (Came(Ambiguous), Read(MaxLag)),
                (event, Fail(FailureReason::Unknown)),
            ],
        );
    }
}

#[test]
fn a_refusal_after_an_unknown_outcome_is_read_back_and_not_retried() {
    for refusal in [Refused, NotFound, Unsent] {
        check(
            user(Create),
            &[
                (Came(Ambiguous), Read(MaxLag)),
                (Saw(Absent), Send(Create)),
                (Came(refusal), Read(MaxLag)),
                (Saw(AsRequested), Done),
            ],
        );
        check(
            user(Create),
            &[
                (Came(Ambiguous), Read(MaxLag)),
                (Saw(Absent), Send(Create)),
                (Came(refusal), Read(MaxLag)),
                (Saw(Absent), Fail(FailureReason::Unknown)),
            ],
        );
    }
}

#[test]
fn a_refused_create_adopts_a_grant_listed_as_requested() {
    check(
        user(Create),
        &[(Came(Refused), Read(Once)), (Saw(AsRequested), Adopt)],
    );
    check(
        user(Create),
        &[
            (Came(Refused), Read(Once)),
            (Saw(Different), Fail(FailureReason::AlreadyExists)),
        ],
    );
    for listing in [Absent, Unreadable] {
        check(
            user(Create),
            &[
                (Came(Refused), Read(Once)),
                (Saw(listing), Fail(FailureReason::Refused)),
            ],
        );
    }
    // No such secret: nothing to read.
    check(
        user(Create),
        &[(Came(NotFound), Fail(FailureReason::Refused))],
    );
}

#[test]
fn an_unsent_write_fails_immediately() {
    for goal in [Create, Update, Delete] {
        check(user(goal), &[(Came(Unsent), Fail(FailureReason::Refused))]);
    }
}

#[test]
fn a_confirmed_update_succeeds_once_listed_or_is_sent_once_more() {
    for listing in [AsRequested, ExpiryUnclear] {
        check(
            user(Update),
            &[(Came(Confirmed), Read(Short)), (Saw(listing), Done)],
        );
    }
    for lost in [Different, Absent] {
        check(
            user(Update),
            &[
                (Came(Confirmed), Read(Short)),
                (Saw(lost), Send(Update)),
                (Came(Confirmed), Read(Remaining)),
                (SawLast(lost), Fail(FailureReason::NotListed)),
            ],
        );
    }
    check(
        user(Update),
        &[(Came(Refused), Fail(FailureReason::Refused))],
    );
}

#[test]
fn an_update_with_an_unknown_outcome_succeeds_only_if_listed() {
    check(
        user(Update),
        &[(Came(Ambiguous), Read(MaxLag)), (Saw(AsRequested), Done)],
    );
    for listing in [ExpiryUnclear, Different] {
        check(
            user(Update),
            &[
                (Came(Ambiguous), Read(MaxLag)),
                (Saw(listing), Send(Update)),
                (Came(Ambiguous), Read(MaxLag)),
                (Saw(listing), Fail(FailureReason::Unknown)),
            ],
        );
    }
    check(
        user(Update),
        &[
            (Came(Ambiguous), Read(MaxLag)),
            (Saw(ExpiryUnclear), Send(Update)),
            (Came(Confirmed), Read(Remaining)),
            (Saw(ExpiryUnclear), Done),
        ],
    );
    for refusal in [NotFound, Refused] {
        for listing in [ExpiryUnclear, Different, Unreadable] {
            check(
                user(Update),
                &[
                    (Came(Ambiguous), Read(MaxLag)),
                    (Saw(ExpiryUnclear), Send(Update)),
                    (
                        Came(refusal),
                        Read(if refusal == NotFound { Once } else { MaxLag }),
                    ),
                    (Saw(listing), Fail(FailureReason::Unknown)),
                ],
            );
        }
        // A refusal alone changes nothing.
        let decision = user(Update);
        if refusal == NotFound {
            check(
                decision,
                &[
                    (Came(NotFound), Read(Once)),
                    (Saw(ExpiryUnclear), Fail(FailureReason::Refused)),
                ],
            );
        }
    }
}

#[test]
fn removing_an_expiry_must_be_listed_except_for_unlisted_groups() {
    let removal = |subject| Decision::new(Update, endless(subject));
    check(
        removal(USER),
        &[(Came(Confirmed), Read(MaxLag)), (Saw(AsRequested), Done)],
    );
    for listing in [Different, ExpiryUnclear] {
        check(
            removal(USER),
            &[
                (Came(Confirmed), Read(MaxLag)),
                (Saw(listing), Fail(FailureReason::ExpiryKept)),
            ],
        );
        // The answer has said so: no reason to give the list time.
        check(
            removal(USER),
            &[
                (Came(KeptExpiry), Read(Once)),
                (Saw(listing), Fail(FailureReason::ExpiryKept)),
            ],
        );
    }
    check(
        removal(USER),
        &[(Came(Refused), Fail(FailureReason::Refused))],
    );
    check(
        removal(GROUP),
        &[(Came(Confirmed), Read(Short)), (Saw(Absent), Done)],
    );
    check(
        removal(GROUP),
        &[
            (Came(KeptExpiry), Read(Once)),
            (Saw(Absent), Fail(FailureReason::ExpiryKept)),
        ],
    );
}

#[test]
fn updating_a_missing_user_grant_recreates_it() {
    check(
        user(Update),
        &[
            (Came(NotFound), Read(Once)),
            (Saw(Absent), Send(Create)),
            (Came(Confirmed), Read(MaxLag)),
            (Saw(AsRequested), Done),
        ],
    );
    for listing in [Different, ExpiryUnclear, Unreadable] {
        check(
            user(Update),
            &[
                (Came(NotFound), Read(Once)),
                (Saw(listing), Fail(FailureReason::Refused)),
            ],
        );
    }
    check(
        user(Update),
        &[
            (Came(NotFound), Read(Once)),
            (Saw(Absent), Send(Create)),
            (Came(NotFound), Fail(FailureReason::Refused)),
        ],
    );
    check(
        group(Update),
        &[
            (Came(NotFound), Read(Once)),
            (Saw(Absent), Fail(FailureReason::Refused)),
        ],
    );
}

#[test]
fn absence_proves_a_deletion_for_users_but_not_for_unlisted_groups() {
    for (reply, read_limit) in [
        (Confirmed, Short),
        (Ambiguous, MaxLag),
        (NotFound, Short),
        (Refused, Once),
    ] {
        check(
            user(Delete),
            &[(Came(reply), Read(read_limit)), (Saw(Absent), Done)],
        );
    }
    // A group that was never listed: only a confirmation counts.
    check(
        group(Delete),
        &[(Came(Confirmed), Read(Short)), (Saw(Absent), Done)],
    );
    for (reply, read_limit) in [(NotFound, Short), (Refused, Once)] {
        check(
            group(Delete),
            &[
                (Came(reply), Read(read_limit)),
                (Saw(Absent), Fail(FailureReason::Refused)),
            ],
        );
    }
    check(
        group(Delete),
        &[
            (Came(Ambiguous), Read(MaxLag)),
            (Saw(Absent), Send(Delete)),
            (Came(Ambiguous), Read(MaxLag)),
            (Saw(Absent), Fail(FailureReason::Unknown)),
        ],
    );
}

#[test]
fn conclusions_from_a_list_alone_need_a_second_list() {
    for (goal, subject, reply, listing, is_needed) in [
        (Delete, USER, Confirmed, Absent, false),
        (Delete, USER, Ambiguous, Absent, true),
        (Delete, USER, NotFound, Absent, true),
        (Delete, USER, Refused, Absent, true),
        (Delete, USER, Ambiguous, Different, false),
        (Delete, GROUP, NotFound, Absent, false),
        (Update, USER, NotFound, Absent, true),
        (Update, USER, Ambiguous, AsRequested, false),
        (Update, endless(USER), Confirmed, AsRequested, false),
        (Update, endless(USER), Ambiguous, AsRequested, true),
        (Create, USER, Refused, AsRequested, true),
        (Create, USER, Confirmed, AsRequested, false),
        (Create, USER, Ambiguous, AsRequested, false),
        (Create, USER, Ambiguous, Absent, false),
    ] {
        let mut decision = Decision::new(goal, subject);
        decision.after_sending(reply);
        assert_eq!(
            decision.needs_second_list(listing),
            is_needed,
            "{goal:?} {reply:?} {listing:?} {subject:?}"
        );
    }
}

#[test]
fn a_deletion_does_not_succeed_while_the_grant_is_listed() {
    check(
        user(Delete),
        &[
            (Came(Ambiguous), Read(MaxLag)),
            (Saw(Different), Send(Delete)),
            (Came(Ambiguous), Read(MaxLag)),
            (Saw(Different), Fail(FailureReason::Unknown)),
        ],
    );
    for (reply, read_limit) in [(NotFound, Short), (Refused, Once)] {
        for listing in [Different, Unreadable] {
            check(
                user(Delete),
                &[
                    (Came(reply), Read(read_limit)),
                    (Saw(listing), Fail(FailureReason::Refused)),
                ],
            );
        }
    }
    // Confirmed, still listed, and not found the second time: the list decides.
    for second in [Confirmed, NotFound, Refused, Unsent] {
        check(
            user(Delete),
            &[
                (Came(Confirmed), Read(Short)),
                (Saw(Different), Send(Delete)),
                (Came(second), Read(Remaining)),
                (SawLast(Different), Fail(FailureReason::NotListed)),
            ],
        );
    }
    check(
        user(Delete),
        &[
            (Came(Confirmed), Read(Short)),
            (Saw(Unreadable), Fail(FailureReason::ListUnreadable)),
        ],
    );
}
