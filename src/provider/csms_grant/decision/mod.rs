//! What to do next when a grant is created, updated or deleted, and what may be concluded.
//!
//! The service does not say how soon its list shows a write, whether a second create doubles a grant, or how a group's grant
//! is listed. So a write ends when the list shows it; what is harmless is sent once more when it does not show; and a create
//! is sent again only after the list has had time to show the first one. [`conclude`] is the table of what follows from the
//! replies to the requests and from the list; [`Decision`] adds how long to read and how often to send.

/// How often a create with an unknown outcome, and whose grant is not listed, is sent again.
const MAX_REPEATS: u32 = 3;

/// What is to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// The grant exists; it is known not to have been there before.
    Create,
    /// The grant has another expiry.
    Update,
    /// The grant is gone.
    Delete,
}

/// What came of a request that changes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteReply {
    /// The documented success answer, about this grant.
    Confirmed,
    /// The same to an update that removes the expiry, but the answer still shows one.
    Kept,
    /// Whether it had its effect is unknown.
    Doubtful,
    /// The service answered that there is no such thing.
    NotFound,
    /// The service refused it.
    Refused,
    /// It was never sent, or not let in.
    Unsent,
}

/// What is known of a write from all replies to it: the strongest counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Confirmed,
    Doubtful,
    NotFound,
    Refused,
}

/// What the list shows of the grant, compared with what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListEvidence {
    /// It is listed as wanted, and the expiry is there to see.
    AsWanted,
    /// It is listed with another expiry; for a deletion, it is listed at all.
    Otherwise,
    /// It is listed, but not when it expires.
    WithoutFact,
    /// It is not listed.
    Absent,
    /// The list could not be read.
    Unreadable,
}

/// What follows from the replies and the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conclusion {
    /// The goal is reached.
    Done,
    /// The goal is reached, but not by us.
    Adopt,
    /// Not yet: the list may lag, or the request was lost. In the end it is this failure.
    Open(Why),
    /// It ends here.
    Fail(Why),
    /// Only an update can confirm the grant: it is listed without its expiry, or would not be listed at all.
    Confirm,
    /// There is nothing to update: the grant must be created.
    Create,
}

/// How long to read the list for the goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Patience {
    /// One reading.
    Once,
    /// As long as most services take; for what may never be listed, or may be sent again without harm.
    Short,
    /// So long that what is not listed is not there.
    Settling,
    /// Until the operation's time is over.
    Rest,
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteStep {
    /// Send the request that leads to this goal.
    Send(Goal),
    /// Read the list until the goal is reached.
    Read(Patience),
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
    /// The grant exists with another expiry, or none that can be seen; nothing has changed.
    AlreadyThere,
    /// The service confirmed the write, but its list does not agree in time.
    NotShown,
    /// The service confirmed the write, but its list cannot be read.
    NotRead,
    /// The service confirmed the update, but keeps the expiry that was to be removed, or does not show that it is removed.
    ExpiryKept,
    /// What has happened is unknown.
    Unknown,
}

/// What a write is about, as far as it decides what may be concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WriteSubject {
    /// A user's grant, not a group's.
    pub(super) is_user: bool,
    /// The list is known to show the grant while it exists; a user's always does.
    pub(super) is_listable: bool,
    /// The grant shall never expire.
    pub(super) is_endless: bool,
}

