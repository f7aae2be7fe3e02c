//! What a saved plan says about the program that created it, which is the only one that can read it.
//!
//! Source: Terraform, `internal/plans/planfile` and `planproto/planfile.proto`; OpenTofu uses the same names.

use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::Path;

use prost::Message;
use zip::ZipArchive;
use zip::result::ZipError;

use super::Product;

/// The plan itself in a saved plan, which is a zip archive.
const PLAN: &str = "tfplan";

/// The provider versions: in a saved plan, and in the configuration folder.
const LOCK_FILE: &str = ".terraform.lock.hcl";

/// The most bytes of a lock file and of a plan that are read here.
const MAX_LOCK_BYTES: u64 = 1 << 20;
const MAX_PLAN_BYTES: u64 = 256 << 20;

/// A saved plan, as far as it is known which program created it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SavedPlan {
    /// Which program; `None` if the saved plan contains no lock file that names it.
    pub product: Option<Product>,
    /// Its version, such as `1.15.5`.
    pub version: Option<String>,
    /// Whether only OpenTofu, with the key, can read anything of it.
    pub is_encrypted: bool,
}

/// The part of a plan that names the version.
#[derive(Clone, PartialEq, Message)]
struct PlanHeader {
    #[prost(string, tag = "14")]
    terraform_version: String,
}

impl SavedPlan {
    /// A plan that OpenTofu has encrypted.
    pub fn encrypted() -> Self {
        Self {
            product: Some(Product::OpenTofu),
            version: None,
            is_encrypted: true,
        }
    }

    /// Reads which program created the saved plan, whose configuration is in `folder`; `None` if the archive is no saved plan.
    /// A file that is no archive either has an unknown program, which will say what is wrong with it.
    pub fn inspect(path: &Path, folder: &Path) -> Option<Self> {
        let Some(mut archive) = open(path) else {
            return Some(Self::default());
        };
        if matches!(archive.by_name(PLAN), Err(ZipError::FileNotFound)) {
            return None;
        }
        let lock = member(&mut archive, LOCK_FILE, MAX_LOCK_BYTES);
        let lock = lock.and_then(|bytes| lock_product(&bytes));
        let lock = lock.or_else(|| lock_product(&fs::read(folder.join(LOCK_FILE)).ok()?));
        Some(Self {
            product: lock,
            ..Self::default()
        })
    }

    /// Adds the version, for an error: it is in the largest part of the archive.
    pub fn read_version(&mut self, path: &Path) {
        let plan = open(path).and_then(|mut archive| member(&mut archive, PLAN, MAX_PLAN_BYTES));
        let header = plan.and_then(|bytes| PlanHeader::decode(bytes.as_slice()).ok());
        let version = header.map(|header| header.terraform_version);
        self.version = version.filter(|version| is_version(version));
    }

    /// The program that created it, in words.
    pub fn creator(&self) -> String {
        match (self.product, &self.version) {
            (Some(product), Some(version)) => {
                format!("{product} {version}, which created the plan")
            }
            (Some(product), None) => format!("the {product} version that created the plan"),
            (None, Some(version)) => {
                format!("Terraform or OpenTofu {version}, whichever created the plan")
            }
            (None, None) => "the Terraform or OpenTofu version that created the plan".to_owned(),
        }
    }

    /// The names of the programs that may read it.
    pub fn programs(&self) -> &'static str {
        match self.product {
            Some(Product::Terraform) => "`terraform`",
            Some(Product::OpenTofu) => "`tofu`",
            None => "`terraform` or `tofu`",
        }
    }

    /// The command that converts it to JSON.
    pub fn show_command(&self) -> String {
        let product = self.product.unwrap_or(Product::Terraform);
        format!("{} show -json plan.out > plan.json", product.program())
    }
}

