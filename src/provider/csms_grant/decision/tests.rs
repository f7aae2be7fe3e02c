use super::Goal::{Create, Delete, Update};
use super::ListEvidence::{Absent, AsWanted, Otherwise, Unreadable, WithoutFact};
use super::Patience::{Once, Rest, Settling, Short};
use super::WriteReply::{Confirmed, Doubtful, Kept, NotFound, Refused, Unsent};
use super::WriteStep::{Adopt, Done, Fail, Read, Send};
use super::*;

const USER: WriteSubject = WriteSubject {
    is_user: true,
    is_listable: true,
    is_endless: false,
};

/// A group that the list is not known to show.
const GROUP: WriteSubject = WriteSubject {
    is_user: false,
    is_listable: false,
    is_endless: false,
};

const LISTED_GROUP: WriteSubject = WriteSubject {
    is_listable: true,
    ..GROUP
};

fn endless(subject: WriteSubject) -> WriteSubject {
    WriteSubject {
        is_endless: true,
        ..subject
    }
}

/// What follows from each reply, in the order of the listings: as wanted, otherwise, without the fact, absent, unreadable.
#[track_caller]
fn check_row(goal: Goal, outcome: Outcome, subject: WriteSubject, expected: [Conclusion; 5]) {
    let listings = [AsWanted, Otherwise, WithoutFact, Absent, Unreadable];
    for (listing, expected) in listings.into_iter().zip(expected) {
        let conclusion = conclude(goal, outcome, listing, subject);
        assert_eq!(
            conclusion, expected,
            "{goal:?} {outcome:?} {listing:?} {subject:?}"
        );
    }
}

#[test]
fn what_follows_from_each_reply_and_each_list() {
    use Conclusion::{Adopt, Confirm, Done, Fail, Open};
    use Why::{AlreadyThere, ExpiryKept, NotRead, NotShown, Unknown};
    const REFUSED: Conclusion = Fail(Why::Refused);
    const MAKE: Conclusion = Conclusion::Create;

    for subject in [USER, LISTED_GROUP] {
        check_row(
            Create,
            Outcome::Confirmed,
            subject,
            [Done, Open(NotShown), Done, Open(NotShown), Fail(NotRead)],
        );
        check_row(
            Create,
            Outcome::Doubtful,
            subject,
            [Done, Fail(Unknown), Confirm, Open(Unknown), Fail(Unknown)],
        );
        check_row(
            Update,
            Outcome::Confirmed,
            subject,
            [Done, Open(NotShown), Done, Open(NotShown), Fail(NotRead)],
        );
        check_row(
            Update,
            Outcome::Doubtful,
            subject,
            [
                Done,
                Open(Unknown),
                Open(Unknown),
                Open(Unknown),
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
                Open(NotShown),
                Open(NotShown),
                Open(NotShown),
                Done,
                Fail(NotRead),
            ],
        );
        check_row(
            Delete,
            Outcome::Doubtful,
            subject,
            [
                Open(Unknown),
                Open(Unknown),
                Open(Unknown),
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
                    Fail(AlreadyThere),
                    Fail(AlreadyThere),
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
                Open(ExpiryKept),
                Fail(ExpiryKept),
                Open(NotShown),
                Fail(NotRead),
            ],
        );
        check_row(
            Create,
            Outcome::Doubtful,
            endless(subject),
            [
                Done,
                Fail(Unknown),
                Fail(Unknown),
                Open(Unknown),
                Fail(Unknown),
            ],
        );
    }

    // A group that was never listed: its absence says nothing.
    for (goal, outcome, when_absent) in [
        (Create, Outcome::Confirmed, Done),
        (Create, Outcome::Doubtful, Confirm),
        (Create, Outcome::NotFound, REFUSED),
        (Create, Outcome::Refused, REFUSED),
        (Update, Outcome::Confirmed, Done),
        (Update, Outcome::Doubtful, Open(Unknown)),
        (Update, Outcome::NotFound, REFUSED),
        (Update, Outcome::Refused, REFUSED),
        (Delete, Outcome::Confirmed, Done),
        (Delete, Outcome::Doubtful, Open(Unknown)),
        (Delete, Outcome::NotFound, REFUSED),
        (Delete, Outcome::Refused, REFUSED),
    ] {
        let conclusion = conclude(goal, outcome, Absent, GROUP);
        assert_eq!(conclusion, when_absent, "{goal:?} {outcome:?}");
        for listing in [AsWanted, Otherwise, WithoutFact, Unreadable] {
            assert_eq!(
                conclude(goal, outcome, listing, GROUP),
                conclude(goal, outcome, listing, LISTED_GROUP),
                "{goal:?} {outcome:?} {listing:?}"
            );
        }
    }
}

