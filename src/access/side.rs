//! One side of a change: the object before or after, with its marks, and the texts that templates make of it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::path::Path;
use super::reference::{Found, References, Scope};
use super::table::{Declaration, Table};
use super::template::{Alternative, Hole, Part, Template};
use super::text::{Text, UNKNOWN};
use super::value::{Node, Written, is_empty, plain_text};

/// An object before or after a change.
pub(crate) struct Side<'a> {
    pub(crate) table: &'a Table,
    pub(crate) declaration: &'a Declaration,
    /// The address of the resource.
    pub(crate) address: &'a str,
    pub(crate) references: References<'a>,
    pub(crate) scope: Scope<'a>,
    pub(crate) root: Node<'a>,
    /// Texts that are sensitive wherever they occur in this resource.
    pub(crate) secrets: &'a BTreeSet<String>,
    /// Whether the object's own name does not count when accesses are compared.
    pub(crate) is_same_object: bool,
}

/// Which elements of lists a rule looks at.
#[derive(Clone, Default)]
pub(crate) struct Bindings<'a> {
    /// By the path of the list.
    pub(crate) elements: BTreeMap<String, Node<'a>>,
    /// The principal of a policy.
    pub(crate) principal: Option<Text>,
    /// The condition under which it is one, as text after the level.
    pub(crate) condition: String,
}

impl<'a> Side<'a> {
    /// The values at a path. Lists that are not bound give all their values.
    pub(crate) fn lookup(&self, bindings: &Bindings<'a>, path: &Path) -> Vec<Node<'a>> {
        let mut bound = path
            .steps()
            .enumerate()
            .rev()
            .filter_map(|(index, (_, prefix))| Some((bindings.elements.get(prefix)?, index + 1)));
        let (start, walked) = bound.next().unwrap_or((&self.root, 0));
        let mut nodes = vec![start.clone()];
        for segment in path.segments().iter().skip(walked) {
            let parts = nodes.iter().flat_map(spread);
            nodes = parts.map(|node| node.attribute(segment)).collect();
        }
        nodes.iter().flat_map(spread).collect()
    }

    /// Whether the configuration writes an attribute.
    pub(crate) fn is_configured(&self, path: &Path) -> bool {
        let mut written = self.root.written;
        for segment in path.segments() {
            written = written.attribute(segment);
        }
        written.is_something()
    }

    /// The text of a template.
    pub(crate) fn render(&self, template: Option<&Template>, bindings: &Bindings<'a>) -> Text {
        let Some(template) = template else {
            return Text::literal("");
        };
        let mut first = None;
        for parts in &template.0 {
            let text = self.parts(parts, bindings).trim();
            if text.is_set {
                return text;
            }
            first.get_or_insert(text);
        }
        first.unwrap_or_default()
    }

    /// The text of the parts of a template.
    fn parts(&self, parts: &[Part], bindings: &Bindings<'a>) -> Text {
        let mut text = Text::literal("");
        for part in parts {
            match part {
                Part::Literal(literal) => text.push(literal),
                Part::Hole(hole) => {
                    let value = self.hole(hole, bindings);
                    text.is_set &= value.is_set;
                    if value.is_several && text.shown.ends_with(' ') {
                        // The noun in front of the value: `user ` becomes `users `.
                        text.shown.pop();
                        text.shown.push_str("s ");
                    }
                    text.append(&value);
                }
                Part::Optional(inner) => {
                    let value = self.parts(inner, bindings);
                    if value.is_set && !value.shown.is_empty() {
                        text.append(&value);
                    }
                }
            }
        }
        text
    }

    /// The text of a hole: of the first alternative that is set. If there are several attributes for one thing, those that
    /// the configuration writes come first, because a computed one can still be about another object.
    fn hole(&self, hole: &Hole, bindings: &Bindings<'a>) -> Text {
        let is_written = |alternative: &&Alternative| {
            let path = alternative.path();
            !matches!(self.root.written, Written::Something)
                && path.is_some_and(|path| self.is_configured(path))
        };
        let (mut ordered, others): (Vec<_>, Vec<_>) = match hole.0.as_slice() {
            [one] => (vec![one], Vec::new()),
            several => several.iter().partition(is_written),
        };
        ordered.extend(others);
        let mut first = None;
        for alternative in ordered {
            let text = self.alternative(alternative, bindings);
            if text.is_set {
                return text;
            }
            first.get_or_insert(text);
        }
        first.unwrap_or_default()
    }

    /// The text of one alternative.
    fn alternative(&self, alternative: &Alternative, bindings: &Bindings<'a>) -> Text {
        match alternative {
            Alternative::Principal => bindings.principal.clone().unwrap_or_default(),
            Alternative::Flag(path, word) => self.flag(path, word, bindings),
            Alternative::Value(path) => {
                let nodes = self.lookup(bindings, path);
                Text::join(nodes.iter().map(|node| self.text(node)).collect())
            }
            Alternative::Word(path, words) => {
                let nodes = self.lookup(bindings, path);
                let mut texts: Vec<Text> = nodes.iter().map(|node| self.text(node)).collect();
                if texts.is_empty() {
                    texts.push(Text::unset());
                }
                Text::join(texts.into_iter().map(|text| words.apply(text)).collect())
            }
        }
    }

    /// The word if the attribute is true.
    fn flag(&self, path: &Path, word: &str, bindings: &Bindings<'a>) -> Text {
        let nodes = self.lookup(bindings, path);
        if nodes.iter().any(Node::is_sensitive) {
            let values = nodes.iter().map(|node| node.value.to_string());
            return Text::sensitive(format!("S:[{}]", values.collect::<Vec<_>>().join(",")));
        }
        if nodes
            .iter()
            .any(|node| node.is_unknown() && !node.is_left())
        {
            return Text {
                shown: format!("{word} {UNKNOWN}"),
                ..Text::unknown(format!("U:{}{}", self.address, path.as_text()))
            };
        }
        let is_true = |node: &Node<'_>| {
            let text = plain_text(&node.value).to_lowercase();
            !node.is_unknown() && matches!(text.as_str(), "true" | "1" | "yes")
        };
        if nodes.iter().any(is_true) {
            Text::literal(word)
        } else {
            Text::unset()
        }
    }

