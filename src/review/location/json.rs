//! The blocks of a file in JSON syntax.
//!
//! Each label of a block is a key. Wherever an object is expected, an array of objects stands for all of them.
//!
//! Source: Terraform, "JSON Configuration Syntax"; HCL JSON Syntax Specification, "Body Content" and "Blocks".

use std::collections::BTreeMap;
use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::position::{SourceText, TextRange};
use super::source::{FoundBlock, Lines};

/// The blocks that an address can name, with the number of their labels.
const BLOCKS: [(&str, usize); 3] = [("resource", 2), ("data", 2), ("module", 1)];

/// The blocks of a file; none if it does not parse. The head of a block is its last label.
pub(super) fn read<'a>(file: &'a str, text: &SourceText<'_>) -> Vec<FoundBlock<'a>> {
    // More than JSON is accepted: a file that the client has read is in order, and another one is not worse for its blocks.
    let parsed = parse_to_ast(
        text.text,
        &CollectOptions::default(),
        &ParseOptions::default(),
    );
    let Some(root) = parsed.ok().and_then(|parsed| parsed.value) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for keyword in properties(&root) {
        let name = keyword.name.as_str();
        if let Some((_, labels)) = BLOCKS.iter().find(|(block, _)| *block == name) {
            let start = vec![name.to_owned()];
            read_labels(file, text, start, *labels, keyword, &mut found);
        }
    }
    found
}

/// The blocks that start like this, with this many labels more.
fn read_labels<'a>(
    file: &'a str,
    text: &SourceText<'_>,
    start: Vec<String>,
    labels: usize,
    property: &ObjectProp<'_>,
    found: &mut Vec<FoundBlock<'a>>,
) {
    let Some(labels) = labels.checked_sub(1) else {
        for body in objects(&property.value) {
            let lines = Lines {
                file,
                head: text.region(bytes(&property.name)),
                attributes: attributes(text, body),
            };
            found.push((start.clone(), lines));
        }
        return;
    };
    for label in properties(&property.value) {
        let mut start = start.clone();
        start.push(label.name.as_str().to_owned());
        read_labels(file, text, start, labels, label, found);
    }
}

/// The attributes of a body, with nested blocks, which look the same.
fn attributes(text: &SourceText<'_>, body: &Object<'_>) -> BTreeMap<String, TextRange> {
    let attributes = body.properties.iter().map(|property| {
        let name = property.name.as_str().to_owned();
        (name, text.region(bytes(property)))
    });
    attributes.collect()
}

/// The objects that a value stands for.
fn objects<'a, 'b>(value: &'b Value<'a>) -> impl Iterator<Item = &'b Object<'a>> {
    let elements = match value {
        Value::Array(array) => array.elements.as_slice(),
        value => std::slice::from_ref(value),
    };
    elements.iter().filter_map(Value::as_object)
}

/// The properties of the objects that a value stands for.
fn properties<'a, 'b>(value: &'b Value<'a>) -> impl Iterator<Item = &'b ObjectProp<'a>> {
    objects(value).flat_map(|object| &object.properties)
}

/// Where something is in the text.
fn bytes(ranged: &impl Ranged) -> Range<usize> {
    ranged.start()..ranged.end()
}
