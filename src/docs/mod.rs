//! Generates the documentation of a provider in the layout of the Terraform Registry: a page per type or function, from
//! its schema, examples and notes, and the tables of the README. Pure: files are passed in and returned as strings.
//!
//! Independent of particular types: whatever a schema cannot express is in the notes, which are passed in.
//!
//! Source: the layout, front matter and wording of terraform-plugin-docs 0.25, so that readers find the same structure
//! as in the documentation of other providers.

mod example;
mod function;
mod page;
mod schema;
mod table;

use std::collections::BTreeMap;

use crate::framework::Provider;
use crate::framework::engine::{Engine, Registration};

pub use example::Examples;
use page::{Page, PageKind};
use table::{argument_table, environment_table};

/// Additional Markdown for a page, by the path of the page, such as `resources/box.md`.
pub type Notes = BTreeMap<String, String>;

/// Generates all pages. Returns their contents by their path below the documentation folder.
///
/// # Errors
/// A page has no example; the error names the missing file.
pub fn pages<P: Provider>(
    engine: &Engine<P>,
    examples: &Examples,
    notes: &Notes,
) -> Result<BTreeMap<String, String>, MissingFile> {
    let page = |kind, name, schema, identity| Page {
        kind,
        provider: P::TYPE,
        name,
        has_short_name: engine.resource(name).is_ok()
            || engine.data_source(name).is_ok()
            || engine.action(name).is_ok(),
        schema,
        identity,
    };
    let provider = page(PageKind::Provider, P::TYPE, engine.schema(), None);
    let resources = unique_types::<P, _>(engine.resources()).map(|each| {
        let identity = each.identity().map(|identity| identity.schema());
        page(PageKind::Resource, each.name(), each.schema(), identity)
    });
    let sources = unique_types::<P, _>(engine.data_sources());
    let sources = sources.map(|each| page(PageKind::DataSource, each.name(), each.schema(), None));
    let lists = unique_types::<P, _>(engine.list_resources());
    let lists = lists.map(|each| page(PageKind::ListResource, each.name(), each.schema(), None));
    let actions = unique_types::<P, _>(engine.actions());
    let actions = actions.map(|each| page(PageKind::Action, each.name(), each.schema(), None));
    let pages = [provider]
        .into_iter()
        .chain(resources)
        .chain(sources)
        .chain(lists)
        .chain(actions);
    let pages = pages.map(|page| Ok((page.path(), page.render(examples, notes)?)));
    let functions = engine.functions().map(|each| {
        let page = function::render(each, P::TYPE, examples, notes)?;
        Ok((function::path(each), page))
    });
    pages.chain(functions).collect()
}

/// Generates the tables of the README, in Markdown. Each is named for the arguments that it lists: `provider`, then
/// each resource by its short name.
pub fn tables<P: Provider>(engine: &Engine<P>) -> Vec<(String, String)> {
    let provider = environment_table(&engine.schema().block);
    let resources = unique_types::<P, _>(engine.resources());
    let resources = resources.map(|each| {
        let table = argument_table(&each.schema().block);
        (each.name().to_owned(), table)
    });
    [("provider".to_owned(), provider)]
        .into_iter()
        .chain(resources)
        .collect()
}

/// Returns each type once, although it may have two names: by the conventional name, which begins with the provider's
/// type.
fn unique_types<'a, P: Provider, K: 'a>(
    by_name: impl Iterator<Item = (&'a str, &'a Registration<K>)>,
) -> impl Iterator<Item = &'a Registration<K>> {
    let conventional = by_name.filter(|(name, each)| {
        let rest = name.strip_prefix(P::TYPE);
        rest.and_then(|rest| rest.strip_prefix('_')) == Some(each.name())
    });
    conventional.map(|(_, each)| each)
}

/// The error for a missing file that a page includes. Contains its path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a documentation page includes `{0}`, but the file does not exist")]
pub struct MissingFile(pub String);
