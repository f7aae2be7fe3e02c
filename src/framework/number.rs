//! Exact decimal numbers, never converted through a float.

use std::fmt;
use std::str::FromStr;

use bigdecimal::{BigDecimal, ToPrimitive};

/// A number as written in a configuration: any integer or decimal fraction, or an infinity.
///
/// **Limits:** up to [`Number::MAX_DIGITS`] digits and an exponent of the same size, so that comparing two numbers is
/// cheap for any input. Terraform calculates with 512 bits, about 155 digits.
///
/// Equality is by value: `1` equals `1.0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Number {
    /// Less than every other number.
    NegativeInfinity,
    /// A decimal number.
    Finite(BigDecimal),
    /// Greater than every other number.
    PositiveInfinity,
}

/// The error for a string or float that is not a valid [`Number`], or exceeds its limits.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a number")]
pub struct NotANumber;

/// Largest exponent, in either direction, that is written out as zeros. Terraform's own numbers have 155 digits.
const MAX_PLAIN_EXPONENT: u64 = 512;

impl Number {
    /// Maximum number of digits, and largest exponent in either direction.
    pub const MAX_DIGITS: u64 = 4096;

    /// The integer of the same value; none for a fraction, an infinity, or a value outside the range of `i64`.
    #[must_use]
    pub fn to_i64(&self) -> Option<i64> {
        match self {
            Self::Finite(decimal) if decimal.is_integer() => decimal.to_i64(),
            _ => None,
        }
    }

    /// The float of exactly the same value; none if there is no such float: `0.5` has one, `0.1` does not.
    #[must_use]
    pub fn to_exact_f64(&self) -> Option<f64> {
        match self {
            Self::NegativeInfinity => Some(f64::NEG_INFINITY),
            Self::PositiveInfinity => Some(f64::INFINITY),
            Self::Finite(decimal) => {
                let float = decimal.to_f64().filter(|float| float.is_finite())?;
                // `TryFrom` keeps every binary digit, so the comparison is exact.
                let exact = BigDecimal::try_from(float).ok()?;
                (&exact == decimal).then_some(float)
            }
        }
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    /// Parses decimal notation, with or without an exponent.
    fn from_str(text: &str) -> Result<Self, NotANumber> {
        // The length is checked first, because parsing takes time quadratic in it.
        if text.len() as u64 > 2 * Self::MAX_DIGITS {
            return Err(NotANumber);
        }
        let decimal = BigDecimal::from_str(text).map_err(|_| NotANumber)?;
        let within = decimal.digits() <= Self::MAX_DIGITS
            && decimal.fractional_digit_count().unsigned_abs() <= Self::MAX_DIGITS;
        within.then_some(Self::Finite(decimal)).ok_or(NotANumber)
    }
}

impl TryFrom<f64> for Number {
    type Error = NotANumber;

    /// Converts to the shortest decimal that identifies `float`, as Terraform does: the float nearest to 0.1 becomes
    /// `0.1`. NaN is an error.
    fn try_from(float: f64) -> Result<Self, NotANumber> {
        if float == f64::INFINITY {
            Ok(Self::PositiveInfinity)
        } else if float == f64::NEG_INFINITY {
            Ok(Self::NegativeInfinity)
        } else {
            float.to_string().parse()
        }
    }
}

impl From<i64> for Number {
    fn from(integer: i64) -> Self {
        Self::Finite(integer.into())
    }
}

impl From<u64> for Number {
    fn from(integer: u64) -> Self {
        Self::Finite(integer.into())
    }
}

impl fmt::Display for Number {
    /// Writes plain notation, as Terraform does, and scientific notation for exponents far beyond Terraform's
    /// precision: a number of six bytes in a request must not become thousands of bytes in the response.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NegativeInfinity => f.write_str("-Inf"),
            Self::Finite(decimal)
                if decimal.fractional_digit_count().unsigned_abs() > MAX_PLAIN_EXPONENT =>
            {
                f.write_str(&decimal.to_scientific_notation())
            }
            Self::Finite(decimal) => f.write_str(&decimal.to_plain_string()),
            Self::PositiveInfinity => f.write_str("Inf"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Number {
        text.parse().expect("a number")
    }

    #[test]
    fn equality_is_by_value_and_exact() {
        assert_eq!(number("1"), number("1.0"));
        assert_eq!(number("1e3"), number("1000"));
        assert_ne!(
            number("0.1234567890123456789"),
            number("0.1234567890123456788")
        );
        assert_ne!(number("9007199254740993"), number("9007199254740992"));
    }

    #[test]
    fn c50_decimal_text_round_trips() {
        for text in [
            "0.1",
            "0.1234567890123456789",
            "9007199254740993",
            "18446744073709551616",
            "-0.5",
            "0",
        ] {
            assert_eq!(number(text).to_string(), text);
        }
        assert_eq!(
            number("1e30").to_string(),
            "1000000000000000000000000000000"
        );
    }

    #[test]
    fn c58_numbers_with_extreme_exponents_print_short() {
        for text in ["1e4096", "-1e-4000", "1.5e600"] {
            let short = number(text).to_string();
            assert!(short.len() < 20, "{short}");
            assert_eq!(number(&short), number(text));
        }
        assert_eq!(number("1e-500").to_string().len(), 502);
    }

    #[test]
    fn only_exactly_representable_numbers_convert_to_f64() {
        assert_eq!(number("0.5").to_exact_f64(), Some(0.5));
        assert_eq!(number("0.1").to_exact_f64(), None);
        assert_eq!(number("9007199254740993").to_exact_f64(), None);
        assert_eq!(number("1e400").to_exact_f64(), None);
        assert_eq!(Number::PositiveInfinity.to_exact_f64(), Some(f64::INFINITY));
    }

    #[test]
    fn floats_convert_to_their_shortest_decimal() {
        assert_eq!(Number::try_from(0.1), Ok(number("0.1")));
        assert_eq!(Number::try_from(3.0), Ok(number("3")));
        assert_eq!(Number::try_from(f64::NAN), Err(NotANumber));
    }

    #[test]
    fn only_integers_in_range_convert_to_i64() {
        assert_eq!(number("3.0").to_i64(), Some(3));
        assert_eq!(number("3.5").to_i64(), None);
        assert_eq!(number("9223372036854775808").to_i64(), None);
        assert_eq!(number("-9223372036854775808").to_i64(), Some(i64::MIN));
    }

    #[test]
    fn c58_oversized_and_malformed_numbers_are_rejected() {
        for text in [
            "1e1000000000",
            "1e-1000000000",
            &"9".repeat(5000),
            &"9".repeat(1_000_000),
            "",
            "abc",
            "0x10",
        ] {
            assert_eq!(
                text.parse::<Number>(),
                Err(NotANumber),
                "{}",
                &text[..text.len().min(20)]
            );
        }
    }
}
