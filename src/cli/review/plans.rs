//! Which plans are reviewed.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::super::error::Error;
use super::super::input::Input;
use super::super::state_input::{NamedInput, StateInput, by_state, names};
use crate::plan_json::StateName;
use crate::review::location;

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
    states: &[StateInput],
) -> Result<Vec<NamedInput>, Error> {
    let found = folder.map(plans_in).transpose()?;
    by_state(files, found.unwrap_or_default(), states)
}

/// The plans in a directory and the directories in it.
fn plans_in(folder: &Path) -> Result<Vec<(StateName, Input)>, Error> {
    let cannot = |source| Error::ReadPlans {
        folder: folder.to_owned(),
        source,
    };
    let mut found = Vec::new();
    find(folder, folder, &[], &mut found).map_err(cannot)?;
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
fn find(root: &Path, folder: &Path, around: &[PathBuf], found: &mut Vec<String>) -> io::Result<()> {
    let own = folder.canonicalize()?;
    if around.contains(&own) {
        // A link to a directory around it leads in circles.
        return Ok(());
    }
    let around: Vec<PathBuf> = around.iter().cloned().chain([own]).collect();
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
        // Through links, because a plan that is left out would not be reviewed. One that leads nowhere has no plan.
        if path.is_dir() {
            find(root, &path, &around, found)?;
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

#[cfg(test)]
mod tests {
    use super::*;

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

    #[cfg(unix)]
    #[test]
    fn directories_behind_links_are_read_once_in_a_circle() {
        use std::os::unix::fs::symlink;
        let folder = tempfile::tempdir().unwrap();
        let (plans, elsewhere) = (folder.path().join("plans"), folder.path().join("b"));
        for state in [plans.join("a"), elsewhere.clone()] {
            fs::create_dir_all(&state).unwrap();
            fs::write(state.join("plan.json"), "").unwrap();
        }
        symlink(&elsewhere, plans.join("b")).unwrap();
        symlink(&plans, plans.join("circle")).unwrap();
        symlink("nowhere", plans.join("broken")).unwrap();
        let found = collect(&[], Some(&plans), &[]).unwrap();
        let names: Vec<String> = found
            .into_iter()
            .map(|plan| plan.state.unwrap().to_string())
            .collect();
        assert_eq!(names, ["a", "b"]);
    }

    #[test]
    fn a_directory_without_plans_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let empty = collect(&[], Some(folder.path()), &[]);
        assert!(matches!(empty, Err(Error::NoPlans { .. })));
    }
}
