//! Templates of grantees, resources, levels and ends: text with holes for values, and parts that may be left out.

use std::sync::Arc;

use super::path::Path;
use super::table::TableError;
use super::word::Words;

/// A template: alternatives of which the first counts whose values are all set.
#[derive(Debug)]
pub(crate) struct Template(pub(crate) Vec<Vec<Part>>);

/// A part of a template.
#[derive(Debug)]
pub(crate) enum Part {
    /// This text.
    Literal(String),
    /// A value.
    Hole(Hole),
    /// Left out if a value in it is not set.
    Optional(Vec<Part>),
}

/// A value: alternatives of which the first counts that is set.
#[derive(Debug)]
pub(crate) struct Hole(pub(crate) Vec<Alternative>);

/// One way to a value.
#[derive(Debug)]
pub(crate) enum Alternative {
    /// The principal of a policy.
    Principal,
    /// The value of an attribute.
    Value(Path),
    /// The text for the value of an attribute.
    Word(Path, Arc<Words>),
    /// The text if the attribute is true.
    Flag(Path, String),
}

impl Alternative {
    /// The attribute, if it is one.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Principal => None,
            Self::Value(path) | Self::Word(path, _) | Self::Flag(path, _) => Some(path),
        }
    }
}

/// The hole that is filled with the principals of a policy.
const PRINCIPAL: &str = "principal";

/// The template of a grantee that only a policy names.
const NO_PRINCIPAL: &str = "(no principal)";

impl Template {
    /// Parses the alternatives of a template.
    ///
    /// # Errors
    /// If brackets do not match or are nested, or if a path or words are not valid.
    pub(crate) fn parse(
        alternatives: &[String],
        words: &super::table::WordTable,
    ) -> Result<Self, TableError> {
        let parsed = alternatives.iter().map(|text| parts(text, words, true));
        Ok(Self(parsed.collect::<Result<_, _>>()?))
    }

    /// Whether the grantee is named by the statements of a policy alone.
    pub(crate) fn is_no_principal(&self) -> bool {
        matches!(self.0.as_slice(), [parts] if matches!(parts.as_slice(),
            [Part::Literal(text)] if text == NO_PRINCIPAL))
    }

    /// The attributes in it.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &Path> {
        let mut holes = Vec::new();
        self.0.iter().for_each(|parts| collect(parts, &mut holes));
        let alternatives = holes.into_iter().flat_map(|hole| &hole.0);
        alternatives.filter_map(Alternative::path)
    }

    /// Whether there are several attributes for one value.
    pub(crate) fn has_choice(&self) -> bool {
        let mut holes = Vec::new();
        self.0.iter().for_each(|parts| collect(parts, &mut holes));
        holes.iter().any(|hole| hole.0.len() > 1)
    }
}

/// The holes among these parts.
fn collect<'a>(parts: &'a [Part], holes: &mut Vec<&'a Hole>) {
    for part in parts {
        match part {
            Part::Literal(_) => {}
            Part::Hole(hole) => holes.push(hole),
            Part::Optional(inner) => collect(inner, holes),
        }
    }
}

/// Parses the parts of one alternative.
fn parts(
    text: &str,
    words: &super::table::WordTable,
    is_outer: bool,
) -> Result<Vec<Part>, TableError> {
    let unbalanced = || TableError::new(format!("`{text}` has brackets that do not match"));
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '[', '}', ']']) {
        let (literal, bracket) = rest.split_at(at);
        if !literal.is_empty() {
            parts.push(Part::Literal(literal.to_owned()));
        }
        let (part, after) = if let Some(inner) = bracket.strip_prefix('{') {
            let (body, after) = inner.split_once('}').ok_or_else(unbalanced)?;
            (Part::Hole(hole(body, words)?), after)
        } else if let (Some(inner), true) = (bracket.strip_prefix('['), is_outer) {
            let (body, after) = inner.split_once(']').ok_or_else(unbalanced)?;
            (Part::Optional(self::parts(body, words, false)?), after)
        } else {
            return Err(unbalanced());
        };
        parts.push(part);
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Literal(rest.to_owned()));
    }
    Ok(parts)
}

/// Parses a hole.
fn hole(body: &str, words: &super::table::WordTable) -> Result<Hole, TableError> {
    let alternatives = body.split('|').map(|text| {
        if let Some((path, flag)) = text.split_once('?') {
            return Ok(Alternative::Flag(Path::parse(path)?, flag.to_owned()));
        }
        match text.split_once('~') {
            Some((path, name)) => {
                let words = words.get(name);
                let words =
                    words.ok_or_else(|| TableError::new(format!("there are no words `{name}`")))?;
                Ok(Alternative::Word(Path::parse(path)?, Arc::clone(words)))
            }
            None if text == PRINCIPAL => Ok(Alternative::Principal),
            None => Ok(Alternative::Value(Path::parse(text)?)),
        }
    });
    Ok(Hole(alternatives.collect::<Result<_, _>>()?))
}
