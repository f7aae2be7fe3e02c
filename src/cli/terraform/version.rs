//! Parses the version of Terraform or OpenTofu.

use std::fmt;
use std::str::FromStr;

/// Which of the two programs it is: their numbers mean different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Product {
    /// Terraform.
    Terraform,
    /// OpenTofu.
    OpenTofu,
}

/// The first line of `terraform version`, such as `Terraform v1.15.5`. What follows a `-`, as in `1.12.0-beta1`, is
/// dropped: a preview has what its release will have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// Whose version.
    pub product: Product,
    /// Major, minor and patch.
    pub number: [u16; 3],
}

/// A line without a version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a Terraform or OpenTofu version")]
pub struct NoVersion(String);

impl Product {
    /// The name of its program.
    pub fn program(self) -> &'static str {
        match self {
            Self::Terraform => "terraform",
            Self::OpenTofu => "tofu",
        }
    }
}

impl Version {
    /// Whether it is at least this major, minor and patch version.
    pub fn is_at_least(self, number: [u16; 3]) -> bool {
        self.number >= number
    }
}

impl FromStr for Version {
    type Err = NoVersion;

    fn from_str(line: &str) -> Result<Self, NoVersion> {
        parse(line).ok_or_else(|| NoVersion(line.to_owned()))
    }
}

impl fmt::Display for Product {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Terraform => "Terraform",
            Self::OpenTofu => "OpenTofu",
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.number;
        write!(out, "{} {major}.{minor}.{patch}", self.product)
    }
}

/// A line such as `Terraform v1.9.0`; a pre-release counts as its release. `None` for any other line.
fn parse(line: &str) -> Option<Version> {
    let (name, number) = line.trim().split_once(" v")?;
    let product = [Product::Terraform, Product::OpenTofu]
        .into_iter()
        .find(|product| product.to_string() == name)?;
    let number = number
        .split_once('-')
        .map_or(number, |(release, _)| release);
    let mut parts = number.split('.').map(str::parse);
    let number = [
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    ];
    parts
        .next()
        .is_none()
        .then_some(Version { product, number })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_parsed_into_product_and_version() {
        let cases = [
            ("Terraform v1.6.6", Some("Terraform 1.6.6")),
            ("Terraform v1.15.0-beta1\n", Some("Terraform 1.15.0")),
            ("OpenTofu v1.10.3", Some("OpenTofu 1.10.3")),
            ("Terraform v1.6", None),
            ("Terraform v1.6.6.1", None),
            ("Terraform v1.x.6", None),
            ("Terragrunt v1.6.6", None),
            ("1.6.6", None),
            ("", None),
        ];
        for (line, shown) in cases {
            let version = line.parse::<Version>();
            assert_eq!(
                version.clone().ok().map(|version| version.to_string()),
                shown.map(str::to_owned),
                "{line}"
            );
            if shown.is_none() {
                assert_eq!(version, Err(NoVersion(line.to_owned())));
            }
        }
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        let version: Version = "Terraform v1.10.2".parse().unwrap();
        for (number, is_at_least) in [
            ([1, 9, 11], true),
            ([1, 10, 2], true),
            ([1, 10, 10], false),
            ([0, 99, 0], true),
            ([1, 11, 0], false),
            ([2, 0, 0], false),
        ] {
            let found = version.is_at_least(number);
            assert_eq!(found, is_at_least, "{number:?}");
        }
    }
}
