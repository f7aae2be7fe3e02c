//! Findings and small configurations, and where they are found.

use super::*;
use crate::review::Policy;
use crate::review::change::StepOutcome;
use crate::review::finding::FindingFact;
use crate::review::rule::{FindingSeverity, Rule};

/// A report with one finding for each of these, and these modules.
fn report(subjects: &[(&str, Option<&'static str>)], modules: &[(&str, &str)]) -> Report {
    let findings = subjects.iter().map(|(address, attribute)| Finding {
        severity: FindingSeverity::Error,
        rule: Rule::NoEnd,
        address: (*address).into(),
        attribute: *attribute,
        fact: FindingFact::MissingArgument {
            argument: "type",
            outcome: StepOutcome::Nothing,
            held: None,
        },
        waiver: None,
        is_known: false,
    });
    let plan = br#"{"format_version":"1.2","resource_changes":[],"planned_values":{}}"#;
    let mut report = crate::review::review(&plan[..], &Policy::default()).unwrap();
    report.findings = findings.collect();
    let modules = modules
        .iter()
        .map(|(call, source)| ((*call).to_owned(), (*source).to_owned()));
    report.modules = modules.collect();
    report
}

/// The root folder of a plan without a named state.
fn roots(root: &ModuleFolder) -> RootFolders {
    RootFolders {
        unnamed: Some(root.clone()),
        ..RootFolders::default()
    }
}

fn folder(path: &str) -> ModuleFolder {
    let names = path.split('/').filter(|name| !name.is_empty());
    ModuleFolder::new(names.map(str::to_owned).collect())
}

/// Texts by path, for those folders alone that are asked for.
fn texts(report: &Report, root: &ModuleFolder, files: &[(&str, &str)]) -> Texts {
    let folders = folders(report, LocationScope::Blocks, &roots(root))
        .into_iter()
        .map(|wanted| {
            let files = files.iter().filter_map(|(path, text)| {
                let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
                (folder(parent) == wanted).then(|| (name.to_owned(), (*text).to_owned()))
            });
            let files = files.collect();
            (wanted, files)
        });
    folders.collect()
}

/// File and first line of the place, `0` for the whole file.
#[track_caller]
fn check(
    root: &str,
    modules: &[(&str, &str)],
    files: &[(&str, &str)],
    subject: (&str, Option<&'static str>),
    expected: Option<(&str, u32)>,
) {
    let report = report(&[subject], modules);
    let root = folder(root);
    let places = SourceLocations::find(
        &report,
        LocationScope::Blocks,
        &roots(&root),
        &texts(&report, &root, files),
    );
    let place = places.of(&report.findings[0]);
    let found = place.map(|place| {
        let line = place.region.map_or(0, |region| region.start.line);
        (place.file.as_str(), line)
    });
    assert_eq!(found, expected, "{subject:?}");
}

const GRANTS: &str = "\
resource \"hwgrants_csms_grant\" \"each\" {
  for_each      = var.people
  validity_time = each.value
}

resource \"csms_grant\" \"one\" {
  count         = 2
  validity_time = \"2026-12-31\"
}
";

#[test]
fn instances_are_located_at_their_block_under_both_type_names() {
    let files = [("main.tf", "# nothing"), ("grants.tf", GRANTS)];
    for (address, line) in [
        ("hwgrants_csms_grant.each[\"Chen\"]", 3),
        ("hwgrants_csms_grant.each[\"a.b[\\\"c\\\"]\"]", 3),
        ("csms_grant.one[1]", 8),
    ] {
        let subject = (address, Some("validity_time"));
        check("", &[], &files, subject, Some(("grants.tf", line)));
        check(
            "infra",
            &[],
            &[("infra/grants.tf", GRANTS)],
            subject,
            Some(("infra/grants.tf", line)),
        );
    }
}

#[test]
fn a_block_that_calls_a_provider_function_is_located() {
    let text = "\
resource \"csms_grant\" \"one\" {
  reason        = \"on call\"
  validity_time = provider::hwgrants::days_from(var.start, 90)
}
";
    let subject = ("csms_grant.one", Some("validity_time"));
    check("", &[], &[("main.tf", text)], subject, Some(("main.tf", 3)));
}

const ROOT: &str = "\
module \"team\" {
  source   = \"../modules/team\"
  for_each = var.teams
}

module \"bought\" {
  source = \"acme/grants/huaweicloud\"
}
";

const TEAM: &str = "\
# A team.
module \"oncall\" {
  source = \"./oncall\"
}
";

const MODULES: [(&str, &str); 5] = [
    ("module.team", "../modules/team"),
    ("module.team.module.oncall", "./oncall"),
    ("module.bought", "acme/grants/huaweicloud"),
    ("module.bought.module.inner", "./inner"),
    ("module.away", "../../elsewhere"),
];

const FILES: [(&str, &str); 4] = [
    ("infra/main.tf", ROOT),
    ("modules/team/main.tf", TEAM),
    ("modules/team/oncall/main.tf", GRANTS),
    ("infra/inner/main.tf", GRANTS),
];

#[test]
fn instances_in_local_modules_are_located_in_the_module_folder() {
    for (address, line) in [
        (
            "module.team[\"a\"].module.oncall[0].hwgrants_csms_grant.each[\"Chen\"]",
            3,
        ),
        ("module.team[\"b.c\"].module.oncall[1].csms_grant.one[0]", 8),
    ] {
        let subject = (address, Some("validity_time"));
        let expected = Some(("modules/team/oncall/main.tf", line));
        check("infra", &MODULES, &FILES, subject, expected);
    }
}

