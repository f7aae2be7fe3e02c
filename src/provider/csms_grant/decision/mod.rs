//! The state machine of writes: which step follows when a grant is created, updated or deleted.
//!
//! The service does not document how soon its list shows a write, whether a second create duplicates a grant, or how a
//! group's grant is listed. So a write is complete when it is listed. An update or delete that does not show in the
//! list is sent once more, because repeating it is harmless. A create is sent again only after the list has had time to
//! show the first one. [`conclude`] is the table of conclusions from replies and lists; [`Decision`] adds how long to
//! read and how often to send.

/// Maximum number of times that a create is repeated while its outcome is unknown and its grant is not listed.
const MAX_REPEATS: u32 = 3;

/// The goal of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// The grant exists. It did not exist before.
    Create,
    /// The grant has the new expiry.
    Update,
    /// The grant does not exist.
    Delete,
}

/// The result of a write request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteReply {
    /// The documented success response, about this grant.
    Confirmed,
    /// A success response to an update that removes the expiry, but the response still has one.
    KeptExpiry,
    /// The request may or may not have taken effect.
    Ambiguous,
    /// The service responded "not found".
    NotFound,
    /// The service rejected the request.
    Refused,
    /// The request was not sent, or was rejected before it was processed, as by authentication or throttling.
    Unsent,
}

/// The combined result of all requests of a write. A confirmation takes precedence, then an unknown outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// At least one request was confirmed.
    Confirmed,
    /// None was confirmed, and at least one may have taken effect.
    Ambiguous,
    /// None has taken effect; the last response was "not found".
    NotFound,
    /// None has taken effect; the last response was a rejection.
    Refused,
}

/// What the list shows of the grant, compared with the goal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListEvidence {
    /// The grant is listed with the configured expiry.
    AsRequested,
    /// The grant is listed with a different expiry. For a deletion: the grant is listed.
    Different,
    /// The grant is listed, but its expiry is missing or cannot be interpreted.
    ExpiryUnclear,
    /// The grant is not listed.
    Absent,
    /// The list could not be read.
    Unreadable,
}

/// The conclusion from the replies and the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conclusion {
    /// The goal is reached.
    Done,
    /// The goal is reached, but not by this write: the existing grant is adopted.
    Adopt,
    /// The goal is not reached yet: the list may lag, or the request was lost. If it stays so, the write fails for this
    /// reason.
    Pending(FailureReason),
    /// The write failed.
    Fail(FailureReason),
    /// Only an update can confirm the grant: it is listed without its expiry, or may never be listed.
    Confirm,
    /// The grant to update does not exist, so it must be created.
    Create,
}

/// How long to read the list until the goal is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadLimit {
    /// A single reading.
    Once,
    /// The time in which most services show a write. For grants that may never be listed, and for writes that can be
    /// repeated safely.
    Short,
    /// The maximum lag of the list: a grant that is not listed by then does not exist.
    MaxLag,
    /// Until the timeout of the operation.
    Remaining,
}

/// The next step of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WriteStep {
    /// Send the request for this goal.
    Send(Goal),
    /// Read the list until the goal is reached or the limit has passed.
    Read(ReadLimit),
    /// The goal is reached.
    Done,
    /// The goal is reached, but not by this write: the existing grant is adopted.
    Adopt,
    /// The write failed.
    Fail(FailureReason),
}

/// Why a write failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureReason {
    /// The service rejected the request. Nothing has changed.
    Refused,
    /// The grant exists with a different or unclear expiry. Nothing has changed.
    AlreadyExists,
    /// The service confirmed the write, but the list did not show it within the timeout.
    NotListed,
    /// The service confirmed the write, but the list cannot be read.
    ListUnreadable,
    /// The service confirmed the update, but kept the expiry that was to be removed, or the list does not show that it
    /// was removed.
    ExpiryKept,
    /// The outcome is unknown.
    Unknown,
}

/// The properties of a grant that conclusions depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WriteSubject {
    /// The grantee is a user, not a group.
    pub(super) is_user: bool,
    /// The grant is listed while it exists. True for users, and for groups that have been listed before.
    pub(super) is_listable: bool,
    /// The configured grant has no expiry.
    pub(super) never_expires: bool,
}

