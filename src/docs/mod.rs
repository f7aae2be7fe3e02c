//! The documentation of a provider in the layout of the Terraform Registry: a page per type, written from its schema, its
//! examples and its notes, and the tables of the README. Pure: files come in and go out as texts.
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
use crate::framework::engine::{Engine, Registration};

pub use example::Examples;
use page::{Page, PageKind};
use table::{argument_table, environment_table};

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
    let page = |kind, name, schema, identity| Page {
        kind,
        provider: P::TYPE,
        name,
        has_short_name: engine.resource(name).is_ok() || engine.data_source(name).is_ok(),
        schema,
        identity,
    };
    let provider = page(PageKind::Provider, P::TYPE, engine.schema(), None);
    let resources = each::<P, _>(engine.resources()).map(|each| {
        let identity = each.identity().map(|identity| identity.schema());
        page(PageKind::Resource, each.name(), each.schema(), identity)
    });
    let sources = each::<P, _>(engine.data_sources());
    let sources = sources.map(|each| page(PageKind::DataSource, each.name(), each.schema(), None));
    let lists = each::<P, _>(engine.list_resources());
    let lists = lists.map(|each| page(PageKind::ListResource, each.name(), each.schema(), None));
    let pages = [provider]
        .into_iter()
        .chain(resources)
        .chain(sources)
        .chain(lists);
    pages
        .map(|page| Ok((page.path(), page.render(examples, notes)?)))
        .collect()
}

/// The tables of the README, in Markdown, by what their arguments belong to: `provider`, then each resource by its short name.
pub fn tables<P: Provider>(engine: &Engine<P>) -> Vec<(String, String)> {
    let provider = environment_table(&engine.schema().block);
    let resources = each::<P, _>(engine.resources());
    let resources = resources.map(|each| {
        let table = argument_table(&each.schema().block);
        (each.name().to_owned(), table)
    });
    [("provider".to_owned(), provider)]
        .into_iter()
        .chain(resources)
        .collect()
}

/// Each type once, although it may have two names: by the conventional one, which begins with the provider's.
fn each<'a, P: Provider, K: 'a>(
    by_name: impl Iterator<Item = (&'a str, &'a Registration<K>)>,
) -> impl Iterator<Item = &'a Registration<K>> {
    let conventional = by_name.filter(|(name, each)| {
        let rest = name.strip_prefix(P::TYPE);
        rest.and_then(|rest| rest.strip_prefix('_')) == Some(each.name())
    });
    conventional.map(|(_, each)| each)
}

/// A file that a page needs and that is not there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is missing: its page of the documentation shows it")]
pub struct MissingFile(pub String);
