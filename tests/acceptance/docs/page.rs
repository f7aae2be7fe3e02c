//! The pages that people read, and the code on them, as a Markdown parser finds it.

use std::fs;
use std::path::{Path, PathBuf};

use comrak::nodes::NodeValue;
use comrak::{Arena, Options, parse_document};

/// A block of code.
#[derive(Clone, Debug)]
pub(super) struct Block {
    /// Page and line, for messages.
    pub(super) at: String,
    /// The language after the fence; empty if there is none, or if the block is indented instead.
    pub(super) language: String,
    pub(super) text: String,
}

impl Block {
    /// Its first line without the comment after a command, by which tests refer to it.
    pub(super) fn first_line(&self) -> &str {
        let line = self.text.lines().next().unwrap_or_default();
        match line.split_once("  #") {
            Some((command, _)) if self.is_shell() => command.trim_end(),
            _ => line,
        }
    }

    pub(super) fn is_shell(&self) -> bool {
        ["sh", "shell", "bash", "console"].contains(&self.language.as_str())
    }

    /// The commands of a shell block, in order. A command ends with its line, unless the line ends with a backslash.
    pub(super) fn commands(&self) -> Vec<String> {
        let mut commands = Vec::new();
        let mut command = String::new();
        for line in self.text.lines() {
            command.push_str(line);
            if command.ends_with('\\') {
                command.push('\n');
                continue;
            }
            let whole = std::mem::take(&mut command);
            if !whole.trim().is_empty() && !whole.starts_with('#') {
                commands.push(whole);
            }
        }
        assert!(command.is_empty(), "{}: {command}", self.at);
        commands
    }
}

/// A page in Markdown.
#[derive(Clone, Debug)]
pub(super) struct Page {
    /// Its path in the repository.
    pub(super) path: String,
    pub(super) blocks: Vec<Block>,
    /// The code within its sentences.
    pub(super) spans: Vec<String>,
}

impl Page {
    /// The page at this path in the repository.
    pub(super) fn at(path: &str) -> Self {
        let text = fs::read_to_string(root().join(path)).unwrap();
        let arena = Arena::new();
        let mut options = Options::default();
        options.extension.table = true;
        options.extension.front_matter_delimiter = Some("---".to_owned());
        let mut page = Self {
            path: path.to_owned(),
            blocks: Vec::new(),
            spans: Vec::new(),
        };
        for node in parse_document(&arena, &text, &options).descendants() {
            let node = node.data.borrow();
            match &node.value {
                NodeValue::CodeBlock(block) => page.blocks.push(Block {
                    at: format!("{path}:{}", node.sourcepos.start.line),
                    language: block.info.clone(),
                    text: block.literal.clone(),
                }),
                NodeValue::Code(code) => page.spans.push(code.literal.clone()),
                _ => {}
            }
        }
        page
    }

    /// Every page of the repository.
    pub(super) fn all() -> Vec<Self> {
        let mut paths = Vec::new();
        collect(root(), false, &mut paths);
        for folder in ["docs", "examples"] {
            collect(&root().join(folder), true, &mut paths);
        }
        paths.sort();
        let pages = paths.iter().map(|path| path.strip_prefix(root()).unwrap());
        pages.map(|path| Self::at(path.to_str().unwrap())).collect()
    }

    /// The text of its blocks in this language.
    pub(super) fn texts(&self, language: &str) -> Vec<&str> {
        let blocks = self
            .blocks
            .iter()
            .filter(|block| block.language == language);
        blocks.map(|block| block.text.as_str()).collect()
    }
}

/// The repository.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The pages in a folder, and on request in the folders inside.
fn collect(folder: &Path, is_deep: bool, pages: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && is_deep {
            collect(&path, true, pages);
        } else if path.extension().is_some_and(|end| end == "md") {
            pages.push(path);
        }
    }
}
