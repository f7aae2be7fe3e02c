//! Files of several states, and how their states are called.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::error::Error;
use super::input::Input;
use crate::plan_json::StateName;

/// A file, with the name of its state: none if it is passed alone and was given no name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedInput {
    pub(super) state: Option<StateName>,
    pub(super) input: Input,
}

/// The file of a state, written `NAME=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StateInput {
    state: StateName,
    input: Input,
}

impl FromStr for StateInput {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((name, file)) = text.split_once('=') else {
            return Err("expected NAME=FILE".to_owned());
        };
        if file.is_empty() {
            return Err("expected a file name after `=` in NAME=FILE".to_owned());
        }
        Ok(Self {
            state: name
                .parse()
                .map_err(|error| format!("invalid state name: {error}"))?,
            input: file.to_owned().into(),
        })
    }
}

/// Endings of the names of files that do not tell states apart. The longer ones are first.
const ENDINGS: [&str; 8] = [
    ".tfstate.json",
    ".json.gz",
    ".json",
    ".tfstate",
    ".tfplan",
    ".tofuplan",
    ".plan",
    ".out",
];

/// All files by the names of their states: these files, whose paths name them, those found elsewhere, and the files of `--state`.
///
/// # Errors
/// If two states have the same name, or standard input is to be read twice.
pub(super) fn by_state(
    files: &[Input],
    found: Vec<(StateName, Input)>,
    states: &[StateInput],
) -> Result<Vec<NamedInput>, Error> {
    if files.len() == 1 && found.is_empty() && states.is_empty() {
        let unnamed = files.iter().cloned();
        let unnamed = unnamed.map(|input| NamedInput { state: None, input });
        return Ok(unnamed.collect());
    }
    let paths: Vec<String> = files.iter().map(path_text).collect();
    // What all paths have in common says nothing.
    let names = names(&paths, shared_parts(&paths));
    let mut inputs: Vec<(StateName, Input)> =
        names.into_iter().zip(files.iter().cloned()).collect();
    inputs.extend(found);
    let states = states.iter();
    inputs.extend(states.map(|file| (file.state.clone(), file.input.clone())));
    let piped = inputs
        .iter()
        .filter(|(_, input)| *input == Input::StandardInput);
    // Two of them have one name, too, but no other name would help.
    if piped.count() > 1 {
        return Err(Error::StandardInputTwice);
    }
    let mut named: BTreeMap<StateName, Input> = BTreeMap::new();
    for (state, input) in inputs {
        if let Some(other) = named.get(&state) {
            return Err(Error::SameState {
                state: state.to_string(),
                inputs: [other.to_string(), input.to_string()],
            });
        }
        named.insert(state, input);
    }
    let inputs = named.into_iter().map(|(state, input)| NamedInput {
        state: Some(state),
        input,
    });
    Ok(inputs.collect())
}

/// The path of an input, with `/` between its parts.
fn path_text(input: &Input) -> String {
    match input {
        Input::StandardInput => "stdin".to_owned(),
        Input::File(path) => path.replace('\\', "/"),
    }
}

/// The names of the states of these files: the directories of the files, as far as they differ; with the names of the files, where
/// a directory has several.
pub(super) fn names(paths: &[String], shared: usize) -> Vec<StateName> {
    let parts: Vec<(Vec<&str>, &str)> = paths.iter().map(|path| split(path)).collect();
    let names = parts.iter().map(|(folder, file)| {
        let is_alone = parts.iter().filter(|(other, _)| other == folder).count() == 1;
        let mut name: Vec<&str> = folder.iter().skip(shared).copied().collect();
        if !is_alone || name.is_empty() {
            name.push(stem(file));
        }
        StateName::of_path(&name.join("/"))
    });
    names.collect()
}

/// How many directories at the start of these paths are the same.
fn shared_parts(paths: &[String]) -> usize {
    let mut folders = paths.iter().map(|path| split(path).0);
    let Some(first) = folders.next() else {
        return 0;
    };
    folders.fold(first.len(), |shared, folder| {
        let same = first.iter().zip(&folder).take_while(|(a, b)| a == b);
        shared.min(same.count())
    })
}

/// The directories of a path, without those that say nothing, and the name of the file.
fn split(path: &str) -> (Vec<&str>, &str) {
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "."));
    let mut parts: Vec<&str> = parts.collect();
    let file = parts.pop().unwrap_or_default();
    (parts, file)
}

/// The name of a file without its ending.
fn stem(name: &str) -> &str {
    let mut stems = ENDINGS
        .iter()
        .filter_map(|ending| name.strip_suffix(ending));
    stems.next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(paths: &[&str]) -> Vec<String> {
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let names = names(&paths, shared_parts(&paths));
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn states_are_called_by_what_differs_in_their_paths() {
        for (paths, expected) in [
            (&["a.json", "b.json"][..], &["a", "b"][..]),
            (&["./plans/a.json", "plans/b.json.gz"], &["a", "b"]),
            (
                &["live/network/plan.json", "live/secrets/plan.json"],
                &["network", "secrets"],
            ),
            (
                &["live/eu/network/tfplan", "live/us/network/tfplan"],
                &["eu/network", "us/network"],
            ),
            (
                &[
                    "live/network/a.json",
                    "live/network/b.json",
                    "live/dns/plan.json",
                ],
                &["network/a", "network/b", "dns"],
            ),
            (&["live/plan.json", "live/dns/plan.json"], &["plan", "dns"]),
            (&["only/plan.json"], &["plan"]),
            (&["a.tfstate", "b.tfstate.json"], &["a", "b"]),
        ] {
            assert_eq!(named(paths), expected, "{paths:?}");
        }
    }

    #[test]
    fn states_of_one_name_and_two_pipes_are_errors() {
        let file = |text: &str| text.parse::<StateInput>().unwrap();
        let twice = by_state(&[], Vec::new(), &[file("a=x.json"), file("a=y.json")]);
        assert!(matches!(twice, Err(Error::SameState { .. })));
        let piped = by_state(&[], Vec::new(), &[file("a=-"), file("b=-")]);
        assert!(matches!(piped, Err(Error::StandardInputTwice)));
        let piped = by_state(
            &["-", "-"].map(|dash| dash.to_owned().into()),
            Vec::new(),
            &[],
        );
        assert!(matches!(piped, Err(Error::StandardInputTwice)));
        for wrong in ["a", "a=", "=x", "a:b=x", "a b=x"] {
            assert!(wrong.parse::<StateInput>().is_err(), "{wrong}");
        }
    }
}
