//! What to do next when a grant is made, changed or taken back: decided by what came of the last request, never by luck.
//!
//! The service says nothing about how soon its list shows a write, whether a second create doubles a grant, or how a
//! group's grant is listed. So a write is over when the list shows it; what is harmless is sent once more when it does
//! not show; and a create is sent again only after the list has had time to show the first one.

/// How often a create that ended in doubt, and whose grant does not show, is sent again.
const MAX_REPEATS: u32 = 3;

/// What is to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// The grant exists; it is known not to have been there before.
    Made,
    /// The grant has another end.
    Changed,
    /// The grant is gone.
    Removed,
}

/// What came of a request that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sent {
    /// The service said yes.
    Confirmed,
    /// Nobody knows whether it had its effect.
    Doubtful,
    /// The service said that there is no such thing.
    NotFound,
    /// It certainly had no effect.
    Refused,
}

/// What the list shows, compared with the goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// What is to be reached.
    AsWanted,
    /// No such grant, although there should be one.
    Absent,
    /// The grant, but not as it should be.
    Otherwise,
    /// Nothing: the list could not be read.
    Unreadable,
}

/// How long to look for the goal in the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// One look.
    Once,
    /// As long as most services take; what may never show, or may be sent again without harm, is waited for no longer.
    Short,
    /// So long that what does not show is not there.
    Settling,
    /// Until the operation's time is over.
    Rest,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Send the request that leads to this goal.
    Send(Goal),
    /// Look whether the goal is reached.
    Look(Patience),
    /// The goal is reached.
    Done,
    /// The goal is reached, but not by us.
    Adopt,
    /// It ends here.
    Fail(Why),
}

/// Why it ends without the goal reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The service refused; nothing has changed.
    Refused,
    /// The grant exists on other terms; nothing has changed.
    ThereAlready,
    /// The service said yes, but its list does not agree in time.
    NotShown,
    /// The service said yes, but its list cannot be read.
    NotRead,
    /// Nobody knows what has happened.
    Unclear,
}

/// One write, from its first request to the certainty of what came of it.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    goal: Goal,
    is_user: bool,
    is_listable: bool,
    patience: Patience,
    is_confirmed: bool,
    is_resent: bool,
    is_refused: bool,
    doubts: u32,
}

impl Decision {
    /// A write that begins. `is_user` tells a user's grant from a group's, `has_been_listed` whether the list is known to
    /// show it; a user's always does.
    pub(super) fn new(goal: Goal, is_user: bool, has_been_listed: bool) -> Self {
        Self {
            goal,
            is_user,
            is_listable: is_user || has_been_listed,
            patience: Patience::Once,
            is_confirmed: false,
            is_resent: false,
            is_refused: false,
            doubts: 0,
        }
    }

    /// The goal, which changes when a grant that was to be changed turns out to be gone.
    pub(super) fn goal(&self) -> Goal {
        self.goal
    }

    /// Whether a request may have had its effect.
    pub(super) fn has_begun(&self) -> bool {
        self.is_confirmed || self.doubts > 0
    }

    /// After a look before anything is sent to make a grant.
    pub(super) fn before(seen: Seen) -> Step {
        match seen {
            Seen::Absent => Step::Send(Goal::Made),
            Seen::AsWanted => Step::Adopt,
            Seen::Otherwise => Step::Fail(Why::ThereAlready),
            Seen::Unreadable => Step::Fail(Why::Refused),
        }
    }

    /// After a request that changes something.
    pub(super) fn after_sending(&mut self, sent: Sent) -> Step {
        match sent {
            Sent::Confirmed => {
                self.is_confirmed = true;
                self.look(match (self.is_listable, self.is_resent, self.goal) {
                    (false, ..) => Patience::Short,
                    (true, true, _) => Patience::Rest,
                    (true, false, Goal::Made) => Patience::Settling,
                    (true, false, Goal::Changed | Goal::Removed) => Patience::Short,
                })
            }
            Sent::Doubtful => {
                self.doubts += 1;
                self.look_on(Patience::Settling)
            }
            Sent::NotFound if self.goal == Goal::Removed && self.is_user => Step::Done,
            // Perhaps the service does not know groups here, and the list goes on showing the grant.
            Sent::NotFound if self.goal == Goal::Removed => self.look_on(Patience::Short),
            Sent::NotFound if self.goal == Goal::Changed => self.look_on(Patience::Once),
            Sent::NotFound | Sent::Refused => {
                self.is_refused = true;
                match (self.goal, self.doubts) {
                    // A refusal now may mean that the first request had its effect after all.
                    _ if self.is_confirmed => self.look(Patience::Rest),
                    (_, 1..) => self.look(Patience::Settling),
                    (Goal::Made, 0) if sent == Sent::Refused => self.look(Patience::Once),
                    _ => Step::Fail(Why::Refused),
                }
            }
        }
    }

    /// After looking for as long as was said; `has_time` says whether anything more can be begun.
    pub(super) fn after_looking(&mut self, seen: Seen, has_time: bool) -> Step {
        if seen == Seen::AsWanted {
            let is_ours = self.has_begun() || self.goal != Goal::Made;
            return if is_ours { Step::Done } else { Step::Adopt };
        }
        if self.is_confirmed {
            self.after_confirmation(seen, has_time)
        } else if self.doubts > 0 {
            let may_repeat = self.goal == Goal::Made
                && self.is_user
                && !self.is_refused
                && self.doubts <= MAX_REPEATS;
            match seen {
                Seen::Absent if may_repeat && has_time => Step::Send(Goal::Made),
                _ => Step::Fail(Why::Unclear),
            }
        } else {
            match (self.goal, seen) {
                (Goal::Changed, Seen::Absent) if has_time => {
                    // The service has dropped it, so it is made anew.
                    *self = Self::new(Goal::Made, self.is_user, false);
                    Step::Send(Goal::Made)
                }
                (Goal::Made, Seen::Otherwise) => Step::Fail(Why::ThereAlready),
                _ => Step::Fail(Why::Refused),
            }
        }
    }

    fn after_confirmation(&mut self, seen: Seen, has_time: bool) -> Step {
        let is_lost = match (self.goal, seen) {
            (_, Seen::Unreadable | Seen::AsWanted) => return Step::Fail(Why::NotRead),
            (_, Seen::Absent) if !self.is_listable => return Step::Done,
            (Goal::Made, Seen::Otherwise) => false,
            (_, Seen::Absent | Seen::Otherwise) => true,
        };
        if has_time && is_lost && !self.is_resent {
            self.is_resent = true;
            Step::Send(self.goal)
        } else if has_time && self.patience != Patience::Rest {
            self.look(Patience::Rest)
        } else {
            Step::Fail(Why::NotShown)
        }
    }

    fn look(&mut self, patience: Patience) -> Step {
        self.patience = patience;
        Step::Look(patience)
    }

    /// Looks for so long, or for the rest of the time where the service has said yes before.
    fn look_on(&mut self, patience: Patience) -> Step {
        self.look(if self.is_confirmed {
            Patience::Rest
        } else {
            patience
        })
    }
}

#[cfg(test)]
mod tests;
