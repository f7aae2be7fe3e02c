//! Which plans are reviewed, and how their states are called.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::super::error::Error;
use super::super::input::Input;
use crate::plan_json::StateName;
use crate::review::location;

/// A plan, with the name of its state: none if it is reviewed alone and was given no name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedPlan {
    pub(super) state: Option<StateName>,
    pub(super) input: Input,
}

/// The plan of a state, written `NAME=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StatePlan {
    state: StateName,
    input: Input,
}

impl FromStr for StatePlan {
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

/// Endings of the names of plans in JSON, and of saved plans.
const JSON: [&str; 2] = [".json", ".json.gz"];
const SAVED: [&str; 4] = [".tfplan", ".tofuplan", ".plan", ".out"];

/// The name of a saved plan that has no ending.
const PLAIN: &str = "tfplan";

/// All plans, by the names of their states.
///
/// # Errors
/// If a directory cannot be read or has no plan, if two states have the same name, or standard input is to be read twice.
pub(super) fn collect(
    files: &[Input],
    folder: Option<&Path>,
    states: &[StatePlan],
) -> Result<Vec<NamedPlan>, Error> {
    if let ([input], None, []) = (files, folder, states) {
        let input = input.clone();
        return Ok(vec![NamedPlan { state: None, input }]);
    }
    let paths: Vec<String> = files.iter().map(path_text).collect();
    // What all paths have in common says nothing.
    let names = names(&paths, shared_parts(&paths));
    let mut plans: Vec<(StateName, Input)> = names.into_iter().zip(files.iter().cloned()).collect();
    if let Some(folder) = folder {
        plans.extend(plans_in(folder)?);
    }
    let states = states.iter();
    plans.extend(states.map(|plan| (plan.state.clone(), plan.input.clone())));
    let mut named: BTreeMap<StateName, Input> = BTreeMap::new();
    for (state, input) in plans {
        if let Some(other) = named.get(&state) {
            return Err(Error::SameState {
                state: state.to_string(),
                inputs: [other.to_string(), input.to_string()],
            });
        }
        named.insert(state, input);
    }
    let piped = named
        .values()
        .filter(|input| **input == Input::StandardInput);
    if piped.count() > 1 {
        return Err(Error::StandardInputTwice);
    }
    let plans = named.into_iter().map(|(state, input)| NamedPlan {
        state: Some(state),
        input,
    });
    Ok(plans.collect())
}

/// The path of an input, with `/` between its parts.
fn path_text(input: &Input) -> String {
    match input {
        Input::StandardInput => "stdin".to_owned(),
        Input::File(path) => path.replace('\\', "/"),
    }
}

/// The plans in a directory and the directories in it.
fn plans_in(folder: &Path) -> Result<Vec<(StateName, Input)>, Error> {
    let cannot = |source| Error::ReadPlans {
        folder: folder.to_owned(),
        source,
    };
    let mut found = Vec::new();
    find(folder, folder, &mut found).map_err(cannot)?;
    if found.is_empty() {
        return Err(Error::NoPlans {
            folder: folder.to_owned(),
        });
    }
    found.sort();
    // From the directory, so that a name does not depend on the other plans.
    let names = names(&found, 0);
    let inputs = found.iter().map(|path| {
        let path: PathBuf = folder.join(path);
        Input::File(path.display().to_string())
    });
    Ok(names.into_iter().zip(inputs).collect())
}

/// The paths of the plans below a directory, from the root: plans in JSON, or the saved plans if a directory has no others. What is
/// hidden is left out, as the working directories of Terraform and Terragrunt are.
fn find(root: &Path, folder: &Path, found: &mut Vec<String>) -> io::Result<()> {
    let (mut json, mut saved) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if name.starts_with('.') {
            continue;
        }
        // Links are followed to files alone: to directories, they could lead in circles.
        if entry.file_type()?.is_dir() {
            find(root, &path, found)?;
            continue;
        }
        let is = |endings: &[&str]| endings.iter().any(|ending| name.ends_with(ending));
        if is_input(&name) {
            continue;
        }
        let relative = path.strip_prefix(root).unwrap_or(&path);
        let relative = relative.to_string_lossy().replace('\\', "/");
        if is(&JSON) {
            json.push(relative);
        } else if is(&SAVED) || name == PLAIN {
            saved.push(relative);
        }
    }
    found.extend(if json.is_empty() { saved } else { json });
    Ok(())
}

/// Whether a file in JSON is what a client reads for a plan, and no plan itself.
fn is_input(name: &str) -> bool {
    let others = [".tfvars.json", ".tftest.json", ".tofutest.json"];
    location::is_configuration(name) || others.iter().any(|ending| name.ends_with(ending))
}

/// The names of the states of these plans: the directories of the plans, as far as they differ; with the names of the files, where
/// a directory has several plans.
fn names(paths: &[String], shared: usize) -> Vec<StateName> {
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

/// The name of a plan without its ending.
fn stem(name: &str) -> &str {
    let endings = JSON.iter().rev().chain(&SAVED);
    let mut stems = endings.filter_map(|ending| name.strip_suffix(ending));
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
        ] {
            assert_eq!(named(paths), expected, "{paths:?}");
        }
    }

    #[test]
    fn the_plans_of_a_directory_are_found_and_named() {
        let folder = tempfile::tempdir().unwrap();
        for path in [
            "network/plan.json",
            "network/plan.out",
            "secrets/tfplan",
            "secrets/main.tf",
            "secrets/main.tf.json",
            "secrets/main.tofu.json",
            "secrets/terraform.tfvars.json",
            "secrets/a.tftest.json",
            ".terraform/modules/modules.json",
        ] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let plans = collect(&[], Some(folder.path()), &[]).unwrap();
        let plans = plans.into_iter().map(|plan| {
            let name = plan.state.unwrap().to_string();
            (name, plan.input.to_string().replace('\\', "/"))
        });
        let [network, secrets] = <[_; 2]>::try_from(plans.collect::<Vec<_>>()).unwrap();
        assert_eq!(network.0, "network");
        assert!(network.1.ends_with("network/plan.json`"), "{}", network.1);
        assert_eq!(secrets.0, "secrets");
        assert!(secrets.1.ends_with("secrets/tfplan`"), "{}", secrets.1);
    }

    #[test]
    fn a_directory_without_plans_and_states_of_one_name_are_errors() {
        let folder = tempfile::tempdir().unwrap();
        let empty = collect(&[], Some(folder.path()), &[]);
        assert!(matches!(empty, Err(Error::NoPlans { .. })));
        let plan = |text: &str| text.parse::<StatePlan>().unwrap();
        let twice = [plan("a=x.json"), plan("a=y.json")];
        let twice = collect(&[], None, &twice);
        assert!(matches!(twice, Err(Error::SameState { .. })));
        let piped = [plan("a=-"), plan("b=-")];
        let piped = collect(&[], None, &piped);
        assert!(matches!(piped, Err(Error::StandardInputTwice)));
        for wrong in ["a", "a=", "=x", "a:b=x", "a b=x"] {
            assert!(wrong.parse::<StatePlan>().is_err(), "{wrong}");
        }
    }
}
