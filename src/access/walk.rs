//! Walking the lists of a rule: one pass for each combination of elements, also where only the configuration names them.

use std::borrow::Cow;

use serde_json::{Map, Value as Json};

use super::configuration::{Expression, Expressions};
use super::reference::Found;
use super::side::{Bindings, Side};
use super::table::EachPath;
use super::value::{NULL, Node, Written, has_mark, is_empty};

/// What is not certain about an access.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// Whether a condition is unknown.
    pub(crate) is_maybe: bool,
    /// Whether the list is unknown, and the configuration names this element.
    pub(crate) is_from_configuration: bool,
    /// Whether the list may have more elements than the configuration names.
    pub(crate) is_open: bool,
    /// Whether the list is unknown, and nothing names this element.
    pub(crate) is_someone: bool,
}

impl Doubt {
    /// All doubts of two.
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            is_maybe: self.is_maybe || other.is_maybe,
            is_from_configuration: self.is_from_configuration || other.is_from_configuration,
            is_open: self.is_open || other.is_open,
            is_someone: self.is_someone || other.is_someone,
        }
    }

    /// Whether the access is of a list that is unknown as a whole.
    pub(crate) fn is_of_unknown_list(self) -> bool {
        self.is_from_configuration || self.is_open || self.is_someone
    }
}

/// An element named by the configuration.
const FROM_CONFIGURATION: Doubt = Doubt {
    is_maybe: false,
    is_from_configuration: true,
    is_open: false,
    is_someone: false,
};

/// One pass of a rule.
pub(crate) type Pass<'a> = (Bindings<'a>, Doubt);