/// The conclusion from the combined result of the requests and a list that no longer changes.
///
/// [`ListEvidence::ExpiryUnclear`] is a success only for a confirmed write, and never if an expiry was to be removed:
/// the service may keep it without listing it.
pub(super) fn conclude(
    goal: Goal,
    outcome: Outcome,
    listing: ListEvidence,
    subject: WriteSubject,
) -> Conclusion {
    use Conclusion::{Adopt, Confirm, Create, Done, Fail, Pending};
    use ListEvidence::{Absent, AsRequested, Different, ExpiryUnclear, Unreadable};
    let is_listable = subject.is_listable;
    match (goal, outcome, listing) {
        (Goal::Delete, Outcome::Confirmed, Absent) => Done,
        (Goal::Delete, _, Absent) if is_listable => Done,
        (Goal::Delete, Outcome::Ambiguous, Absent) => Pending(FailureReason::Unknown),
        (Goal::Delete, Outcome::Confirmed, AsRequested | Different | ExpiryUnclear) => {
            Pending(FailureReason::NotListed)
        }
        (Goal::Delete, Outcome::Ambiguous, AsRequested | Different | ExpiryUnclear) => {
            Pending(FailureReason::Unknown)
        }

        (_, Outcome::Confirmed, Unreadable) => Fail(FailureReason::ListUnreadable),
        (_, Outcome::Ambiguous, Unreadable) => Fail(FailureReason::Unknown),
        (_, Outcome::NotFound | Outcome::Refused, Unreadable) => Fail(FailureReason::Refused),

        (Goal::Create, Outcome::NotFound | Outcome::Refused, AsRequested) => Adopt,
        (Goal::Create, Outcome::NotFound | Outcome::Refused, Different | ExpiryUnclear) => {
            Fail(FailureReason::AlreadyExists)
        }
        (Goal::Create, Outcome::Ambiguous, Different) => Fail(FailureReason::Unknown),
        (Goal::Create, Outcome::Ambiguous, ExpiryUnclear) if subject.never_expires => {
            Fail(FailureReason::Unknown)
        }
        (Goal::Create, Outcome::Ambiguous, ExpiryUnclear) => Confirm,
        // A second create might duplicate a grant that is never listed; an update cannot.
        (Goal::Create, Outcome::Ambiguous, Absent) if !is_listable => Confirm,

        (Goal::Update, Outcome::NotFound, Absent) if is_listable => Create,
        (Goal::Update, Outcome::Confirmed, Different) if subject.never_expires => {
            Pending(FailureReason::ExpiryKept)
        }
        (Goal::Update, Outcome::Confirmed, ExpiryUnclear) if subject.never_expires => {
            Fail(FailureReason::ExpiryKept)
        }
        (Goal::Update, Outcome::Ambiguous, ExpiryUnclear | Different) => {
            Pending(FailureReason::Unknown)
        }

        (Goal::Create | Goal::Update, _, AsRequested) => Done,
        (Goal::Create | Goal::Update, Outcome::Confirmed, ExpiryUnclear) => Done,
        (Goal::Create | Goal::Update, Outcome::Confirmed, Different) => {
            Pending(FailureReason::NotListed)
        }
        (Goal::Create | Goal::Update, Outcome::Confirmed, Absent) if !is_listable => Done,
        (Goal::Create | Goal::Update, Outcome::Confirmed, Absent) => {
            Pending(FailureReason::NotListed)
        }
        (Goal::Create | Goal::Update, Outcome::Ambiguous, Absent) => {
            Pending(FailureReason::Unknown)
        }
        (_, Outcome::NotFound | Outcome::Refused, _) => Fail(FailureReason::Refused),
    }
}

