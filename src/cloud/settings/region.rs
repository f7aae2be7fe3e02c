//! The known regions, and which services have which host names there.
//!
//! Source: endpoints of Huawei Cloud's SDK 3.1 for KMS, CodeArts Repo and IAM.

/// One region.
#[derive(Clone, Copy, Debug)]
pub(in crate::cloud) struct RegionRow {
    /// Name of the region.
    pub(in crate::cloud) id: &'static str,
    /// Whether CSMS is listed there.
    pub(in crate::cloud) has_csms: bool,
    /// First label of the host name of CodeArts Repo, if the service is listed there.
    pub(in crate::cloud) repo: Option<&'static str>,
    /// Whether IAM has a regional host.
    pub(in crate::cloud) has_iam: bool,
}

/// The names of CodeArts Repo in host names.
pub(in crate::cloud) const CODEHUB: &str = "codehub-ext";
const CODEARTS: &str = "codeartsrepo-ext";
const REPO: &str = "repo";

/// Every known region, by name.
pub(in crate::cloud) const REGIONS: &[RegionRow] = &[
    row("ae-ad-1", None, true),
    row("af-north-1", Some(REPO), false),
    row("af-south-1", Some(REPO), true),
    row("ap-southeast-1", None, true),
    row("ap-southeast-2", None, true),
    row("ap-southeast-3", Some(CODEHUB), true),
    row("ap-southeast-4", None, true),
    row("ap-southeast-5", None, false),
    row("cn-east-2", Some(CODEHUB), true),
    row("cn-east-3", Some(CODEHUB), true),
    row("cn-east-4", None, true),
    row("cn-east-5", None, true),
    row("cn-north-1", Some(CODEHUB), true),
    row("cn-north-11", None, false),
    row("cn-north-12", None, true),
    row("cn-north-2", None, true),
    row("cn-north-4", Some(CODEHUB), true),
    row("cn-north-9", None, true),
    row("cn-south-1", Some(CODEHUB), true),
    row("cn-south-2", Some(CODEHUB), true),
    row("cn-southwest-2", Some(CODEHUB), true),
    row("cn-southwest-3", None, false),
    row_without_csms("eu-west-0", None, true),
    row_without_csms("eu-west-101", Some(CODEARTS), true),
    row("la-north-2", Some(CODEHUB), true),
    row("la-south-2", Some(CODEARTS), true),
    row("me-east-1", Some(REPO), true),
    row("my-kualalumpur-1", None, true),
    row("na-mexico-1", None, true),
    row("ru-moscow-1", None, true),
    row("sa-brazil-1", Some(CODEHUB), true),
    row("tr-west-1", Some(CODEARTS), true),
];

/// The row of a region.
pub(in crate::cloud) fn find(id: &str) -> Option<&'static RegionRow> {
    REGIONS.iter().find(|row| row.id == id)
}

const fn row(id: &'static str, repo: Option<&'static str>, has_iam: bool) -> RegionRow {
    RegionRow {
        id,
        has_csms: true,
        repo,
        has_iam,
    }
}

const fn row_without_csms(
    id: &'static str,
    repo: Option<&'static str>,
    has_iam: bool,
) -> RegionRow {
    RegionRow {
        has_csms: false,
        ..row(id, repo, has_iam)
    }
}
