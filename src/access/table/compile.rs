//! From the table as it is written to the compiled one: templates, conditions and words are parsed, and must be valid.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::raw::{
    RawApart, RawDeclaration, RawEnd, RawHead, RawRule, RawTemplate, RawTypes, RawWords,
};
use super::{Apart, Declaration, EachPath, Rule, Table, TableError};
use crate::access::condition::Condition;
use crate::access::path::Path;
use crate::access::template::Template;
use crate::access::word::Words;

/// The version of the language that is understood.
const VERSION: u32 = 1;

/// The compiled words by name.
pub(crate) type WordTable = BTreeMap<String, Arc<Words>>;

impl Table {
    /// Compiles a table.
    ///
    /// # Errors
    /// If it is not valid TOML, has an unknown key, or a template, condition or word that cannot be parsed.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let mut blocks = blocks(text);
        let head: &str = blocks.next().unwrap_or_default();
        let raw: RawHead = read(head)?;
        if raw.version != VERSION {
            let message = format!(
                "version {} is not supported, expected {VERSION}",
                raw.version
            );
            return Err(TableError::new(message));
        }
        let words = words(&raw.words);
        let mut table = Self {
            names: raw.names,
            own_names: raw.own_names.into_iter().collect(),
            ..Self::default()
        };
        // One at a time: parsed as a whole, the table takes much more memory than most plans.
        for block in blocks {
            let RawTypes { types: [raw] } = read(block)?;
            let index = table.declarations.len();
            let first = raw.names.first().cloned().unwrap_or_default();
            let declaration = declaration(raw, index, &words)
                .map_err(|error| TableError::new(format!("`{first}`: {error}")))?;
            for name in &declaration.names {
                if table.by_name.insert(name.clone(), index).is_some() {
                    return Err(TableError::new(format!("`{name}` is declared twice")));
                }
            }
            table.declarations.push(declaration);
        }
        Ok(table)
    }
}

/// The start of the table, and then each declaration with what belongs to it.
fn blocks(text: &str) -> impl Iterator<Item = &str> {
    const START: &str = "[[type]]\n";
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let block = rest?;
        // A declaration starts with its own header.
        let own = block.strip_prefix(START).map_or(0, |_| START.len());
        let after = block.get(own..).unwrap_or_default();
        let end = after.find(&format!("\n{START}")).map(|end| own + end + 1);
        let (block, next) = match end {
            Some(end) => (block.get(..end)?, block.get(end..)),
            None => (block, None),
        };
        rest = next;
        Some(block)
    })
}

/// A part of the table.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, TableError> {
    toml::from_str(text).map_err(|error| TableError::new(error.to_string()))
}

/// Compiles words.
fn words(raw: &BTreeMap<String, RawWords>) -> WordTable {
    let compiled = raw.iter();
    let compiled = compiled.map(|(name, words)| (name.clone(), Arc::new(Words::new(name, words))));
    compiled.collect()
}

/// Compiles a declaration.
fn declaration(
    raw: RawDeclaration,
    index: usize,
    shared: &WordTable,
) -> Result<Declaration, TableError> {
    let mut all_words = shared.clone();
    all_words.extend(words(&raw.words));
    let rules = raw.rules.iter().enumerate();
    let rules = rules.map(|(index, raw)| rule(index, raw, &all_words));
    let rules: Vec<Rule> = rules.collect::<Result<_, _>>()?;
    let shown: BTreeSet<String> = rules.iter().flat_map(shown).collect();
    let mut needed = shown.clone();
    needed.extend(rules.iter().flat_map(needed_besides));
    let lists = [&raw.json, &raw.secret, &raw.inert, &raw.sticky, &raw.verify];
    needed.extend(lists.into_iter().flatten().cloned());
    if let Some(origin) = &raw.origin {
        needed.extend([origin.list.clone(), origin.of.clone()]);
    }
    let mut blocks: BTreeSet<String> = rules.iter().flat_map(blocks_of).collect();
    blocks.retain(|name| !raw.computed.contains(name));
    let is_configuration_needed = rules.iter().any(is_configuration_needed);
    Ok(Declaration {
        is_shared_family: raw.family.is_some(),
        family: raw.family.unwrap_or_else(|| format!("entry {index}")),
        names: raw.names,
        role: raw.role,
        destroy: raw.destroy,
        resets: raw.resets,
        removal: raw.removal,
        is_own: raw.own,
        is_kept_in_state: raw.kept_in_state,
        is_unique: raw.unique,
        is_named: raw.named,
        is_private: raw.private,
        is_action: raw.action,
        origin: raw.origin,
        split: raw.split.into_iter().collect(),
        json: raw.json,
        secret: raw.secret,
        inert: raw.inert,
        sticky: raw.sticky,
        verify: raw.verify,
        was: raw.was,
        rules,
        shown,
        needed,
        is_configuration_needed,
        blocks,
    })
}