/// The progress of one write, from the first request to the final outcome.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    goal: Goal,
    subject: WriteSubject,
    /// Limit of the last reading, from which follows whether a longer one is possible.
    read_limit: ReadLimit,
    /// Whether the service has confirmed a request.
    is_confirmed: bool,
    /// The service responded that it keeps the expiry, so there is no need to wait for the list.
    is_kept: bool,
    /// Whether an update, a delete or a confirmed create was repeated; each is repeated once only.
    is_resent: bool,
    /// `NotFound` or `Refused`, if a request was rejected. The request is not repeated after that.
    last_refusal: Option<Outcome>,
    /// Number of requests that may or may not have taken effect.
    ambiguous_count: u32,
    /// The update only confirms a create with an unknown outcome.
    is_confirming: bool,
}

impl Decision {
    /// A write that has not sent anything yet.
    pub(super) fn new(goal: Goal, subject: WriteSubject) -> Self {
        Self {
            goal,
            subject,
            read_limit: ReadLimit::Once,
            is_confirmed: false,
            is_kept: false,
            is_resent: false,
            last_refusal: None,
            ambiguous_count: 0,
            is_confirming: false,
        }
    }

    /// The current goal. Changes from update to create if the grant turns out not to exist.
    pub(super) fn goal(&self) -> Goal {
        self.goal
    }

    /// Whether a request of this write may have taken effect.
    pub(super) fn may_have_taken_effect(&self) -> bool {
        self.is_confirmed || self.ambiguous_count > 0 || self.is_confirming
    }

    /// The step after the list was read before a create.
    pub(super) fn before(listing: ListEvidence) -> WriteStep {
        match listing {
            ListEvidence::Absent => WriteStep::Send(Goal::Create),
            ListEvidence::AsRequested => WriteStep::Adopt,
            ListEvidence::Different | ListEvidence::ExpiryUnclear => {
                WriteStep::Fail(FailureReason::AlreadyExists)
            }
            ListEvidence::Unreadable => WriteStep::Fail(FailureReason::Refused),
        }
    }

    /// The step after a write request.
    pub(super) fn after_sending(&mut self, reply: WriteReply) -> WriteStep {
        match reply {
            WriteReply::Confirmed | WriteReply::KeptExpiry => {
                self.is_confirmed = true;
                self.is_kept = reply == WriteReply::KeptExpiry;
                let removes_expiry = self.goal == Goal::Update && self.subject.never_expires;
                self.read(match self.goal {
                    _ if self.is_kept => ReadLimit::Once,
                    _ if !self.subject.is_listable => ReadLimit::Short,
                    // The next step interrupts access, which a lagging list does not justify.
                    Goal::Update if removes_expiry => ReadLimit::MaxLag,
                    _ if self.is_resent => ReadLimit::Remaining,
                    Goal::Create => ReadLimit::MaxLag,
                    Goal::Update | Goal::Delete => ReadLimit::Short,
                })
            }
            WriteReply::Ambiguous => {
                self.ambiguous_count += 1;
                self.read_or_remaining(ReadLimit::MaxLag)
            }
            WriteReply::NotFound => {
                self.last_refusal = Some(Outcome::NotFound);
                match self.goal {
                    // A deletion by another client may not show in the list yet.
                    Goal::Delete => self.read_or_remaining(ReadLimit::Short),
                    Goal::Update => self.read_or_remaining(ReadLimit::Once),
                    Goal::Create if self.may_have_taken_effect() => {
                        self.read_or_remaining(ReadLimit::MaxLag)
                    }
                    Goal::Create => WriteStep::Fail(FailureReason::Refused),
                }
            }
            WriteReply::Refused => {
                self.last_refusal = Some(Outcome::Refused);
                match self.goal {
                    // The rejection may mean that an earlier request took effect.
                    _ if self.may_have_taken_effect() => self.read_or_remaining(ReadLimit::MaxLag),
                    Goal::Create | Goal::Delete => self.read(ReadLimit::Once),
                    Goal::Update => WriteStep::Fail(FailureReason::Refused),
                }
            }
            WriteReply::Unsent if self.may_have_taken_effect() => {
                self.last_refusal = Some(Outcome::Refused);
                self.read_or_remaining(ReadLimit::MaxLag)
            }
            WriteReply::Unsent => WriteStep::Fail(FailureReason::Refused),
        }
    }

