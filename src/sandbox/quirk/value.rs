//! The values of each quirk.

use serde::{Deserialize, Serialize};

/// Declares the values of a quirk; the first is the default. A doc comment of one line describes each.
macro_rules! values {
    (
        #[doc = $about:literal] $name:ident {
            #[doc = $first_doc:literal] $first:ident,
            $(#[doc = $doc:literal] $value:ident,)+
        }
    ) => {
        #[doc = $about]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            #[doc = $first_doc]
            #[default]
            $first,
            $(#[doc = $doc] $value,)+
        }

        impl $name {
            /// All values, the default first.
            pub const ALL: &'static [Self] = &[Self::$first, $(Self::$value,)+];

            /// What the value means, in a sentence.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self {
                    Self::$first => $first_doc.trim_ascii(),
                    $(Self::$value => $doc.trim_ascii(),)+
                }
            }
        }
    };
}

values! {
    /// Format of times in responses.
    TimeFormat {
        /// Number of milliseconds since 1970.
        Milliseconds,
        /// Number of seconds since 1970.
        Seconds,
        /// `2027-01-31 00:00:00`, in UTC.
        Text,
        /// `2027-01-31T00:00:00Z`.
        Rfc3339,
        /// Milliseconds since 1970 as a string.
        NumberText,
    }
}

values! {
    /// How responses represent a grant's expiry.
    EndFormat {
        /// Midnight UTC at the start of the day.
        StartOfDay,
        /// Midnight UTC at the end of the day.
        EndOfDay,
        /// 23:59:59 UTC on that day.
        LastSecond,
        /// Midnight UTC+08:00 at the start of the day.
        StartOfDayInChina,
        /// Midnight UTC+08:00 at the end of the day.
        EndOfDayInChina,
        /// Null, regardless of the expiry.
        Hidden,
        /// 9999-12-31, regardless of the expiry.
        BeyondCalendar,
        /// Text with the number of days from creation to expiry, such as `30 days`.
        Words,
        /// Number of days from creation to expiry: a duration, not a timestamp.
        Period,
        /// `0`, regardless of the expiry.
        Zero,
        /// `-1`, regardless of the expiry.
        MinusOne,
    }
}

values! {
    /// Expiry value in responses if the grant never expires.
    NoExpiry {
        /// Null.
        Null,
        /// An empty string.
        EmptyText,
        /// 9999-12-31.
        BeyondCalendar,
        /// `0`.
        Zero,
        /// `-1`.
        MinusOne,
    }
}

values! {
    /// Structure of a ListGrants response.
    ListFormat {
        /// `data` contains one object.
        Object,
        /// `data` contains an array with one object.
        Array,
        /// `data` contains an array with two objects that have the same ID, each with half of the grants.
        Split,
        /// The object itself, without `data`.
        Bare,
    }
}

values! {
    /// ListGrants response for a resource without grants.
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

values! {
    /// Format of IDs.
    IdFormat {
        /// Strings.
        Text,
        /// Numbers, if the ID is a decimal number.
        Number,
    }
}

values! {
    /// Grants that have a `uuid`.
    UuidFormat {
        /// Grants to users.
        Individuals,
        /// None; the field is absent.
        Absent,
        /// None; the field is an empty string.
        Empty,
    }
}

values! {
    /// Structure of CreateGrants and UpdateGrant responses.
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

values! {
    /// Format of `type`.
    KindFormat {
        /// Upper case.
        UpperCase,
        /// Lower case.
        LowerCase,
        /// `SECRET`, even for a secret group, as in the CreateGrants example.
        AlwaysSecret,
    }
}

values! {
    /// Format of `state`.
    StateFormat {
        /// Number.
        Number,
        /// Number as a string.
        Text,
    }
}

values! {
    /// Grantee names in ListGrants responses.
    Names {
        /// Names from the directory.
        Known,
        /// The string `null` for every grantee.
        Unknown,
    }
}

values! {
    /// How ListGrants shows a grant to a group.
    Groups {
        /// One entry with the group's ID.
        Listed,
        /// One entry per member.
        Expanded,
        /// No entry.
        Invisible,
    }
}

values! {
    /// Effect of DeleteGrant on a grant to a group.
    GroupDelete {
        /// Deletes the grant to the group.
        Removes,
        /// Refused with `CSMS.0005`, because no user has the group's ID.
        Refuses,
    }
}

values! {
    /// What happens to an expired grant.
    Expired {
        /// The grant remains listed.
        Kept,
        /// The grant is deleted.
        Dropped,
    }
}

values! {
    /// Effect of UpdateGrant without `validity_time` on the expiry.
    UpdateWithoutEnd {
        /// The expiry is unchanged.
        Keeps,
        /// The expiry is removed: the grant never expires.
        Clears,
    }
}

values! {
    /// Effect of UpdateGrant for a grant that does not exist.
    UpdateMissing {
        /// Refused with `CSMS.0005`.
        Refuses,
        /// Creates the grant.
        Creates,
    }
}

values! {
    /// Effect of a second CreateGrants request for the same grantee.
    Duplicate {
        /// Refused with `CSMS.0002`.
        Refused,
        /// Creates a second grant with its own `uuid`.
        Doubled,
        /// Changes the expiry of the existing grant.
        Merged,
    }
}

values! {
    /// DeleteGrant response for a grant that does not exist.
    DeleteMissing {
        /// 400 with `CSMS.0005`.
        BadRequest,
        /// 404 with `CSMS.0005`.
        NotFound,
        /// 204, as for an existing grant.
        NoContent,
    }
}

values! {
    /// Effect of DeleteGrant without a grantee.
    DeleteUnaimed {
        /// Deletes every grant on the resource.
        RemovesAll,
        /// Refused with `CSMS.0002`.
        Refused,
    }
}

values! {
    /// Response to a successful DeleteGrant request.
    DeleteStatus {
        /// 204 without a body.
        NoContent,
        /// 200 with an empty object.
        Ok,
        /// 202 with an empty object.
        Accepted,
    }
}

values! {
    /// ListGrants response for a secret that is scheduled for deletion.
    PendingList {
        /// The list of grants.
        Listed,
        /// 400 with `CSMS.0103`.
        Refused,
    }
}

values! {
    /// Status of a successful ShowTenantKmsGrant response.
    RepoStatus {
        /// 202, as documented.
        Accepted,
        /// 200.
        Ok,
    }
}

values! {
    /// ShowTenantKmsGrant response if there is no delegation.
    RepoMissing {
        /// `"assumed": false`.
        NotAssumed,
        /// 404 with `CH.000404`.
        NotFound,
    }
}
