//! The pages on rules for grants: expiration dates, guardrails, and tests of configurations.

use std::fs;

use super::super::page::root;
use super::{PROVIDER, Reader, ana};
use crate::harness::in_days;

pub(super) fn expiry_and_guardrails(reader: &mut Reader) {
    reader.does("hwgrants install");
    reader.writes("main.tf", PROVIDER.to_owned() + &ana(&in_days(20)));
    reader.does("terraform init");
    let printed = reader.runs("hwgrants sandbox --data sandbox.json -- terraform apply");
    assert!(printed.contains("No changes."), "{printed}");
    assert!(printed.contains("\"active\" -> \"expired\""), "{printed}");

    reader.does("rm terraform.tfstate");
    let contractor = reader.configuration("\"contractor\"");
    reader.writes("main.tf", PROVIDER.to_owned() + &contractor);
    let policy = reader.takes("[rules.no-end]");
    reader.writes("policy.toml", &policy.text);
    reader.does("hwgrants sandbox -- bash");
    reader.runs("terraform plan -out=plan.out");
    // The rows of the table: an option, its exit code, and why.
    let page = reader.text();
    for (row, option, code) in [
        ("without `--fail-on`, or `--fail-on never` | 0", "", 0),
        ("`--fail-on never` | 0", "--fail-on never", 0),
        ("`--fail-on unreviewed` | 0", "--fail-on unreviewed", 0),
        ("`--fail-on broadening` | 2", "--fail-on broadening", 2),
        ("`--fail-on any` | 2", "--fail-on any", 2),
    ] {
        assert!(page.contains(row), "{row}");
        let review = format!("hwgrants review plan.out --policy policy.toml {option}");
        reader.does(&format!("{review}; [ $? = {code} ]"));
    }
    reader.does("hwgrants review plan.out");
    reader.does("terraform apply plan.out");
    reader.runs("terraform show -json | hwgrants audit - --fail-on any");
    reader.does("terraform plan -refresh-only -detailed-exitcode");
}

pub(super) fn testing(reader: &mut Reader) {
    let example = |name: &str| {
        let path = root().join("examples/tests").join(name);
        fs::read_to_string(path).unwrap()
    };
    assert_eq!(reader.configuration("required_version"), example("main.tf"));
    for (first_line, file) in [
        ("run \"creates_the_grants\" {", "sandbox.tftest.hcl"),
        ("mock_provider \"hwgrants\" {", "mock.tftest.hcl"),
        ("run \"plans_one_grant_per_member\" {", "mock.tftest.hcl"),
    ] {
        let shown = reader.takes(first_line);
        let file = example(file);
        for block in shown.text.split_inclusive("\n}\n") {
            assert!(file.contains(block), "{}: {block}", shown.at);
        }
    }

    reader.copies("examples/tests", ".");
    reader.does("hwgrants install");
    for (first_line, summary) in [
        ("terraform init", "Success! 7 passed, 0 failed."),
        (
            "hwgrants sandbox --quirk expired=dropped --quirk update_without_end=clears -- terraform test",
            "Success! 7 passed, 0 failed.",
        ),
        (
            "terraform test -filter=mock.tftest.hcl",
            "Success! 4 passed, 0 failed.",
        ),
    ] {
        let printed = reader.runs(first_line);
        assert!(printed.contains(summary), "{printed}");
    }
}
