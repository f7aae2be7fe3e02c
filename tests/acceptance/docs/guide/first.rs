//! The pages for the first steps, alone and beside the `huaweicloud` provider.

use hwgrants::sandbox::seed;

use super::{PROVIDER, Reader, ana};
use crate::harness::in_days;

pub(super) fn first_grant(reader: &mut Reader) {
    let date = in_days(60);
    reader.replaces("2027-01-28", &date);
    // What `make install` does in the end.
    reader.does("hwgrants install");
    reader.runs("hwgrants --version");
    reader.runs("mkdir first-grant && cd first-grant");
    let main = reader.configuration("hwgrants_csms_grant");
    reader.writes("first-grant/main.tf", &main);

    let printed = reader.runs("terraform init");
    assert!(printed.contains("Requests redirected by HWGRANTS_ENDPOINT"));
    reader.shows("Access: 1 gained.", &printed);
    reader.writes("first-grant/main.tf", main.replace("2099-06-30", &date));
    let printed = reader.runs("terraform plan -out=plan.out");
    reader.shows("Access: 1 gained.", &printed);
    assert!(!printed.contains("  warning: "), "{printed}");

    reader.runs("terraform apply plan.out");
    reader.runs("terraform plan -detailed-exitcode");
    let printed = reader.runs("terraform show -json | hwgrants audit -");
    reader.shows("grants in region cn-north-4, project 7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34: 1 live, 1 declared, 0 undeclared (0 without an expiry)", &printed);
    reader.runs("terraform destroy");
    let printed = reader.does("hwgrants audit");
    assert!(printed.contains(": 0 live"), "{printed}");
    reader.runs("exit");
    reader.runs("export HW_REGION_NAME=cn-north-4");
}

pub(super) fn beside_huaweicloud(reader: &mut Reader) {
    let key = format!(
        "provider \"hwgrants\" {{\n  access_key = \"{}\"\n  secret_key = \"{}\"\n}}\n",
        seed::ACCESS_KEY,
        seed::SECRET_KEY
    );
    let main = PROVIDER.replace("provider \"hwgrants\" {}\n", &key);
    reader.writes("main.tf", main + &ana("2099-06-30"));
    reader.enters_sandbox();
    reader.does("terraform init");
    reader.does(&format!("export HW_AUTH_TOKEN={}", seed::TOKEN));
    let printed = reader.does("terraform plan");
    reader.shows("Warning: Credentials ignored", &printed);
}
