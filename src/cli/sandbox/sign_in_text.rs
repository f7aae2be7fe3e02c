//! The ways to sign in to the seed `demo` as text: shell commands or arguments of a provider block; and its other entries.

use std::fmt::Write as _;

use crate::sandbox::seed::catalog;
use crate::sandbox::sign_in::{METHODS, Setting, SignInMethod};
use crate::text::Shell;

/// The arguments of a method in a provider block. None of the values needs quoting in HCL.
pub(super) fn arguments(method: &SignInMethod) -> String {
    let mut text = String::new();
    let lines = |text: &mut String, indent: &str, settings: &[Setting]| {
        let widths = settings.iter().map(|(_, argument, _)| argument.len());
        let width = widths.max().unwrap_or_default();
        for (_, argument, value) in settings {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{indent}{argument:<width$} = \"{value}\"");
        }
    };
    lines(&mut text, "  ", method.settings);
    if let Some((name, settings)) = method.block {
        let _ = writeln!(text, "  {name} {{");
        lines(&mut text, "    ", settings);
        text.push_str("  }\n");
    }
    text
}

/// The methods other than `used`, as comments with commands for a shell.
pub(super) fn other_commands(used: &SignInMethod, shell: Shell) -> String {
    let unset = shell.unset(used.variables().map(|(variable, _)| variable));
    let mut text = String::new();
    for method in METHODS.iter().filter(|method| *method != used) {
        let set = shell.export(method.variables());
        let _ = writeln!(text, "# With {}:", method.title);
        let _ = writeln!(text, "#   {unset}; {set}");
    }
    text
}

/// The methods other than `used`, as comments with arguments of a provider block.
pub(super) fn other_arguments(used: &SignInMethod) -> String {
    let instead = used.settings.iter().map(|(_, argument, _)| *argument);
    let instead = instead.collect::<Vec<_>>().join(" and ");
    let mut text = String::new();
    for method in METHODS.iter().filter(|method| *method != used) {
        let _ = writeln!(text, "# With {} instead of {instead}:", method.title);
        text.push_str(&comments(&arguments(method)));
    }
    text
}

/// The credentials and IDs of the seed `demo`.
pub(super) fn seed_entries() -> String {
    format!("Credentials and IDs in the seed data:\n{}", catalog::text())
}

/// Each line as a comment.
pub(super) fn comments(text: &str) -> String {
    text.lines().map(|line| format!("# {line}\n")).collect()
}