/// What follows if this is known of a write and the list goes on showing this.
///
/// "Listed without the fact" is success only for a confirmed write, and never for the removal of an expiry: the service may
/// keep it unseen.
pub(super) fn conclude(
    goal: Goal,
    outcome: Outcome,
    listing: ListEvidence,
    subject: WriteSubject,
) -> Conclusion {
    use Conclusion::{Adopt, Confirm, Create, Done, Fail, Open};
    use ListEvidence::{Absent, AsWanted, Otherwise, Unreadable, WithoutFact};
    let is_listable = subject.is_listable;
    match (goal, outcome, listing) {
        (Goal::Delete, Outcome::Confirmed, Absent) => Done,
        (Goal::Delete, _, Absent) if is_listable => Done,
        (Goal::Delete, Outcome::Doubtful, Absent) => Open(Why::Unknown),
        (Goal::Delete, Outcome::Confirmed, AsWanted | Otherwise | WithoutFact) => {
            Open(Why::NotShown)
        }
        (Goal::Delete, Outcome::Doubtful, AsWanted | Otherwise | WithoutFact) => Open(Why::Unknown),

        (_, Outcome::Confirmed, Unreadable) => Fail(Why::NotRead),
        (_, Outcome::Doubtful, Unreadable) => Fail(Why::Unknown),
        (_, Outcome::NotFound | Outcome::Refused, Unreadable) => Fail(Why::Refused),

        (Goal::Create, Outcome::NotFound | Outcome::Refused, AsWanted) => Adopt,
        (Goal::Create, Outcome::NotFound | Outcome::Refused, Otherwise | WithoutFact) => {
            Fail(Why::AlreadyThere)
        }
        (Goal::Create, Outcome::Doubtful, Otherwise) => Fail(Why::Unknown),
        (Goal::Create, Outcome::Doubtful, WithoutFact) if subject.is_endless => Fail(Why::Unknown),
        (Goal::Create, Outcome::Doubtful, WithoutFact) => Confirm,
        // A second create might double what no list shows; an update cannot.
        (Goal::Create, Outcome::Doubtful, Absent) if !is_listable => Confirm,

        (Goal::Update, Outcome::NotFound, Absent) if is_listable => Create,
        (Goal::Update, Outcome::Confirmed, Otherwise) if subject.is_endless => {
            Open(Why::ExpiryKept)
        }
        (Goal::Update, Outcome::Confirmed, WithoutFact) if subject.is_endless => {
            Fail(Why::ExpiryKept)
        }
        (Goal::Update, Outcome::Doubtful, WithoutFact | Otherwise) => Open(Why::Unknown),

        (Goal::Create | Goal::Update, _, AsWanted) => Done,
        (Goal::Create | Goal::Update, Outcome::Confirmed, WithoutFact) => Done,
        (Goal::Create | Goal::Update, Outcome::Confirmed, Otherwise) => Open(Why::NotShown),
        (Goal::Create | Goal::Update, Outcome::Confirmed, Absent) if !is_listable => Done,
        (Goal::Create | Goal::Update, Outcome::Confirmed, Absent) => Open(Why::NotShown),
        (Goal::Create | Goal::Update, Outcome::Doubtful, Absent) => Open(Why::Unknown),
        (_, Outcome::NotFound | Outcome::Refused, _) => Fail(Why::Refused),
    }
}

/// One write, from its first request to the certainty of what came of it.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    goal: Goal,
    subject: WriteSubject,
    patience: Patience,
    is_confirmed: bool,
    /// The list need not be given time: the service has said that it keeps the expiry.
    is_kept: bool,
    is_resent: bool,
    last_refusal: Option<Outcome>,
    doubts: u32,
    /// The update only confirms what a create with an unknown outcome has made.
    is_confirming: bool,
}

impl Decision {
    /// A write that begins.
    pub(super) fn new(goal: Goal, subject: WriteSubject) -> Self {
        Self {
            goal,
            subject,
            patience: Patience::Once,
            is_confirmed: false,
            is_kept: false,
            is_resent: false,
            last_refusal: None,
            doubts: 0,
            is_confirming: false,
        }
    }

    /// The goal, which changes when a grant that was to be updated turns out to be gone.
    pub(super) fn goal(&self) -> Goal {
        self.goal
    }

    /// Whether a request may have had its effect.
    pub(super) fn has_begun(&self) -> bool {
        self.is_confirmed || self.doubts > 0 || self.is_confirming
    }

    /// After reading the list before anything is sent to create a grant.
    pub(super) fn before(listing: ListEvidence) -> WriteStep {
        match listing {
            ListEvidence::Absent => WriteStep::Send(Goal::Create),
            ListEvidence::AsWanted => WriteStep::Adopt,
            ListEvidence::Otherwise | ListEvidence::WithoutFact => {
                WriteStep::Fail(Why::AlreadyThere)
            }
            ListEvidence::Unreadable => WriteStep::Fail(Why::Refused),
        }
    }

    /// After a request that changes something.
    pub(super) fn after_sending(&mut self, reply: WriteReply) -> WriteStep {
        match reply {
            WriteReply::Confirmed | WriteReply::Kept => {
                self.is_confirmed = true;
                self.is_kept = reply == WriteReply::Kept;
                let removes_expiry = self.goal == Goal::Update && self.subject.is_endless;
                self.read(match self.goal {
                    _ if self.is_kept => Patience::Once,
                    _ if !self.subject.is_listable => Patience::Short,
                    // What follows is an interruption, for which a list that lags is no reason.
                    Goal::Update if removes_expiry => Patience::Settling,
                    _ if self.is_resent => Patience::Rest,
                    Goal::Create => Patience::Settling,
                    Goal::Update | Goal::Delete => Patience::Short,
                })
            }
            WriteReply::Doubtful => {
                self.doubts += 1;
                self.read_on(Patience::Settling)
            }
            WriteReply::NotFound => {
                self.last_refusal = Some(Outcome::NotFound);
                match self.goal {
                    // A deletion elsewhere may not show yet.
                    Goal::Delete => self.read_on(Patience::Short),
                    Goal::Update => self.read_on(Patience::Once),
                    Goal::Create if self.has_begun() => self.read_on(Patience::Settling),
                    Goal::Create => WriteStep::Fail(Why::Refused),
                }
            }
            WriteReply::Refused => {
                self.last_refusal = Some(Outcome::Refused);
                match self.goal {
                    // A refusal now may mean that the first request had its effect after all.
                    _ if self.has_begun() => self.read_on(Patience::Settling),
                    Goal::Create | Goal::Delete => self.read(Patience::Once),
                    Goal::Update => WriteStep::Fail(Why::Refused),
                }
            }
            WriteReply::Unsent if self.has_begun() => {
                self.last_refusal = Some(Outcome::Refused);
                self.read_on(Patience::Settling)
            }
            WriteReply::Unsent => WriteStep::Fail(Why::Refused),
        }
    }

