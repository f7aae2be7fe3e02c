//! `hwgrants review --out`.

use std::fs;

use hwgrants::review::Format;

use super::{config, golden, report, reviewed};

#[test]
fn one_file_takes_one_report() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let plan = golden().join("mixed/plan.json");
    let plan = plan.to_str().unwrap();
    for (paths, named) in [
        ([path("a"), path("a")], path("a")),
        ([path("a"), path("./a")], path("./a")),
        (
            ["-".to_owned(), "-".to_owned()],
            "standard output".to_owned(),
        ),
    ] {
        let [text, json] = paths;
        let args = [format!("--out=text={text}"), format!("--out=json={json}")];
        let output = reviewed(&[&args[0], &args[1], plan], b"");
        assert_eq!(output.status.code(), Some(1));
        assert!(output.stdout.is_empty());
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(
            said.contains("`--out` writes more than one report to"),
            "{said}"
        );
        assert!(said.contains(&named), "{said}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn out_to_standard_output_replaces_the_report_of_format() {
    let plan = golden().join("mixed/plan.json");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("review.txt");
    let out = format!("--out=text={}", file.display());
    let config = config("mixed");
    let config = config.to_str().unwrap();
    let args = [
        "--chdir",
        config,
        "--source-root",
        config,
        "--out=json=-",
        &out,
        "--format=text",
        plan.to_str().unwrap(),
    ];
    let output = reviewed(&args, b"");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stdout, report("mixed", Format::Json).into_bytes());
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(written, report("mixed", Format::Text));
    assert!(!fs::exists("-").unwrap());
}
