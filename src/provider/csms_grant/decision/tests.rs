use super::Goal::{Changed, Made, Removed};
use super::Patience::{Once, Rest, Settling, Short};
use super::Seen::{Absent, AsWanted, Otherwise, Unreadable};
use super::Sent::{Confirmed, Doubtful, NotFound, Refused};
use super::Step::{Adopt, Done, Fail, Look, Send};
use super::*;

/// What happens to a write, in order: each event and what is then to be done.
enum Event {
    /// A request has come back.
    Came(Sent),
    /// The list has been looked at for as long as was said.
    Saw(Seen),
    /// The same, and the time is over.
    SawLast(Seen),
}
use Event::{Came, Saw, SawLast};

#[track_caller]
fn check(mut decision: Decision, events: &[(Event, Step)]) {
    for (number, (event, expected)) in events.iter().enumerate() {
        let step = match event {
            Came(sent) => decision.after_sending(*sent),
            Saw(seen) => decision.after_looking(*seen, true),
            SawLast(seen) => decision.after_looking(*seen, false),
        };
        assert_eq!(step, *expected, "event {number}");
    }
}

fn user(goal: Goal) -> Decision {
    Decision::new(goal, true, false)
}

fn group(goal: Goal) -> Decision {
    Decision::new(goal, false, false)
}

#[test]
fn what_the_list_shows_before_decides_whether_a_grant_is_made() {
    assert_eq!(Decision::before(Absent), Send(Made));
    assert_eq!(Decision::before(AsWanted), Adopt);
    assert_eq!(Decision::before(Otherwise), Fail(Why::ThereAlready));
    assert_eq!(Decision::before(Unreadable), Fail(Why::Refused));
}

#[test]
fn a_confirmed_create_is_over_when_it_shows() {
    check(
        user(Made),
        &[(Came(Confirmed), Look(Settling)), (Saw(AsWanted), Done)],
    );
    check(
        group(Made),
        &[(Came(Confirmed), Look(Short)), (Saw(AsWanted), Done)],
    );
}

#[test]
fn a_confirmed_create_that_never_shows_is_sent_once_more_and_then_reported() {
    check(
        user(Made),
        &[
            (Came(Confirmed), Look(Settling)),
            (Saw(Absent), Send(Made)),
            (Came(Confirmed), Look(Rest)),
            (SawLast(Absent), Fail(Why::NotShown)),
        ],
    );
    // The service knows it although its list does not show it yet.
    check(
        user(Made),
        &[
            (Came(Confirmed), Look(Settling)),
            (Saw(Absent), Send(Made)),
            (Came(Refused), Look(Rest)),
            (Saw(AsWanted), Done),
        ],
    );
    check(
        user(Made),
        &[
            (Came(Confirmed), Look(Settling)),
            (Saw(Absent), Send(Made)),
            (Came(Doubtful), Look(Rest)),
            (SawLast(Absent), Fail(Why::NotShown)),
        ],
    );
    check(
        user(Made),
        &[
            (Came(Confirmed), Look(Settling)),
            (SawLast(Absent), Fail(Why::NotShown)),
        ],
    );
}

#[test]
fn a_confirmed_create_that_shows_another_end_is_waited_for_and_not_sent_again() {
    check(
        user(Made),
        &[
            (Came(Confirmed), Look(Settling)),
            (Saw(Otherwise), Look(Rest)),
            (SawLast(Otherwise), Fail(Why::NotShown)),
        ],
    );
    check(
        user(Made),
        &[
            (Came(Confirmed), Look(Settling)),
            (Saw(Unreadable), Fail(Why::NotRead)),
        ],
    );
}

#[test]
fn a_group_that_the_list_does_not_show_is_taken_as_granted() {
    check(
        group(Made),
        &[(Came(Confirmed), Look(Short)), (Saw(Absent), Done)],
    );
    check(
        group(Changed),
        &[(Came(Confirmed), Look(Short)), (Saw(Absent), Done)],
    );
    check(
        Decision::new(Changed, false, true),
        &[
            (Came(Confirmed), Look(Short)),
            (Saw(Absent), Send(Changed)),
            (Came(Confirmed), Look(Rest)),
            (SawLast(Absent), Fail(Why::NotShown)),
        ],
    );
}

#[test]
fn a_create_in_doubt_that_shows_is_ours() {
    for decision in [user(Made), group(Made)] {
        check(
            decision,
            &[(Came(Doubtful), Look(Settling)), (Saw(AsWanted), Done)],
        );
    }
}

#[test]
fn a_create_in_doubt_that_does_not_show_is_repeated_for_a_user_only() {
    check(
        user(Made),
        &[
            (Came(Doubtful), Look(Settling)),
            (Saw(Absent), Send(Made)),
            (Came(Doubtful), Look(Settling)),
            (Saw(Absent), Send(Made)),
            (Came(Doubtful), Look(Settling)),
            (Saw(Absent), Send(Made)),
            (Came(Doubtful), Look(Settling)),
            (Saw(Absent), Fail(Why::Unclear)),
        ],
    );
    check(
        group(Made),
        &[
            (Came(Doubtful), Look(Settling)),
            (Saw(Absent), Fail(Why::Unclear)),
        ],
    );
    check(
        user(Made),
        &[
            (Came(Doubtful), Look(Settling)),
            (Saw(Absent), Send(Made)),
            (Came(Confirmed), Look(Settling)),
            (Saw(AsWanted), Done),
        ],
    );
}