    /// Whether reading the list longer cannot change what follows.
    pub(super) fn is_settled_by(&self, listing: ListEvidence) -> bool {
        use Conclusion::{Adopt, Confirm, Done, Fail};
        let conclusion = conclude(self.goal, self.outcome(), listing, self.subject);
        matches!(conclusion, Done | Adopt | Confirm | Fail(Why::ExpiryKept))
            // What is not listed now may be listed soon.
            && (listing != ListEvidence::Absent || self.goal == Goal::Delete)
    }

    /// Whether one list is too little for what would follow: the service has not confirmed the write, and a list that lags, or
    /// that lacks something by mistake, looks the same.
    pub(super) fn needs_second_list(&self, listing: ListEvidence) -> bool {
        let removes_expiry = self.goal == Goal::Update && self.subject.is_endless;
        !self.is_confirmed
            && match conclude(self.goal, self.outcome(), listing, self.subject) {
                Conclusion::Done => listing == ListEvidence::Absent || removes_expiry,
                Conclusion::Adopt | Conclusion::Create => true,
                Conclusion::Open(_) | Conclusion::Fail(_) | Conclusion::Confirm => false,
            }
    }

    /// After reading for as long as was said; `has_time` says whether anything more can be begun.
    pub(super) fn after_reading(&mut self, listing: ListEvidence, has_time: bool) -> WriteStep {
        match conclude(self.goal, self.outcome(), listing, self.subject) {
            // Said by the answer, about a grant that is never listed.
            Conclusion::Done if self.is_kept && listing == ListEvidence::Absent => {
                WriteStep::Fail(Why::ExpiryKept)
            }
            Conclusion::Done => WriteStep::Done,
            Conclusion::Adopt => WriteStep::Adopt,
            Conclusion::Fail(_) if self.is_confirming && !self.is_confirmed => {
                WriteStep::Fail(Why::Unknown)
            }
            Conclusion::Fail(why) => WriteStep::Fail(why),
            Conclusion::Open(why) => self.go_on(why, listing, has_time),
            Conclusion::Confirm if has_time => {
                *self = Self {
                    is_confirming: true,
                    ..Self::new(Goal::Update, self.subject)
                };
                WriteStep::Send(Goal::Update)
            }
            Conclusion::Create if has_time && !self.is_confirming => {
                let is_listable = self.subject.is_user;
                *self = Self::new(
                    Goal::Create,
                    WriteSubject {
                        is_listable,
                        ..self.subject
                    },
                );
                WriteStep::Send(Goal::Create)
            }
            Conclusion::Confirm | Conclusion::Create => WriteStep::Fail(Why::Unknown),
        }
    }

    fn outcome(&self) -> Outcome {
        match (self.is_confirmed, self.doubts, self.last_refusal) {
            (true, ..) => Outcome::Confirmed,
            (false, 0, Some(refusal)) if !self.is_confirming => refusal,
            _ => Outcome::Doubtful,
        }
    }

    /// Reads longer or sends again, as long as there is time and neither can do harm.
    fn go_on(&mut self, why: Why, listing: ListEvidence, has_time: bool) -> WriteStep {
        if !has_time || why == Why::ExpiryKept {
            return WriteStep::Fail(why);
        }
        let may_resend = match (self.goal, self.is_confirmed) {
            _ if self.last_refusal.is_some() => false,
            // A second one may double the grant, so the first must be known to be lost.
            (Goal::Create, true) => !self.is_resent && listing == ListEvidence::Absent,
            (Goal::Create, false) => self.subject.is_user && self.doubts <= MAX_REPEATS,
            (Goal::Update | Goal::Delete, _) => !self.is_resent,
        };
        if may_resend {
            self.is_resent = self.is_confirmed || self.goal != Goal::Create;
            WriteStep::Send(self.goal)
        } else if self.is_confirmed && self.patience != Patience::Rest {
            self.read(Patience::Rest)
        } else {
            WriteStep::Fail(why)
        }
    }

    fn read(&mut self, patience: Patience) -> WriteStep {
        self.patience = patience;
        WriteStep::Read(patience)
    }

    /// Reads for so long, or for the rest of the time where the service has confirmed before.
    fn read_on(&mut self, patience: Patience) -> WriteStep {
        self.read(if self.is_confirmed {
            Patience::Rest
        } else {
            patience
        })
    }
}

#[cfg(test)]
mod tests;