    /// The text of one value.
    fn text(&self, node: &Node<'a>) -> Text {
        let is_secret = || {
            let text = node.value.as_str();
            text.is_some_and(|text| self.secrets.iter().any(|secret| text.contains(secret)))
        };
        if node.is_sensitive() || is_secret() {
            return Text::sensitive(if node.is_unknown() {
                format!("S?{}{}", self.address, node.at)
            } else {
                format!("S:{}", node.value)
            });
        }
        if node.is_unknown() {
            return self.unknown(node);
        }
        if is_empty(&node.value) {
            return Text::unset();
        }
        let text = plain_text(&node.value);
        let own = node.at.strip_prefix('.');
        let is_own = own.is_some_and(|name| self.table.own_names.contains(name));
        if is_own && !self.declaration.is_named {
            Text::own_name(&text)
        } else {
            Text::value(&text)
        }
    }

    /// The text of an unknown value: with the names of what it will identify, if the references show that.
    fn unknown(&self, node: &Node<'a>) -> Text {
        if node.is_left() {
            return Text::left();
        }
        let found = match &node.targets {
            Some(found) => found.clone(),
            None => self.resolve(node.written),
        };
        let mut names = Vec::new();
        let mut targets = Vec::new();
        for found in &found {
            if let Found::Attribute(instance, attribute) = found {
                names.extend(instance.name.clone());
                targets.push(format!("{}.{attribute}", instance.address));
            }
        }
        names.sort();
        targets.sort();
        let key = if targets.is_empty() || targets.len() < found.len() {
            format!("U:{}{}", self.address, node.at)
        } else {
            format!("U:{}", targets.join("|"))
        };
        let shown = if names.is_empty() {
            UNKNOWN.to_owned()
        } else {
            format!("{} {UNKNOWN}", names.join(", "))
        };
        Text {
            id: Some(0..shown.len()),
            is_several: names.len() > 1,
            is_vague: targets.is_empty(),
            shown,
            names,
            ..Text::unknown(key)
        }
    }

    /// Where what is written leads.
    pub(crate) fn resolve(&self, written: Written<'a>) -> Vec<Found<'a>> {
        match written {
            Written::References(references) => self.references.resolve(references, &self.scope),
            Written::Constant(value) if !value.is_null() => {
                vec![Found::Value(Cow::Borrowed(value))]
            }
            Written::Constant(_)
            | Written::Something
            | Written::Nothing
            | Written::Block(_)
            | Written::Blocks(_) => Vec::new(),
        }
    }
}

/// The elements of a list whose elements are known, and otherwise the value itself.
fn spread<'a>(node: &Node<'a>) -> Vec<Node<'a>> {
    let is_list = matches!(*node.value, Json::Array(_));
    if is_list && !node.is_unknown() && !node.is_sensitive() {
        node.elements()
    } else {
        vec![node.clone()]
    }
}