/// Compiles a rule.
fn rule(index: usize, raw: &RawRule, words: &WordTable) -> Result<Rule, TableError> {
    let template = |raw: &RawTemplate| Template::parse(raw.alternatives(), words);
    let optional = |raw: &Option<RawTemplate>| raw.as_ref().map(template).transpose();
    let when = raw.when.iter().map(|text| Condition::parse(text));
    let configured = raw.configured.as_ref();
    Ok(Rule {
        index,
        each: raw
            .each
            .iter()
            .map(|text| each(text))
            .collect::<Result<_, _>>()?,
        when: when.collect::<Result<_, _>>()?,
        configured: configured.map(|text| Path::parse(text)).transpose()?,
        grantee: template(&raw.grantee)?,
        resource: template(&raw.resource)?,
        level: optional(&raw.level)?,
        until: optional(&raw.until)?,
        is_instant: matches!(raw.ends, Some(RawEnd::Rfc3339)),
        apart: match &raw.apart {
            None | Some(RawApart::Whole(false)) => Apart::Never,
            Some(RawApart::Whole(true)) => Apart::Level,
            Some(RawApart::Part(text)) => {
                Apart::Part(Template::parse(std::slice::from_ref(text), words)?)
            }
        },
        is_reversed: raw.reversed,
        is_plain: raw.plain,
        allowlist: raw.allowlist.clone(),
        policy: raw.policy.clone(),
        has_resources: raw.resources,
        principals: raw.principals.clone(),
    })
}

/// Compiles a list to walk.
fn each(text: &str) -> Result<EachPath, TableError> {
    Ok(EachPath {
        path: Path::parse(text.strip_suffix('?').unwrap_or(text))?,
        is_optional: text.ends_with('?'),
    })
}

/// The templates that a rule shows.
fn templates(rule: &Rule) -> impl Iterator<Item = &Template> {
    [&rule.grantee, &rule.resource]
        .into_iter()
        .chain(&rule.level)
        .chain(&rule.until)
}

/// The attributes that the accesses of a rule show.
fn shown(rule: &Rule) -> BTreeSet<String> {
    let holes = templates(rule).flat_map(Template::paths);
    let paths = holes.chain(rule.each.iter().map(|each| &each.path));
    let mut shown: BTreeSet<String> = paths.map(|path| path.attribute().to_owned()).collect();
    shown.extend(rule.policy.iter().chain(&rule.principals).cloned());
    shown
}

/// The attributes that are nested blocks: lists that a rule walks, and of whose elements it needs attributes.
fn blocks_of(rule: &Rule) -> Vec<String> {
    let paths: Vec<&Path> = templates(rule).flat_map(Template::paths).collect();
    let lists = rule
        .each
        .iter()
        .map(|each| each.path.attribute().to_owned());
    let is_block = |list: &String| {
        let mut paths = paths.iter();
        paths.any(|path| path.attribute() == list && path.segments().len() > 1)
    };
    lists.filter(is_block).collect()
}

/// The attributes that a rule needs and does not show.
fn needed_besides(rule: &Rule) -> BTreeSet<String> {
    let conditions = rule.when.iter().map(|condition| &condition.path);
    let apart = match &rule.apart {
        Apart::Part(template) => Some(template.paths()),
        Apart::Never | Apart::Level => None,
    };
    let paths = conditions
        .chain(apart.into_iter().flatten())
        .chain(&rule.configured);
    paths.map(|path| path.attribute().to_owned()).collect()
}

/// Whether the accesses of a rule depend on what the configuration writes, even if no value is unknown: it must write an
/// attribute, or of several attributes for one thing, the one that it writes counts.
fn is_configuration_needed(rule: &Rule) -> bool {
    rule.configured.is_some() || templates(rule).any(Template::has_choice)
}
