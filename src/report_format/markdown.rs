//! Fits the sections of a report into a comment.

/// The most bytes of a report.
///
/// GitHub takes 65,536 characters in a comment and GitLab more. Bytes are counted, because there are never fewer of them
/// than of characters, however a host counts those; the rest is for a line or two that a bot may add.
pub(crate) const LIMIT: usize = 64_000;

/// How many entries each section shows before any shows more, so that no section is a bare number.
const FIRST: usize = 3;

/// A heading and the entries below it.
#[derive(Debug, Default)]
pub(crate) struct MarkdownSection {
    /// The heading; Markdown.
    pub(crate) title: String,
    /// Whether it is folded.
    pub(crate) is_folded: bool,
    /// A paragraph above the entries; Markdown.
    pub(crate) lead: String,
    /// The text above the first entry.
    pub(crate) head: &'static str,
    /// The entries, the first ones first; each ends with a line feed.
    pub(crate) entries: Vec<String>,
    /// The text below the last entry.
    pub(crate) foot: &'static str,
}

impl MarkdownSection {
    /// With the first entries only, how many are missing, and where they are.
    fn render(&self, shown: usize, complete: &str) -> String {
        let mut parts = if self.is_folded {
            vec![format!("<details>\n<summary>{}</summary>", self.title)]
        } else {
            vec![format!("### {}", self.title)]
        };
        if !self.lead.is_empty() {
            parts.push(self.lead.clone());
        }
        if shown > 0 {
            let entries: String = self
                .entries
                .iter()
                .take(shown)
                .map(String::as_str)
                .collect();
            parts.push(
                format!("{}{entries}{}", self.head, self.foot)
                    .trim_end()
                    .to_owned(),
            );
        }
        let left = self.entries.len().saturating_sub(shown);
        if left > 0 {
            parts.push(omission(left, complete));
        }
        if self.is_folded {
            parts.push("</details>".to_owned());
        }
        parts.join("\n\n") + "\n"
    }

    /// Bytes without any entry, at most.
    fn frame(&self, complete: &str) -> usize {
        // One line feed above the section, and two above the entries.
        1 + self.render(0, complete).len() + 2 + self.head.len() + self.foot.len()
    }
}

/// The note in place of omitted entries.
fn omission(count: usize, complete: &str) -> String {
    let entries = if count == 1 {
        "entry is"
    } else {
        "entries are"
    };
    format!("**{count} more {entries} omitted** because of the comment size limit. {complete}")
}

/// The sections, in the order in which they are shown, in a text of at most [`LIMIT`] bytes that begins with `head`.
///
/// If there is not enough room, entries of the sections with the greatest rank are omitted first, and the last ones of each
/// section. Head and headings are never omitted. `complete` says where the omitted entries are.
#[must_use]
pub(crate) fn fit<R: Ord + Copy>(
    head: &str,
    sections: &[(R, MarkdownSection)],
    complete: &str,
) -> String {
    let frames: usize = sections
        .iter()
        .map(|(_, section)| section.frame(complete))
        .sum();
    let mut room = LIMIT.saturating_sub(head.len() + frames);
    let mut shown = vec![0; sections.len()];
    let mut order: Vec<_> = sections.iter().zip(&mut shown).collect();
    order.sort_by_key(|((rank, _), _)| *rank);
    for most in [FIRST, usize::MAX] {
        for ((_, section), shown) in &mut order {
            for entry in section.entries.iter().take(most).skip(**shown) {
                let Some(left) = room.checked_sub(entry.len()) else {
                    break;
                };
                room = left;
                **shown += 1;
            }
        }
    }
    let mut text = head.to_owned();
    for ((_, section), shown) in sections.iter().zip(shown) {
        text.push('\n');
        text.push_str(&section.render(shown, complete));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "The `json` format lists all entries.";

    fn section(rank: usize, title: &str, count: usize, length: usize) -> (usize, MarkdownSection) {
        let entries = vec![format!("{}\n", title.repeat(length)); count];
        let title = title.to_owned();
        (
            rank,
            MarkdownSection {
                title,
                entries,
                ..MarkdownSection::default()
            },
        )
    }

    fn lines(text: &str, of: &str) -> usize {
        text.lines().filter(|line| line.starts_with(of)).count()
    }

    #[test]
    fn sections_that_fit_are_complete_and_in_the_given_order() {
        let sections = [section(2, "b", 4, 9), section(1, "a", 1, 9)];
        let text = fit("head\n", &sections, ALL);
        let b = "bbbbbbbbb\n".repeat(4);
        assert_eq!(text, format!("head\n\n### b\n\n{b}\n### a\n\naaaaaaaaa\n"));
    }

    #[test]
    fn entries_are_omitted_from_the_least_important_section_first() {
        // 35,000 bytes each.
        let sections = [3, 1, 2].map(|rank| section(rank, ["a", "b", "c"][rank - 1], 350, 99));
        let text = fit("head\n", &sections, ALL);
        assert_eq!(lines(&text, "aaa"), 350);
        assert_eq!(lines(&text, "ccc"), FIRST);
        assert!(text.contains("**347 more entries are omitted**"), "{text}");
        let b = lines(&text, "bbb");
        assert!((270..290).contains(&b), "{b}");
        assert!(text.contains(&format!("**{} more", 350 - b)));
        // The room is used.
        assert!(
            (LIMIT - 500..=LIMIT).contains(&text.len()),
            "{}",
            text.len()
        );
    }

    #[test]
    fn a_folded_section_has_the_blank_lines_markdown_requires() {
        let (_, mut folded) = section(1, "a", 2, 3);
        folded.is_folded = true;
        folded.lead = "lead".to_owned();
        folded.head = "head\n";
        folded.foot = "foot\n";
        let text = folded.render(1, ALL);
        let start = "<details>\n<summary>a</summary>\n\nlead\n\nhead\naaa\nfoot\n\n**1 more entry is omitted";
        assert!(text.starts_with(start), "{text}");
        assert!(
            text.ends_with("lists all entries.\n\n</details>\n"),
            "{text}"
        );
    }
}
