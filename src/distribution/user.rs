//! Where a user's settings and implied mirrors are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Terraform's mirror in a folder with data of programs.
const DATA_FOLDER: &str = if cfg!(windows) {
    "HashiCorp/Terraform/plugins"
} else if cfg!(target_os = "macos") {
    "io.terraform/plugins"
} else {
    "terraform/plugins"
};

/// What Terraform reads of a user: folders and environment variables.
#[derive(Clone, Debug)]
pub struct User {
    /// `$HOME`; on Windows `%APPDATA%`.
    base: Option<PathBuf>,
    is_windows: bool,
    /// Folders with data of programs, such as `~/.local/share`.
    data_folders: Vec<PathBuf>,
    working_folder: PathBuf,
    variables: BTreeMap<String, String>,
}

impl User {
    /// The user that runs this program.
    pub fn current() -> Self {
        let is_windows = cfg!(windows);
        let base = match is_windows {
            true => dirs::config_dir(),
            false => dirs::home_dir(),
        };
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            is_windows,
            data_folders: data_folders(&variables),
            variables,
            // A folder that was removed contains nothing.
            ..Self::new(base, std::env::current_dir().unwrap_or_default())
        }
    }

    /// A user with this home folder and no settings.
    pub fn new(base: Option<PathBuf>, working_folder: PathBuf) -> Self {
        Self {
            base,
            is_windows: false,
            data_folders: Vec::new(),
            working_folder,
            variables: BTreeMap::new(),
        }
    }

    /// The same with an environment variable.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// An environment variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// The folder in which Terraform runs.
    pub fn working_folder(&self) -> &Path {
        &self.working_folder
    }

    /// The mirror that Terraform and OpenTofu read on every platform without any configuration.
    pub fn implied_mirror(&self) -> Option<PathBuf> {
        Some(self.settings_folder()?.join("plugins"))
    }

    /// OpenTofu's own settings, if the implied mirror has the effect that OpenTofu does not read them any more: it looks
    /// there only as long as `~/.terraform.d` does not exist.
    pub fn settings_hidden_by_mirror(&self) -> Option<PathBuf> {
        let own = Path::new(self.variable("XDG_CONFIG_HOME")?).join("opentofu");
        let is_new = !self.settings_folder()?.exists();
        (is_new && own.is_dir()).then_some(own)
    }

    /// A path as typed: `~/` is the home folder, which shells do not replace within `--option=~/path`.
    pub fn expand_home(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), &self.base) {
            (Ok(rest), Some(base)) if !self.is_windows => base.join(rest),
            _ => path.to_owned(),
        }
    }

    /// All mirrors that are read without any configuration, in this order.
    pub fn implied_mirrors(&self) -> Vec<PathBuf> {
        let working = self.working_folder.join("terraform.d/plugins");
        let data = self.data_folders.iter();
        std::iter::once(working)
            .chain(self.implied_mirror())
            .chain(data.map(|folder| folder.join(DATA_FOLDER)))
            .collect()
    }

    /// The CLI configurations in effect: those that exist of the files that Terraform and OpenTofu read.
    pub fn cli_configurations(&self) -> Vec<PathBuf> {
        let named = ["TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"];
        if let Some(file) = named.iter().find_map(|name| self.variable(name)) {
            let file = self.working_folder.join(file);
            return file.is_file().then_some(file).into_iter().collect();
        }
        let names = match self.is_windows {
            true => ["terraform.rc", "tofu.rc"],
            false => [".terraformrc", ".tofurc"],
        };
        let base = self.base.iter();
        let mut files: Vec<PathBuf> = base
            .flat_map(|base| names.map(|name| base.join(name)))
            .collect();
        if let Some(xdg) = self.variable("XDG_CONFIG_HOME") {
            files.push(Path::new(xdg).join("opentofu/tofurc"));
        }
        if let Some(folder) = self.settings_folder()
            && let Ok(entries) = folder.read_dir()
        {
            let paths = entries.flatten().map(|entry| entry.path());
            let mut more: Vec<PathBuf> = paths.filter(|path| is_configuration(path)).collect();
            more.sort();
            files.extend(more);
        }
        files.retain(|file| file.is_file());
        files
    }

    /// The CLI configuration that Terraform reads unless told otherwise, as documentation names it.
    pub fn usual_cli_configuration(&self) -> &'static str {
        match self.is_windows {
            true => r"%APPDATA%\terraform.rc",
            false => "~/.terraformrc",
        }
    }

    /// `text` with `$NAME` and `${NAME}` replaced, as Terraform does in the path of a plugin cache.
    pub fn expand(&self, text: &str) -> String {
        let mut expanded = String::new();
        let mut parts = text.split('$');
        expanded.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            let (name, rest) = match part.strip_prefix('{').and_then(|part| part.split_once('}')) {
                Some(parts) => parts,
                None => part.split_at(part.find(|letter| !is_name(letter)).unwrap_or(part.len())),
            };
            expanded.push_str(self.variable(name).unwrap_or_default());
            expanded.push_str(rest);
        }
        expanded
    }

    fn settings_folder(&self) -> Option<PathBuf> {
        let name = match self.is_windows {
            true => "terraform.d",
            false => ".terraform.d",
        };
        Some(self.base.as_ref()?.join(name))
    }
}