#[test]
fn a_create_in_doubt_is_not_repeated_without_a_clear_sight_or_without_time() {
    for event in [Saw(Unreadable), Saw(Otherwise), SawLast(Absent)] {
        check(
            user(Made),
            &[
                (Came(Doubtful), Look(Settling)),
                (event, Fail(Why::Unclear)),
            ],
        );
    }
}

#[test]
fn a_refusal_after_doubt_is_looked_into_and_ends_the_repeating() {
    for refusal in [Refused, NotFound] {
        check(
            user(Made),
            &[
                (Came(Doubtful), Look(Settling)),
                (Saw(Absent), Send(Made)),
                (Came(refusal), Look(Settling)),
                (Saw(AsWanted), Done),
            ],
        );
        check(
            user(Made),
            &[
                (Came(Doubtful), Look(Settling)),
                (Saw(Absent), Send(Made)),
                (Came(refusal), Look(Settling)),
                (Saw(Absent), Fail(Why::Unclear)),
            ],
        );
    }
}

#[test]
fn a_refused_create_may_mean_that_somebody_was_faster() {
    check(
        user(Made),
        &[(Came(Refused), Look(Once)), (Saw(AsWanted), Adopt)],
    );
    check(
        user(Made),
        &[
            (Came(Refused), Look(Once)),
            (Saw(Otherwise), Fail(Why::ThereAlready)),
        ],
    );
    for seen in [Absent, Unreadable] {
        check(
            user(Made),
            &[(Came(Refused), Look(Once)), (Saw(seen), Fail(Why::Refused))],
        );
    }
    // No such secret: nothing to look at.
    check(user(Made), &[(Came(NotFound), Fail(Why::Refused))]);
}

#[test]
fn a_changed_end_is_over_when_it_shows_and_is_sent_once_more_when_it_does_not() {
    check(
        user(Changed),
        &[(Came(Confirmed), Look(Short)), (Saw(AsWanted), Done)],
    );
    for lost in [Otherwise, Absent] {
        check(
            user(Changed),
            &[
                (Came(Confirmed), Look(Short)),
                (Saw(lost), Send(Changed)),
                (Came(Confirmed), Look(Rest)),
                (SawLast(lost), Fail(Why::NotShown)),
            ],
        );
    }
    check(
        user(Changed),
        &[(Came(Doubtful), Look(Settling)), (Saw(AsWanted), Done)],
    );
    check(
        user(Changed),
        &[
            (Came(Doubtful), Look(Settling)),
            (Saw(Otherwise), Fail(Why::Unclear)),
        ],
    );
    check(user(Changed), &[(Came(Refused), Fail(Why::Refused))]);
}

#[test]
fn a_grant_that_is_gone_when_it_is_to_be_changed_is_made_anew() {
    check(
        user(Changed),
        &[
            (Came(NotFound), Look(Once)),
            (Saw(Absent), Send(Made)),
            (Came(Confirmed), Look(Settling)),
            (Saw(AsWanted), Done),
        ],
    );
    check(
        user(Changed),
        &[
            (Came(NotFound), Look(Once)),
            (Saw(Otherwise), Fail(Why::Refused)),
        ],
    );
    check(
        user(Changed),
        &[
            (Came(NotFound), Look(Once)),
            (Saw(Absent), Send(Made)),
            (Came(NotFound), Fail(Why::Refused)),
        ],
    );
}

#[test]
fn a_removal_is_over_when_the_grant_is_gone_or_was_gone() {
    check(user(Removed), &[(Came(NotFound), Done)]);
    check(
        user(Removed),
        &[(Came(Confirmed), Look(Short)), (Saw(AsWanted), Done)],
    );
    check(
        user(Removed),
        &[(Came(Doubtful), Look(Settling)), (Saw(AsWanted), Done)],
    );
    check(
        user(Removed),
        &[
            (Came(Doubtful), Look(Settling)),
            (Saw(Otherwise), Fail(Why::Unclear)),
        ],
    );
    check(user(Removed), &[(Came(Refused), Fail(Why::Refused))]);
    // Not to be found by a group's id is no proof that its grant is gone.
    check(
        group(Removed),
        &[(Came(NotFound), Look(Short)), (Saw(AsWanted), Done)],
    );
    check(
        group(Removed),
        &[
            (Came(NotFound), Look(Short)),
            (Saw(Otherwise), Fail(Why::Refused)),
        ],
    );
    check(
        user(Removed),
        &[
            (Came(Confirmed), Look(Short)),
            (Saw(Otherwise), Send(Removed)),
            (Came(NotFound), Done),
        ],
    );
    check(
        user(Removed),
        &[
            (Came(Confirmed), Look(Short)),
            (Saw(Otherwise), Send(Removed)),
            (Came(Confirmed), Look(Rest)),
            (SawLast(Otherwise), Fail(Why::NotShown)),
        ],
    );
}
