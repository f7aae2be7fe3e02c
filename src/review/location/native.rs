//! The blocks of a file in the native syntax, HCL.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::structure::{Block, Body};

use super::item::{Item, items};
use super::position::{SourceText, TextRange};
use super::source::{FoundBlock, Lines};

/// The blocks of a file. If it does not parse, the blocks that do, and the heads of the others.
pub(super) fn read<'a>(file: &'a str, text: &SourceText<'_>) -> Vec<FoundBlock<'a>> {
    match text.text.parse::<Body>() {
        Ok(body) => read_blocks(file, &body, text, 0).collect(),
        Err(_) => {
            let items = items(text.text).into_iter();
            items
                .flat_map(|item| read_item(file, text, &item))
                .collect()
        }
    }
}

/// The blocks of a body that begins at this offset.
fn read_blocks<'a>(
    file: &'a str,
    body: &Body,
    text: &SourceText<'_>,
    offset: usize,
) -> impl Iterator<Item = FoundBlock<'a>> {
    let blocks = body.blocks();
    blocks.filter_map(move |block| Some((start(block), Lines::of(file, block, text, offset)?)))
}

/// The blocks of a part of a file: if it does not parse, the head of the block and the attributes that do.
fn read_item<'a>(file: &'a str, text: &SourceText<'_>, item: &Item) -> Vec<FoundBlock<'a>> {
    let offset = item.range.start;
    let part = |range: Range<usize>| text.text.get(range).unwrap_or_default();
    if let Ok(body) = part(item.range.clone()).parse::<Body>() {
        return read_blocks(file, &body, text, offset).collect();
    }
    let Some(inside) = item.body.clone() else {
        return Vec::new();
    };
    let head = format!("{}}}\n", part(offset..inside.start));
    let Ok(head) = head.parse::<Body>() else {
        return Vec::new();
    };
    let attributes = items(part(inside.clone())).into_iter().flat_map(|item| {
        let offset = inside.start + item.range.start;
        let body = part(offset..inside.start + item.range.end).parse::<Body>();
        body.map(|body| text.attributes(&body, offset))
            .unwrap_or_default()
    });
    let attributes: BTreeMap<String, TextRange> = attributes.collect();
    let blocks = read_blocks(file, &head, text, offset);
    blocks
        .map(|(start, mut lines)| {
            lines.attributes = attributes.clone();
            (start, lines)
        })
        .collect()
}

/// What a block starts with.
fn start(block: &Block) -> Vec<String> {
    let labels = block.labels.iter().map(|label| label.as_str().to_owned());
    [block.ident.as_str().to_owned()]
        .into_iter()
        .chain(labels)
        .collect()
}

impl<'a> Lines<'a> {
    /// The lines of a block in a body that begins at this offset; `None` if the parser has no positions for it.
    fn of(file: &'a str, block: &Block, text: &SourceText<'_>, offset: usize) -> Option<Self> {
        let keyword = block.ident.span()?;
        let end = block
            .labels
            .last()
            .map_or(Some(keyword.end), |label| label.span().map(|span| span.end))?;
        Some(Self {
            file,
            head: text.region(offset + keyword.start..offset + end),
            attributes: text.attributes(&block.body, offset),
        })
    }
}

impl SourceText<'_> {
    /// The attributes of a body, whose positions count from this offset.
    fn attributes(&self, body: &Body, offset: usize) -> BTreeMap<String, TextRange> {
        let attributes = body.attributes().filter_map(|attribute| {
            let (key, value) = (attribute.key.span()?, attribute.value.span()?);
            let region = self.region(offset + key.start..offset + value.end);
            Some((attribute.key.as_str().to_owned(), region))
        });
        attributes.collect()
    }
}
