//! The choices that each quirk has.

use serde::{Deserialize, Serialize};

/// Declares the choices that a quirk has; the first is the default.
macro_rules! choice {
    (
        $(#[$about:meta])* $name:ident {
            $(#[$first_doc:meta])* $first:ident,
            $($(#[$doc:meta])* $value:ident,)+
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $(#[$first_doc])*
            #[default]
            $first,
            $($(#[$doc])* $value,)+
        }

        impl $name {
            /// All of them, the default first.
            pub const ALL: &'static [Self] = &[Self::$first, $(Self::$value,)+];
        }
    };
}

choice! {
    /// How times are written.
    TimeFormat {
        /// A number of milliseconds since 1970.
        Milliseconds,
        /// A number of seconds since 1970.
        Seconds,
        /// `2027-01-31 00:00:00`, in UTC.
        Text,
        /// `2027-01-31T00:00:00Z`.
        Rfc3339,
        /// Milliseconds since 1970, in a string.
        NumberText,
    }
}

choice! {
    /// Which instant stands for the last day of a grant.
    EndFormat {
        /// The midnight in UTC that begins the day.
        StartOfDay,
        /// The midnight in UTC that ends it.
        EndOfDay,
        /// 23:59:59 in UTC.
        LastSecond,
        /// The midnight at UTC+08:00 that begins the day.
        StartOfDayInChina,
        /// The midnight at UTC+08:00 that ends it.
        EndOfDayInChina,
        /// None: null, whatever the end.
        Hidden,
        /// 9999-12-31, whatever the end: never.
        BeyondCalendar,
        /// The days from the creation to the end, in words: `30 days`.
        Words,
        /// The same as a number: a period, not a time.
        Period,
        /// `0`, whatever the end.
        Zero,
        /// `-1`, whatever the end.
        MinusOne,
    }
}

choice! {
    /// What stands for the end of a grant that never expires.
    NoExpiry {
        /// Null.
        Null,
        /// An empty text.
        EmptyText,
        /// 9999-12-31.
        BeyondCalendar,
        /// `0`.
        Zero,
        /// `-1`.
        MinusOne,
    }
}

choice! {
    /// How the answer of a list is wrapped.
    ListFormat {
        /// One object in `data`.
        Object,
        /// One object in an array in `data`.
        Array,
        /// Two objects with the same id in an array in `data`, each with a part of the grants.
        Split,
        /// The object itself, without `data`.
        Bare,
    }
}

choice! {
    /// What a resource without grants lists.
    NoGrants {
        /// The resource with an empty array.
        EmptyArray,
        /// `{"data": null}`.
        NullData,
        /// `{"data": {}}`.
        EmptyData,
        /// `{}`.
        NoData,
        /// 404 with `CSMS.0005`.
        NotFound,
        /// 400 with `CSMS.0005`.
        BadRequest,
    }
}

choice! {
    /// How ids are written.
    IdFormat {
        /// As strings.
        Text,
        /// As numbers, where they are one.
        Number,
    }
}

choice! {
    /// Who has a `uuid`.
    UuidFormat {
        /// Individuals.
        Individuals,
        /// Nobody: it is absent.
        Absent,
        /// Nobody: it is an empty string.
        Empty,
    }
}

choice! {
    /// How the answer to a create or update is wrapped.
    AnswerFormat {
        /// The grant in `data`.
        Data,
        /// The grant itself, without `data`.
        Bare,
        /// `{"data": {}}`.
        EmptyData,
        /// `{"data": null}`.
        NullData,
    }
}

choice! {
    /// How `type` is written.
    KindFormat {
        /// In upper case.
        UpperCase,
        /// In lower case.
        LowerCase,
        /// `SECRET`, also for a group of secrets, as the page's example has it.
        AlwaysSecret,
    }
}

choice! {
    /// How `state` is written.
    StateFormat {
        /// As a number.
        Number,
        /// As a number in a string.
        Text,
    }
}

choice! {
    /// What a list knows of names.
    Names {
        /// Those in the directory.
        Known,
        /// None: `null`, in four letters, for everybody.
        Unknown,
    }
}

choice! {
    /// How a list shows a group's grant.
    Groups {
        /// Under the group's id.
        Listed,
        /// As one entry for each member.
        Expanded,
        /// Not at all.
        Invisible,
    }
}

choice! {
    /// What becomes of a delete that names a group.
    GroupDelete {
        /// The group's grant is removed.
        Removes,
        /// It is refused, `CSMS.0005`: no such user.
        Refuses,
    }
}

choice! {
    /// What becomes of a grant past its end, by the world's calendar.
    Expired {
        /// It stays.
        Kept,
        /// It is gone for good.
        Dropped,
    }
}

choice! {
    /// What an update without an end does to the end.
    UpdateWithoutEnd {
        /// It stays.
        Keeps,
        /// There is none any more.
        Clears,
    }
}

choice! {
    /// What an update does where there is no grant.
    UpdateMissing {
        /// It is refused, `CSMS.0005`.
        Refuses,
        /// It makes the grant.
        Creates,
    }
}

choice! {
    /// What a second create for one grantee does.
    Duplicate {
        /// It is refused, `CSMS.0002`.
        Refused,
        /// It makes a second grant with a `uuid` of its own.
        Doubled,
        /// It changes the end of the one there is.
        Merged,
    }
}

choice! {
    /// What is answered to a delete where there is no grant.
    DeleteMissing {
        /// 400 with `CSMS.0005`.
        BadRequest,
        /// 404 with `CSMS.0005`.
        NotFound,
        /// 204, as if there had been one.
        NoContent,
    }
}

choice! {
    /// What a delete without a grantee does.
    DeleteUnaimed {
        /// It removes every grant on the resource.
        RemovesAll,
        /// It is refused, `CSMS.0002`.
        Refused,
    }
}

choice! {
    /// What is answered to a delete.
    DeleteStatus {
        /// 204 and no body.
        NoContent,
        /// 200 and an empty object.
        Ok,
        /// 202 and an empty object.
        Accepted,
    }
}

choice! {
    /// What is answered to the list of a secret that is scheduled for deletion.
    PendingList {
        /// The list.
        Listed,
        /// 400 with `CSMS.0103`.
        Refused,
    }
}

choice! {
    /// The status of CodeArts Repo's answer to a read.
    RepoStatus {
        /// 202, as documented.
        Accepted,
        /// 200.
        Ok,
    }
}

choice! {
    /// What CodeArts Repo answers without the delegation.
    RepoMissing {
        /// `"assumed": false`.
        NotAssumed,
        /// 404 with `CH.000404`.
        NotFound,
    }
}