/// Opens an archive; `None` for anything else, and for a pipe, which can be read only once.
fn open(path: &Path) -> Option<ZipArchive<File>> {
    let is_file = fs::metadata(path).is_ok_and(|found| found.is_file());
    ZipArchive::new(is_file.then(|| File::open(path).ok())??).ok()
}

/// The content of a member, unless it is longer than this.
fn member(archive: &mut ZipArchive<impl Read + Seek>, name: &str, limit: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let member = archive.by_name(name).ok()?;
    let length = io::copy(&mut member.take(limit + 1), &mut bytes).ok()?;
    (length <= limit).then_some(bytes)
}

/// Who wrote a lock file: the addresses in it name the registry, and its comment the command.
fn lock_product(lock: &[u8]) -> Option<Product> {
    let lock = String::from_utf8_lossy(lock);
    let has = |text: &str| lock.contains(text);
    if has("\"registry.opentofu.org/") || has("\"tofu init\"") {
        return Some(Product::OpenTofu);
    }
    let is_terraform = has("\"registry.terraform.io/") || has("\"terraform init\"");
    is_terraform.then_some(Product::Terraform)
}

/// Whether this is shown as a version.
fn is_version(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '+');
    (1..=30).contains(&text.len()) && text.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERRAFORM_LOCK: &str = "provider \"registry.terraform.io/a/b\" {\n}\n";
    const TOFU_LOCK: &str = "# \"tofu init\"\nprovider \"registry.opentofu.org/a/b\" {\n}\n";

    /// What is known of a saved plan with these members, in a folder with this lock file.
    fn inspected(members: &[(&str, &[u8])], lock: Option<&str>) -> Option<String> {
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.out");
        let mut archive = zip::ZipWriter::new(File::create(&path).unwrap());
        for (name, bytes) in members {
            let options = zip::write::SimpleFileOptions::default();
            archive.start_file(*name, options).unwrap();
            archive.write_all(bytes).unwrap();
        }
        archive.finish().unwrap();
        if let Some(lock) = lock {
            fs::write(folder.path().join(LOCK_FILE), lock).unwrap();
        }
        let mut plan = SavedPlan::inspect(&path, folder.path())?;
        plan.read_version(&path);
        Some(plan.creator())
    }

    #[test]
    fn the_creator_of_a_saved_plan_is_read_from_its_members() {
        let header = PlanHeader {
            terraform_version: "1.9.4".to_owned(),
        };
        let plan = [&[0x08, 0x03][..], &header.encode_to_vec()].concat();
        let plan = ("tfplan", plan.as_slice());
        let terraform = (LOCK_FILE, TERRAFORM_LOCK.as_bytes());
        let tofu = (LOCK_FILE, TOFU_LOCK.as_bytes());
        for (members, lock, expected) in [
            (
                vec![plan, terraform],
                None,
                Some("Terraform 1.9.4, which created the plan"),
            ),
            (
                vec![plan, tofu],
                None,
                Some("OpenTofu 1.9.4, which created the plan"),
            ),
            (
                vec![plan, tofu],
                Some(TERRAFORM_LOCK),
                Some("OpenTofu 1.9.4, which created the plan"),
            ),
            (
                vec![plan],
                Some(TOFU_LOCK),
                Some("OpenTofu 1.9.4, which created the plan"),
            ),
            (
                vec![plan],
                None,
                Some("Terraform or OpenTofu 1.9.4, whichever created the plan"),
            ),
            (
                vec![("tfplan", b"\xff".as_slice()), tofu],
                None,
                Some("the OpenTofu version that created the plan"),
            ),
            (vec![("plan.json", b"{}".as_slice())], None, None),
        ] {
            assert_eq!(inspected(&members, lock).as_deref(), expected, "{lock:?}");
        }
    }

    #[test]
    fn a_file_that_is_no_archive_has_an_unknown_creator() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.out");
        fs::write(&path, b"PK\x03\x04....").unwrap();
        let plan = SavedPlan::inspect(&path, folder.path());
        assert_eq!(plan, Some(SavedPlan::default()));
    }
}
