//! README's table of features, generated from the declared features.

use std::fmt::Write as _;
use std::path::Path;

use hwgrants::cli::terraform::Product;

use crate::feature::{FEATURES, Feature};
use crate::report;

const BEGIN: &str = "<!-- Generated from the code; to update, run `UPDATE_GOLDEN=1 cargo test --test compat -- table` -->\n\n";
const END: &str = "\n<!-- End of the table -->\n";

/// Compares README's table with the declared features. `UPDATE_GOLDEN=1` writes it.
///
/// # Panics
/// If the table is stale, or README has no place for it.
pub(crate) fn check() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("the begin of the table");
    let (stored, after) = rest.split_once(END).expect("the end of the table");
    let table = table();
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, [before, BEGIN, &table, END, after].concat()).unwrap();
        return;
    }
    assert_eq!(
        stored, table,
        "`UPDATE_GOLDEN=1 cargo test --test compat -- table` rewrites README.md"
    );
}

/// A row for each feature that not every version has, the oldest first.
fn table() -> String {
    let mut rows: Vec<&Feature> = FEATURES
        .iter()
        .filter(|feature| !feature.is_in_all() && !feature.name.contains(": "))
        .collect();
    rows.sort_by_key(|feature| {
        let terraform = feature.first_in(Product::Terraform);
        (
            terraform.is_none(),
            terraform,
            feature.first_in(Product::OpenTofu),
        )
    });
    let mut table = "| feature | Terraform | OpenTofu |\n| --- | --- | --- |\n".to_owned();
    for feature in rows {
        let [terraform, opentofu] = [Product::Terraform, Product::OpenTofu].map(|product| {
            let first = feature.first_in(product);
            first.map_or_else(|| "no".to_owned(), report::short)
        });
        let _ = writeln!(table, "| {} | {terraform} | {opentofu} |", feature.name);
    }
    table
}
