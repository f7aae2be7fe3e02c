//! The documentation of a provider in the layout of the Terraform Registry: a page per type, written from its schema, its
//! examples and its notes. Pure: files come in and go out as texts.
//!
//! Knows schemas, and no type in particular: what a schema cannot say of one is in its notes, which are handed in.
//!
//! Source: layout, front matter and wording of terraform-plugin-docs 0.25, so that a reader finds what other providers have,
//! and where they have it.

mod example;
mod page;
mod schema;
mod table;

use std::collections::BTreeMap;

use crate::framework::Provider;
use crate::framework::engine::Engine;

pub use example::Examples;
use page::{Page, PageKind};
pub use table::{argument_table, environment_table};

/// What a schema cannot say: Markdown by the path of the page, such as `resources/box.md`.
pub type Notes = BTreeMap<String, String>;

/// All pages, by their path below the folder of documentation.
///
/// # Errors
/// A page has no example; the message names the file that is missing.
pub fn pages<P: Provider>(
    engine: &Engine<P>,
    examples: &Examples,
    notes: &Notes,
) -> Result<BTreeMap<String, String>, MissingFile> {
    let mut pages = Vec::new();
    pages.push(Page {
        kind: PageKind::Provider,
        provider: P::TYPE,
        name: P::TYPE,
        has_short_name: false,
        schema: engine.schema(),
        identity: None,
    });
    // A type may have two names; the conventional one begins with that of the provider.
    let is_conventional = |name: &str, own: &str| {
        let rest = name.strip_prefix(P::TYPE);
        rest.and_then(|rest| rest.strip_prefix('_')) == Some(own)
    };
    let has_short_name =
        |own: &str| engine.resource(own).is_ok() || engine.data_source(own).is_ok();
    for (name, resource) in engine.resources() {
        if is_conventional(name, resource.name()) {
            pages.push(Page {
                kind: PageKind::Resource,
                provider: P::TYPE,
                name: resource.name(),
                has_short_name: has_short_name(resource.name()),
                schema: resource.schema(),
                identity: resource.identity().map(|identity| identity.schema()),
            });
        }
    }
    for (name, source) in engine.data_sources() {
        if is_conventional(name, source.name()) {
            pages.push(Page {
                kind: PageKind::DataSource,
                provider: P::TYPE,
                name: source.name(),
                has_short_name: has_short_name(source.name()),
                schema: source.schema(),
                identity: None,
            });
        }
    }
    for (name, list) in engine.list_resources() {
        if is_conventional(name, list.name()) {
            pages.push(Page {
                kind: PageKind::ListResource,
                provider: P::TYPE,
                name: list.name(),
                has_short_name: has_short_name(list.name()),
                schema: list.schema(),
                identity: None,
            });
        }
    }
    let pages = pages
        .iter()
        .map(|page| Ok((page.path(), page.render(examples, notes)?)));
    pages.collect()
}

/// A file that a page needs and that is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is missing: each page of the documentation needs one")]
pub struct MissingFile(pub String);