#[test]
fn blocks_outside_the_sources_are_located_at_the_innermost_call() {
    for (address, expected) in [
        // From a registry, and whatever that calls.
        ("module.bought.csms_grant.one[0]", ("infra/main.tf", 6)),
        (
            "module.bought.module.inner.csms_grant.one[0]",
            ("infra/main.tf", 6),
        ),
        // Not in the module any more, or not in the plan's configuration.
        (
            "module.team[\"a\"].module.oncall[0].csms_grant.gone",
            ("modules/team/main.tf", 2),
        ),
        ("module.team[\"a\"].csms_grant.gone", ("infra/main.tf", 1)),
        (
            "module.team[\"a\"].module.gone.csms_grant.one",
            ("infra/main.tf", 1),
        ),
        // The folder is outside of the sources and its call is gone.
        ("module.away.csms_grant.one[0]", ("infra/main.tf", 0)),
        // Not in the configuration any more.
        ("csms_grant.gone", ("infra/main.tf", 0)),
    ] {
        let subject = (address, Some("validity_time"));
        check("infra", &MODULES, &FILES, subject, Some(expected));
    }
}

#[test]
fn no_files_or_an_invalid_address_gives_no_location() {
    check("infra", &MODULES, &[], ("csms_grant.one[0]", None), None);
    check("infra", &MODULES, &FILES, ("not an address", None), None);
    let report = report(&[("csms_grant.one", None)], &[]);
    assert_eq!(SourceLocations::default().of(&report.findings[0]), None);
}

#[test]
fn only_folders_needed_for_findings_are_requested() {
    let report = report(
        &[
            (
                "module.team[\"a\"].module.oncall[0].csms_grant.one[0]",
                None,
            ),
            ("module.away.csms_grant.one", None),
        ],
        &MODULES,
    );
    let expected = ["infra", "modules/team", "modules/team/oncall"].map(folder);
    assert_eq!(
        folders(&report, LocationScope::Blocks, &roots(&folder("infra"))),
        expected.into()
    );
}

const GRANTS_JSON: &str = r#"{
  "resource": {
    "csms_grant": {
      "one": [
        {"count": 2,
         "validity_time": "2026-12-31"}
      ]
    }
  }
}
"#;

#[test]
fn modules_and_blocks_in_json_syntax_are_located() {
    let root = r#"{
  "module": {
    "team": [{"source": "../modules/team"}],
    "bought": {"source": "acme/grants/huaweicloud"}
  }
}
"#;
    let files = [
        ("infra/main.tf.json", root),
        ("modules/team/grants.tf.json", GRANTS_JSON),
    ];
    for (address, expected) in [
        (
            "module.team[\"a\"].csms_grant.one[1]",
            ("modules/team/grants.tf.json", 6),
        ),
        (
            "module.team[\"a\"].csms_grant.gone",
            ("infra/main.tf.json", 3),
        ),
        ("module.bought.csms_grant.one[0]", ("infra/main.tf.json", 4)),
        ("csms_grant.gone", ("infra/main.tf.json", 0)),
    ] {
        let subject = (address, Some("validity_time"));
        check("infra", &MODULES, &files, subject, Some(expected));
    }
}

#[test]
fn each_state_is_located_in_the_files_that_its_own_client_reads() {
    let module = "../modules/team";
    let mut report = report(
        &[
            ("old:module.team.csms_grant.one[0]", None),
            ("new:module.team.csms_grant.one[0]", None),
            ("old:csms_grant.gone", None),
            ("new:csms_grant.gone", None),
        ],
        &[("old:module.team", module), ("new:module.team", module)],
    );
    let dialects = [("old", Dialect::Terraform), ("new", Dialect::OpenTofu)];
    let dialects = dialects.map(|(state, dialect)| (state.to_owned(), dialect));
    report.dialects = dialects.into();
    let roots = RootFolders {
        states: ["old", "new"]
            .map(|state| (state.to_owned(), folder("infra")))
            .into(),
        unnamed: None,
    };
    let files = |files: &[(&str, &str)]| {
        let files = files.iter();
        let files = files.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        files.collect::<BTreeMap<String, String>>()
    };
    let call = "module \"team\" {\n  source = \"../modules/team\"\n}\n";
    let texts: Texts = [
        (
            folder("infra"),
            files(&[("main.tf", call), ("main.tofu", &format!("\n{call}"))]),
        ),
        (
            folder("modules/team"),
            files(&[("a.tf", GRANTS), ("a.tofu", &format!("\n{GRANTS}"))]),
        ),
    ]
    .into();
    let places = SourceLocations::find(&report, LocationScope::Blocks, &roots, &texts);
    let found = report
        .findings
        .iter()
        .map(|finding| places.line_of(finding));
    let found: Vec<(String, u32)> = found.collect();
    let expected = [
        ("modules/team/a.tf", 6),
        ("modules/team/a.tofu", 7),
        ("infra/main.tf", 1),
        ("infra/main.tofu", 1),
    ];
    assert_eq!(found, expected.map(|(file, line)| (file.to_owned(), line)));
}