#[test]
fn a_list_without_the_fact_is_success_only_after_a_confirmation() {
    for goal in [Create, Update, Delete] {
        for outcome in [Outcome::Doubtful, Outcome::NotFound, Outcome::Refused] {
            for subject in [USER, GROUP, LISTED_GROUP, endless(USER), endless(GROUP)] {
                let conclusion = conclude(goal, outcome, WithoutFact, subject);
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
fn what_the_list_shows_before_decides_whether_a_grant_is_created() {
    assert_eq!(Decision::before(Absent), Send(Create));
    assert_eq!(Decision::before(AsWanted), Adopt);
    assert_eq!(Decision::before(Otherwise), Fail(Why::AlreadyThere));
    assert_eq!(Decision::before(WithoutFact), Fail(Why::AlreadyThere));
    assert_eq!(Decision::before(Unreadable), Fail(Why::Refused));
}

#[test]
fn a_confirmed_create_is_over_when_it_is_listed() {
    for listing in [AsWanted, WithoutFact] {
        check(
            user(Create),
            &[(Came(Confirmed), Read(Settling)), (Saw(listing), Done)],
        );
        check(
            group(Create),
            &[(Came(Confirmed), Read(Short)), (Saw(listing), Done)],
        );
    }
}

#[test]
fn a_confirmed_create_that_is_never_listed_is_sent_once_more_and_then_reported() {
    check(
        user(Create),
        &[
            (Came(Confirmed), Read(Settling)),
            (Saw(Absent), Send(Create)),
            (Came(Confirmed), Read(Rest)),
            (SawLast(Absent), Fail(Why::NotShown)),
        ],
    );
    // The service knows it although its list does not show it yet.
    check(
        user(Create),
        &[
            (Came(Confirmed), Read(Settling)),
            (Saw(Absent), Send(Create)),
            (Came(Refused), Read(Rest)),
            (Saw(AsWanted), Done),
        ],
    );
    check(
        user(Create),
        &[
            (Came(Confirmed), Read(Settling)),
            (Saw(Absent), Send(Create)),
            (Came(Doubtful), Read(Rest)),
            (SawLast(Absent), Fail(Why::NotShown)),
        ],
    );
    check(
        user(Create),
        &[
            (Came(Confirmed), Read(Settling)),
            (SawLast(Absent), Fail(Why::NotShown)),
        ],
    );
}

#[test]
fn a_confirmed_create_listed_with_another_expiry_is_waited_for_and_not_sent_again() {
    check(
        user(Create),
        &[
            (Came(Confirmed), Read(Settling)),
            (Saw(Otherwise), Read(Rest)),
            (SawLast(Otherwise), Fail(Why::NotShown)),
        ],
    );
    check(
        user(Create),
        &[
            (Came(Confirmed), Read(Settling)),
            (Saw(Unreadable), Fail(Why::NotRead)),
        ],
    );
}

#[test]
fn a_group_that_is_never_listed_is_taken_as_granted_and_as_updated() {
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
            (Came(Confirmed), Read(Rest)),
            (SawLast(Absent), Fail(Why::NotShown)),
        ],
    );
}

#[test]
fn a_create_with_an_unknown_outcome_that_is_listed_is_ours() {
    for decision in [user(Create), group(Create)] {
        check(
            decision,
            &[(Came(Doubtful), Read(Settling)), (Saw(AsWanted), Done)],
        );
    }
}

#[test]
fn a_create_with_an_unknown_outcome_whose_expiry_is_not_listed_is_confirmed_by_an_update() {
    let begins = || {
        [
            (Came(Doubtful), Read(Settling)),
            (Saw(WithoutFact), Send(Update)),
        ]
    };
    let ends = |events: Vec<(SimulatedEvent, WriteStep)>| {
        begins().into_iter().chain(events).collect::<Vec<_>>()
    };
    for events in [
        vec![(Came(Confirmed), Read(Short)), (Saw(WithoutFact), Done)],
        vec![(Came(Doubtful), Read(Settling)), (Saw(AsWanted), Done)],
        // Whatever becomes of the update, the grant may exist and must be kept.
        vec![
            (Came(Refused), Read(Settling)),
            (Saw(WithoutFact), Fail(Why::Unknown)),
        ],
        vec![
            (Came(NotFound), Read(Once)),
            (Saw(Absent), Fail(Why::Unknown)),
        ],
        vec![
            (Came(Unsent), Read(Settling)),
            (SawLast(WithoutFact), Fail(Why::Unknown)),
        ],
        vec![
            (Came(Doubtful), Read(Settling)),
            (Saw(Unreadable), Fail(Why::Unknown)),
        ],
    ] {
        check(user(Create), &ends(events));
    }
}

#[test]
fn a_create_with_an_unknown_outcome_that_is_not_listed_is_repeated_for_a_user_only() {
    check(
        user(Create),
        &[
            (Came(Doubtful), Read(Settling)),
            (Saw(Absent), Send(Create)),
            (Came(Doubtful), Read(Settling)),
            (Saw(Absent), Send(Create)),
            (Came(Doubtful), Read(Settling)),
            (Saw(Absent), Send(Create)),
            (Came(Doubtful), Read(Settling)),
            (Saw(Absent), Fail(Why::Unknown)),
        ],
    );
    // A group's is not sent twice: an update confirms it, or nothing does.
    for (reply, patience, end) in [
        (Confirmed, Short, Done),
        (NotFound, Once, Fail(Why::Unknown)),
        (Refused, Settling, Fail(Why::Unknown)),
    ] {
        check(
            group(Create),
            &[
                (Came(Doubtful), Read(Settling)),
                (Saw(Absent), Send(Update)),
                (Came(reply), Read(patience)),
                (Saw(Absent), end),
            ],
        );
    }
    check(
        user(Create),
        &[
            (Came(Doubtful), Read(Settling)),
            (Saw(Absent), Send(Create)),
            (Came(Confirmed), Read(Settling)),
            (Saw(AsWanted), Done),
        ],
    );
}

#[test]
fn a_create_with_an_unknown_outcome_is_not_repeated_without_a_list_or_without_time() {
    for event in [Saw(Unreadable), Saw(Otherwise), SawLast(Absent)] {
        check(
            user(Create),
            &[
                (Came(Doubtful), Read(Settling)),
                (event, Fail(Why::Unknown)),
            ],
        );
    }
}

#[test]
fn a_refusal_after_an_unknown_outcome_is_read_back_and_ends_the_repeating() {
    for refusal in [Refused, NotFound, Unsent] {
        check(
            user(Create),
            &[
                (Came(Doubtful), Read(Settling)),
                (Saw(Absent), Send(Create)),
                (Came(refusal), Read(Settling)),
                (Saw(AsWanted), Done),
            ],
        );
        check(
            user(Create),
            &[
                (Came(Doubtful), Read(Settling)),
                (Saw(Absent), Send(Create)),
                (Came(refusal), Read(Settling)),
                (Saw(Absent), Fail(Why::Unknown)),
            ],
        );
    }
}

#[test]
fn a_refused_create_may_mean_that_the_grant_was_created_elsewhere() {
    check(
        user(Create),
        &[(Came(Refused), Read(Once)), (Saw(AsWanted), Adopt)],
    );
    check(
        user(Create),
        &[
            (Came(Refused), Read(Once)),
            (Saw(Otherwise), Fail(Why::AlreadyThere)),
        ],
    );
    for listing in [Absent, Unreadable] {
        check(
            user(Create),
            &[
                (Came(Refused), Read(Once)),
                (Saw(listing), Fail(Why::Refused)),
            ],
        );
    }
    // No such secret: nothing to read.
    check(user(Create), &[(Came(NotFound), Fail(Why::Refused))]);
}

#[test]
fn what_was_never_sent_ends_at_once() {
    for goal in [Create, Update, Delete] {
        check(user(goal), &[(Came(Unsent), Fail(Why::Refused))]);
    }
}

#[test]
fn an_update_is_over_when_it_is_listed_and_is_sent_once_more_when_it_is_not() {
    for listing in [AsWanted, WithoutFact] {
        check(
            user(Update),
            &[(Came(Confirmed), Read(Short)), (Saw(listing), Done)],
        );
    }
    for lost in [Otherwise, Absent] {
        check(
            user(Update),
            &[
                (Came(Confirmed), Read(Short)),
                (Saw(lost), Send(Update)),
                (Came(Confirmed), Read(Rest)),
                (SawLast(lost), Fail(Why::NotShown)),
            ],
        );
    }
    check(user(Update), &[(Came(Refused), Fail(Why::Refused))]);
}

#[test]
fn an_update_with_an_unknown_outcome_is_success_only_when_the_expiry_is_listed() {
    check(
        user(Update),
        &[(Came(Doubtful), Read(Settling)), (Saw(AsWanted), Done)],
    );
    for listing in [WithoutFact, Otherwise] {
        check(
            user(Update),
            &[
                (Came(Doubtful), Read(Settling)),
                (Saw(listing), Send(Update)),
                (Came(Doubtful), Read(Settling)),
                (Saw(listing), Fail(Why::Unknown)),
            ],
        );
    }
    check(
        user(Update),
        &[
            (Came(Doubtful), Read(Settling)),
            (Saw(WithoutFact), Send(Update)),
            (Came(Confirmed), Read(Rest)),
            (Saw(WithoutFact), Done),
        ],
    );
    for refusal in [NotFound, Refused] {
        for listing in [WithoutFact, Otherwise, Unreadable] {
            check(
                user(Update),
                &[
                    (Came(Doubtful), Read(Settling)),
                    (Saw(WithoutFact), Send(Update)),
                    (
                        Came(refusal),
                        Read(if refusal == NotFound { Once } else { Settling }),
                    ),
                    (Saw(listing), Fail(Why::Unknown)),
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
                    (Saw(WithoutFact), Fail(Why::Refused)),
                ],
            );
        }
    }
}

#[test]
fn an_expiry_is_removed_only_when_the_list_shows_it_and_else_the_grant_is_created_again() {
    let removal = |subject| Decision::new(Update, endless(subject));
    check(
        removal(USER),
        &[(Came(Confirmed), Read(Settling)), (Saw(AsWanted), Done)],
    );
    for listing in [Otherwise, WithoutFact] {
        check(
            removal(USER),
            &[
                (Came(Confirmed), Read(Settling)),
                (Saw(listing), Fail(Why::ExpiryKept)),
            ],
        );
        // The answer has said so: no reason to give the list time.
        check(
            removal(USER),
            &[
                (Came(Kept), Read(Once)),
                (Saw(listing), Fail(Why::ExpiryKept)),
            ],
        );
    }
    check(removal(USER), &[(Came(Refused), Fail(Why::Refused))]);
    check(
        removal(GROUP),
        &[(Came(Confirmed), Read(Short)), (Saw(Absent), Done)],
    );
    check(
        removal(GROUP),
        &[
            (Came(Kept), Read(Once)),
            (Saw(Absent), Fail(Why::ExpiryKept)),
        ],
    );
}

#[test]
fn a_grant_that_is_gone_when_it_is_to_be_updated_is_created_again() {
    check(
        user(Update),
        &[
            (Came(NotFound), Read(Once)),
            (Saw(Absent), Send(Create)),
            (Came(Confirmed), Read(Settling)),
            (Saw(AsWanted), Done),
        ],
    );
    for listing in [Otherwise, WithoutFact, Unreadable] {
        check(
            user(Update),
            &[
                (Came(NotFound), Read(Once)),
                (Saw(listing), Fail(Why::Refused)),
            ],
        );
    }
    check(
        user(Update),
        &[
            (Came(NotFound), Read(Once)),
            (Saw(Absent), Send(Create)),
            (Came(NotFound), Fail(Why::Refused)),
        ],
    );
    check(
        group(Update),
        &[
            (Came(NotFound), Read(Once)),
            (Saw(Absent), Fail(Why::Refused)),
        ],
    );
}

#[test]
fn a_deletion_is_over_when_the_list_lacks_the_grant_whatever_was_answered() {
    for (reply, patience) in [
        (Confirmed, Short),
        (Doubtful, Settling),
        (NotFound, Short),
        (Refused, Once),
    ] {
        check(
            user(Delete),
            &[(Came(reply), Read(patience)), (Saw(Absent), Done)],
        );
    }
    // A group that was never listed: only a confirmation counts.
    check(
        group(Delete),
        &[(Came(Confirmed), Read(Short)), (Saw(Absent), Done)],
    );
    for (reply, patience) in [(NotFound, Short), (Refused, Once)] {
        check(
            group(Delete),
            &[
                (Came(reply), Read(patience)),
                (Saw(Absent), Fail(Why::Refused)),
            ],
        );
    }
    check(
        group(Delete),
        &[
            (Came(Doubtful), Read(Settling)),
            (Saw(Absent), Send(Delete)),
            (Came(Doubtful), Read(Settling)),
            (Saw(Absent), Fail(Why::Unknown)),
        ],
    );
}

#[test]
fn what_only_a_list_says_needs_two_of_them() {
    for (goal, subject, reply, listing, is_needed) in [
        (Delete, USER, Confirmed, Absent, false),
        (Delete, USER, Doubtful, Absent, true),
        (Delete, USER, NotFound, Absent, true),
        (Delete, USER, Refused, Absent, true),
        (Delete, USER, Doubtful, Otherwise, false),
        (Delete, GROUP, NotFound, Absent, false),
        (Update, USER, NotFound, Absent, true),
        (Update, USER, Doubtful, AsWanted, false),
        (Update, endless(USER), Confirmed, AsWanted, false),
        (Update, endless(USER), Doubtful, AsWanted, true),
        (Create, USER, Refused, AsWanted, true),
        (Create, USER, Confirmed, AsWanted, false),
        (Create, USER, Doubtful, AsWanted, false),
        (Create, USER, Doubtful, Absent, false),
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
fn a_deletion_is_not_over_while_the_grant_is_listed() {
    check(
        user(Delete),
        &[
            (Came(Doubtful), Read(Settling)),
            (Saw(Otherwise), Send(Delete)),
            (Came(Doubtful), Read(Settling)),
            (Saw(Otherwise), Fail(Why::Unknown)),
        ],
    );
    for (reply, patience) in [(NotFound, Short), (Refused, Once)] {
        for listing in [Otherwise, Unreadable] {
            check(
                user(Delete),
                &[
                    (Came(reply), Read(patience)),
                    (Saw(listing), Fail(Why::Refused)),
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
                (Saw(Otherwise), Send(Delete)),
                (Came(second), Read(Rest)),
                (SawLast(Otherwise), Fail(Why::NotShown)),
            ],
        );
    }
    check(
        user(Delete),
        &[
            (Came(Confirmed), Read(Short)),
            (Saw(Unreadable), Fail(Why::NotRead)),
        ],
    );
}