fn is_configuration(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.ends_with(".tfrc") || name.ends_with(".tfrc.json"))
}

/// The user's own, then those of all users.
fn data_folders(variables: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let shared = variables.get("XDG_DATA_DIRS").map(String::as_str);
    let shared =
        shared
            .filter(|folders| !folders.is_empty())
            .unwrap_or(match cfg!(target_os = "linux") {
                true => "/usr/local/share:/usr/share",
                false => "",
            });
    let shared = std::env::split_paths(shared).filter(|folder| folder.is_absolute());
    dirs::data_dir().into_iter().chain(shared).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_implied_mirror_is_below_home_and_on_windows_below_appdata() {
        let mut user = User::new(Some(PathBuf::from("/home/ada")), PathBuf::from("/work"));
        assert_eq!(
            user.implied_mirror(),
            Some(PathBuf::from("/home/ada/.terraform.d/plugins"))
        );
        assert_eq!(user.usual_cli_configuration(), "~/.terraformrc");
        user.is_windows = true;
        assert_eq!(user.usual_cli_configuration(), r"%APPDATA%\terraform.rc");
        assert_eq!(
            user.implied_mirror(),
            Some(PathBuf::from("/home/ada/terraform.d/plugins"))
        );
        let homeless = User::new(None, PathBuf::from("/work"));
        assert_eq!(homeless.implied_mirror(), None);
        assert_eq!(
            homeless.implied_mirrors(),
            [PathBuf::from("/work/terraform.d/plugins")]
        );
    }

    #[test]
    fn the_cli_configurations_of_both_products_are_found() {
        let home = tempfile::tempdir().unwrap();
        let write = |name: &str| {
            let path = home.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "").unwrap();
            path
        };
        let user = User::new(Some(home.path().to_owned()), PathBuf::from("/work"));
        assert!(user.cli_configurations().is_empty());
        let expected = [".terraformrc", ".tofurc", ".terraform.d/more.tfrc"].map(write);
        write(".terraform.d/credentials.json");
        assert_eq!(user.cli_configurations(), expected);

        let windows = User {
            is_windows: true,
            ..user.clone()
        };
        assert!(windows.cli_configurations().is_empty());
        let expected = ["terraform.rc", "tofu.rc"].map(write);
        assert_eq!(windows.cli_configurations(), expected);

        let own = write("own.rc");
        let named = user
            .clone()
            .with_variable("TF_CLI_CONFIG_FILE", own.to_str().unwrap());
        assert_eq!(named.cli_configurations(), std::slice::from_ref(&own));
        let older = user
            .clone()
            .with_variable("TERRAFORM_CONFIG", own.to_str().unwrap());
        assert_eq!(older.cli_configurations(), named.cli_configurations());
        // Terraform warns, and goes on without.
        let missing = user.with_variable("TF_CLI_CONFIG_FILE", "missing.rc");
        assert!(missing.cli_configurations().is_empty());
    }

    #[test]
    fn the_home_folder_may_be_written_as_a_tilde() {
        let user = User::new(Some(PathBuf::from("/home/ada")), PathBuf::from("/work"));
        for (typed, expected) in [("~/m", "/home/ada/m"), ("a/~", "a/~"), ("~bob/m", "~bob/m")] {
            assert_eq!(user.expand_home(Path::new(typed)), Path::new(expected));
        }
    }

    #[test]
    fn settings_of_opentofu_are_hidden_by_a_new_settings_folder_only() {
        let home = tempfile::tempdir().unwrap();
        let xdg = home.path().join(".config");
        std::fs::create_dir_all(xdg.join("opentofu")).unwrap();
        let user = User::new(Some(home.path().to_owned()), PathBuf::from("/work"));
        assert_eq!(user.settings_hidden_by_mirror(), None);
        let user = user.with_variable("XDG_CONFIG_HOME", xdg.to_str().unwrap());
        assert_eq!(user.settings_hidden_by_mirror(), Some(xdg.join("opentofu")));
        std::fs::create_dir(home.path().join(".terraform.d")).unwrap();
        assert_eq!(user.settings_hidden_by_mirror(), None);
    }

    #[test]
    fn variables_in_paths_are_expanded() {
        let user = User::new(None, PathBuf::from("/work")).with_variable("HOME", "/home/ada");
        for (text, expected) in [
            ("$HOME/cache", "/home/ada/cache"),
            ("${HOME}/cache", "/home/ada/cache"),
            ("/cache", "/cache"),
            ("$UNSET/cache", "/cache"),
            ("${HOME", ""),
        ] {
            let expanded = user.expand(text);
            if !expected.is_empty() {
                assert_eq!(expanded, expected);
            }
        }
    }
}