    /// Whether reading the list longer cannot change the conclusion.
    pub(super) fn is_conclusive(&self, listing: ListEvidence) -> bool {
        use Conclusion::{Adopt, Confirm, Done, Fail};
        let conclusion = conclude(self.goal, self.outcome(), listing, self.subject);
        matches!(conclusion, Done | Adopt | Confirm | Fail(FailureReason::ExpiryKept))
            // A grant that is not listed may still appear.
            && (listing != ListEvidence::Absent || self.goal == Goal::Delete)
    }

    /// Whether the conclusion requires a second list that agrees: the service has not confirmed the write, and a
    /// lagging or incomplete list would show the same.
    pub(super) fn needs_second_list(&self, listing: ListEvidence) -> bool {
        let removes_expiry = self.goal == Goal::Update && self.subject.never_expires;
        !self.is_confirmed
            && match conclude(self.goal, self.outcome(), listing, self.subject) {
                Conclusion::Done => listing == ListEvidence::Absent || removes_expiry,
                Conclusion::Adopt | Conclusion::Create => true,
                Conclusion::Pending(_) | Conclusion::Fail(_) | Conclusion::Confirm => false,
            }
    }

    /// The step after reading for the requested time. `has_time` is whether there is time for another request.
    pub(super) fn after_reading(&mut self, listing: ListEvidence, has_time: bool) -> WriteStep {
        match conclude(self.goal, self.outcome(), listing, self.subject) {
            // The response showed that the expiry was kept, and the grant is never listed.
            Conclusion::Done if self.is_kept && listing == ListEvidence::Absent => {
                WriteStep::Fail(FailureReason::ExpiryKept)
            }
            Conclusion::Done => WriteStep::Done,
            Conclusion::Adopt => WriteStep::Adopt,
            Conclusion::Fail(_) if self.is_confirming && !self.is_confirmed => {
                WriteStep::Fail(FailureReason::Unknown)
            }
            Conclusion::Fail(why) => WriteStep::Fail(why),
            Conclusion::Pending(why) => self.continue_pending(why, listing, has_time),
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
            Conclusion::Confirm | Conclusion::Create => WriteStep::Fail(FailureReason::Unknown),
        }
    }

    /// The combined result of all requests sent; ambiguous before the first one.
    fn outcome(&self) -> Outcome {
        match (self.is_confirmed, self.ambiguous_count, self.last_refusal) {
            (true, ..) => Outcome::Confirmed,
            (false, 0, Some(refusal)) if !self.is_confirming => refusal,
            _ => Outcome::Ambiguous,
        }
    }

    /// Reads longer or sends the request again, if there is time and it is safe.
    fn continue_pending(
        &mut self,
        why: FailureReason,
        listing: ListEvidence,
        has_time: bool,
    ) -> WriteStep {
        if !has_time || why == FailureReason::ExpiryKept {
            return WriteStep::Fail(why);
        }
        let may_resend = match (self.goal, self.is_confirmed) {
            _ if self.last_refusal.is_some() => false,
            // A second create may duplicate the grant, so the first must be known to be lost.
            (Goal::Create, true) => !self.is_resent && listing == ListEvidence::Absent,
            (Goal::Create, false) => self.subject.is_user && self.ambiguous_count <= MAX_REPEATS,
            (Goal::Update | Goal::Delete, _) => !self.is_resent,
        };
        if may_resend {
            self.is_resent = self.is_confirmed || self.goal != Goal::Create;
            WriteStep::Send(self.goal)
        } else if self.is_confirmed && self.read_limit != ReadLimit::Remaining {
            self.read(ReadLimit::Remaining)
        } else {
            WriteStep::Fail(why)
        }
    }

    /// The step to read the list, up to this limit.
    fn read(&mut self, read_limit: ReadLimit) -> WriteStep {
        self.read_limit = read_limit;
        WriteStep::Read(read_limit)
    }

    /// Reads up to `read_limit`, or until the timeout if the service has confirmed the write.
    fn read_or_remaining(&mut self, read_limit: ReadLimit) -> WriteStep {
        self.read(if self.is_confirmed {
            ReadLimit::Remaining
        } else {
            read_limit
        })
    }
}

#[cfg(test)]
mod tests;
