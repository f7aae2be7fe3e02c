//! What each page tells its readers to do, done.

mod adoption;
mod first;
mod installation;
mod reference;
mod rule;

use super::reader::Reader;

/// A test per page: it uses every block of the page.
macro_rules! follow {
    ($($test:ident: $follow:path, $page:literal;)*) => {
        /// The pages that a test follows.
        pub(super) const FOLLOWED: &[&str] = &[$($page),*];

        $(
            #[test]
            fn $test() {
                let mut reader = Reader::of($page);
                $follow(&mut reader);
                reader.finishes();
            }
        )*
    };
}

follow! {
    contributing: reference::contributing, "CONTRIBUTING.md";
    readme: reference::readme, "README.md";
    adopt_existing_grants: adoption::adopt_existing_grants, "docs/guides/adopt-existing-grants.md";
    air_gapped: installation::air_gapped, "docs/guides/air-gapped.md";
    beside_huaweicloud: first::beside_huaweicloud, "docs/guides/beside-huaweicloud.md";
    doctor: installation::doctor, "docs/guides/doctor.md";
    expiry_and_guardrails: rule::expiry_and_guardrails, "docs/guides/expiry-and-guardrails.md";
    first_grant: first::first_grant, "docs/guides/first-grant.md";
    many_grants: installation::many_grants, "docs/guides/many-grants.md";
    moving_grants: adoption::moving_grants, "docs/guides/moving-grants.md";
    probe: installation::probe, "docs/guides/probe.md";
    testing: rule::testing, "docs/guides/testing.md";
    csms_grant: reference::csms_grant, "docs/resources/csms_grant.md";
    repo_encryption_setting: reference::repo_encryption_setting, "docs/resources/repo_encryption_setting.md";
    repo_kms_grant: reference::repo_kms_grant, "docs/resources/repo_kms_grant.md";
    review_example: reference::review_example, "examples/review/README.md";
}

/// The blocks of a configuration that come before its resources.
const PROVIDER: &str = r#"terraform {
  required_providers {
    hwgrants = {
      source  = "hwgrants/hwgrants"
      version = "~> 0.1"
    }
  }
}

provider "hwgrants" {}
"#;

/// A grant to Ana, as the pages have it, up to a date.
fn ana(date: &str) -> String {
    format!(
        r#"resource "hwgrants_csms_grant" "ana" {{
  resource_id       = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  type              = "SECRET"
  grantee_type      = "user"
  grantee_target_id = "20260105091512481-4F1A-1B2C3D4E5"
  validity_time     = "{date}"
}}
"#
    )
}
