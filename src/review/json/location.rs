//! Source locations, as JSON.

use std::collections::BTreeMap;

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::review::location::{SourceLocation, SourceLocations};

/// Where a block is in the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LocationJson<'a> {
    /// The file, relative to the source root (`--source-root`), with `/` between its parts.
    pub file: &'a str,
    /// The line of the block, counted from 1.
    pub line: u32,
}

/// The locations of the blocks, by address.
pub(super) fn blocks(locations: &SourceLocations) -> BTreeMap<&str, LocationJson<'_>> {
    let blocks = locations.blocks().filter_map(|(address, location)| {
        let file = location.file.as_str();
        let line = line(location)?;
        Some((address, LocationJson { file, line }))
    });
    blocks.collect()
}

/// The first line of a location; `None` for a file as a whole.
pub(super) fn line(location: &SourceLocation) -> Option<u32> {
    location.region.map(|region| region.start.line)
}