impl<'a> Side<'a> {
    /// The passes of a rule over these lists.
    pub(crate) fn walk(&self, lists: &[EachPath]) -> Vec<Pass<'a>> {
        let mut passes = vec![(Bindings::default(), Doubt::default())];
        for list in lists {
            let count = list.path.segments().len();
            let mut parent: Option<&str> = None;
            for (index, (segment, prefix)) in list.path.steps().enumerate() {
                let is_optional = list.is_optional && index + 1 == count;
                passes = passes
                    .into_iter()
                    .flat_map(|pass| self.step(pass, parent, segment, prefix, is_optional))
                    .collect();
                parent = Some(prefix);
            }
        }
        passes
    }

    /// The passes that a list on the way makes of one.
    fn step(
        &self,
        (bindings, doubt): Pass<'a>,
        parent: Option<&str>,
        segment: &str,
        prefix: &str,
        is_optional: bool,
    ) -> Vec<Pass<'a>> {
        if bindings.elements.contains_key(prefix) {
            return vec![(bindings, doubt)];
        }
        let parent = parent.and_then(|parent| bindings.elements.get(parent));
        let list = parent.unwrap_or(&self.root).attribute(segment);
        let elements = self.elements(&list, prefix, is_optional).into_iter();
        let passes = elements.map(|(element, more)| {
            let mut bindings = bindings.clone();
            bindings.elements.insert(prefix.to_owned(), element);
            (bindings, doubt.with(more))
        });
        passes.collect()
    }

    /// The elements of a list. A single object or value counts as a list of one.
    fn elements(&self, list: &Node<'a>, path: &str, is_optional: bool) -> Vec<(Node<'a>, Doubt)> {
        let certain = |node| (node, Doubt::default());
        if list.is_unknown() && !list.is_left() && !list.is_sensitive() {
            return self.unknown_elements(list);
        }
        let none = || {
            let written = if list.is_left() {
                Written::Nothing
            } else {
                list.written
            };
            let unset = Node::known(Cow::Borrowed(&NULL), written, list.at.clone());
            is_optional
                .then_some(unset)
                .into_iter()
                .map(certain)
                .collect()
        };
        if list.is_sensitive() {
            let elements = self.sensitive_elements(list, path);
            if elements.is_empty() {
                return none();
            }
            return elements.into_iter().map(certain).collect();
        }
        let is_block = self.declaration.blocks.contains(path);
        if list.is_left() && is_block {
            // A `dynamic` block, which the configuration of a plan does not have.
            return self.unknown_elements(list);
        }
        if list.is_left() || is_empty(&list.value) && !has_mark(&list.unknown) {
            return none();
        }
        match &*list.value {
            Json::String(text) if self.declaration.split.contains(path) => split(text)
                .map(|part| Node::known(part, list.written, list.at.clone()))
                .map(certain)
                .collect(),
            Json::Array(_) => self.known_elements(list).into_iter().map(certain).collect(),
            _ => vec![certain(list.clone())],
        }
    }

    /// The elements of a list that is sensitive as a whole.
    fn sensitive_elements(&self, list: &Node<'a>, path: &str) -> Vec<Node<'a>> {
        match &*list.value {
            Json::Array(items) => {
                let items = items.iter().map(|item| Cow::Owned(item.clone()));
                items.map(|item| list.sensitive_part(item)).collect()
            }
            Json::String(text) if self.declaration.split.contains(path) => {
                split(text).map(|part| list.sensitive_part(part)).collect()
            }
            value if is_empty(value) && !list.is_unknown() => Vec::new(),
            _ => vec![list.clone()],
        }
    }

    /// The elements of a known list. Those that are unknown are named in order, if there are as many references.
    fn known_elements(&self, list: &Node<'a>) -> Vec<Node<'a>> {
        let mut elements = list.elements();
        let unknown = elements.iter().filter(|node| node.is_unknown()).count();
        if unknown > 0 && matches!(list.written, Written::References(_)) {
            let mut found = self.resolve(list.written);
            found.retain(|found| matches!(found, Found::Attribute(..)));
            if found.len() == unknown {
                let nodes = elements.iter_mut().filter(|node| node.is_unknown());
                for (node, found) in nodes.zip(found) {
                    node.targets = Some(vec![found]);
                }
            }
        }
        elements.retain(|node| !node.is_unset());
        elements
    }

    /// The elements of a list that is unknown as a whole: what the configuration has of them.
    fn unknown_elements(&self, list: &Node<'a>) -> Vec<(Node<'a>, Doubt)> {
        if let Written::Blocks(blocks) = list.written {
            let elements = blocks.iter().enumerate().map(|(index, block)| {
                let (value, unknown) = planned(block);
                let at = format!("{}[{index}]", list.at);
                let known = Node::known(Cow::Owned(value), Written::Block(block), at);
                let unknown = Cow::Owned(unknown);
                (Node { unknown, ..known }, FROM_CONFIGURATION)
            });
            return elements.collect();
        }
        let (instances, others): (Vec<_>, Vec<_>) = self
            .resolve(list.written)
            .into_iter()
            .partition(|found| matches!(found, Found::Attribute(..)));
        let mut elements = Vec::new();
        if !instances.is_empty() {
            let unknown = Node::unknown(list.written, list.at.clone());
            let targets = Some(instances);
            let doubt = Doubt {
                is_open: true,
                ..FROM_CONFIGURATION
            };
            elements.push((Node { targets, ..unknown }, doubt));
        }
        let mut is_partial = false;
        for found in others {
            let Found::Value(value) = found else {
                // What the plan does not have may be more elements.
                is_partial = true;
                continue;
            };
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let items = items
                .iter()
                .filter(|item| item.is_string() || item.is_object());
            elements.extend(items.map(|item| {
                let value = Cow::Owned(item.clone());
                let known = Node::known(value, Written::Something, list.at.clone());
                (known, FROM_CONFIGURATION)
            }));
        }
        if elements.is_empty() || is_partial && elements.iter().all(|(_, doubt)| !doubt.is_open) {
            let doubt = Doubt {
                is_someone: true,
                ..Doubt::default()
            };
            elements.push((Node::unknown(Written::Something, list.at.clone()), doubt));
        }
        elements
    }
}

/// The parts of a text that is a list separated by commas.
fn split<'a>(text: &str) -> impl Iterator<Item = Cow<'a, Json>> {
    let parts = text
        .split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    parts.map(|part| Cow::Owned(Json::String(part.to_owned())))
}

/// What a block of the configuration will be: the values that it has, and marks for those that expressions make.
fn planned(block: &Expressions) -> (Json, Json) {
    let (mut values, mut marks) = (Map::new(), Map::new());
    for (name, expression) in block {
        match expression {
            Expression::Constant(value) => {
                values.insert(name.clone(), value.clone());
            }
            Expression::References(_) => {
                marks.insert(name.clone(), Json::Bool(true));
            }
            Expression::Blocks(blocks) => {
                let (inner, unknown): (Vec<Json>, Vec<Json>) = blocks.iter().map(planned).unzip();
                values.insert(name.clone(), Json::Array(inner));
                marks.insert(name.clone(), Json::Array(unknown));
            }
            Expression::Block(_) => {}
        }
    }
    (Json::Object(values), Json::Object(marks))
}
