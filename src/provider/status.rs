//! Whether a grant has expired.

use jiff::civil::Date;

/// The attribute `status` of a grant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// The grant has not expired.
    Active,
    /// The expiration date has passed.
    Expired,
}

impl Status {
    /// The status on `today` of a grant with this expiration date; `None` means no expiry. A grant is active on the
    /// date itself.
    pub(super) fn on(today: Date, expires_on: Option<Date>) -> Self {
        if expires_on.is_some_and(|date| date < today) {
            Self::Expired
        } else {
            Self::Active
        }
    }

    /// The value of the attribute.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Expired => "expired",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_grant_expires_after_its_last_day() {
        let today = date(2027, 1, 31);
        for (expires_on, status) in [
            (None, "active"),
            (Some(date(2027, 2, 1)), "active"),
            (Some(today), "active"),
            (Some(date(2027, 1, 30)), "expired"),
        ] {
            assert_eq!(
                Status::on(today, expires_on).as_str(),
                status,
                "{expires_on:?}"
            );
        }
    }
}
