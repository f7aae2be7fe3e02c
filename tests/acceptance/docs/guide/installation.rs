//! The pages on installing the provider on many machines and for many teams.

use std::fs;

use hwgrants::distribution::package::Platform;
use hwgrants::sandbox::seed;

use super::super::reader::words;
use super::{PROVIDER, Reader, ana};

pub(super) fn air_gapped(reader: &mut Reader) {
    let mirror = reader.path("mirror");
    let offline = reader.path("offline.tfrc");
    reader.replaces("/opt/terraform/mirror", mirror.display());
    reader.replaces("/etc/terraform/offline.tfrc", offline.display());
    reader.writes("main.tf", PROVIDER);

    reader.runs("hwgrants install");
    let forget = "rm -r .terraform .terraform.lock.hcl";
    reader.does(&format!("{forget} ~/.terraform.d"));
    reader.runs("hwgrants install --dir terraform.d/plugins");
    reader.does("terraform init");

    reader.does(&format!("{forget} terraform.d"));
    reader.runs("hwgrants install --dir /opt/terraform/mirror --write ~/.terraformrc");
    let written = fs::read_to_string(reader.home(".terraformrc")).unwrap();
    reader.shows("provider_installation {", &written);
    reader.does("terraform init");

    reader.does(&format!("{forget} ~/.terraformrc"));
    let block = reader.takes("provider_installation {");
    reader.writes("offline.tfrc", &block.text);
    let printed = reader.runs("export TF_CLI_CONFIG_FILE=/etc/terraform/offline.tfrc");
    assert!(words(&printed).contains("Incomplete lock file information for providers"));

    // The archives of two platforms.
    let platform = Platform::current();
    for other in ["linux_amd64", "darwin_arm64"] {
        let folder = "mirror/registry.terraform.io/hwgrants/hwgrants";
        reader.does(&format!(
            "[ {platform} = {other} ] || (cd {folder} && for f in *_{platform}.zip; do cp $f ${{f%_{platform}.zip}}_{other}.zip; done)"
        ));
    }
    reader.runs("terraform providers lock -fs-mirror=/opt/terraform/mirror -platform=linux_amd64 -platform=darwin_arm64 hwgrants/hwgrants");
    reader.does("terraform init");

    // A configuration without providers, because no registry can be reached: this checks the options of the command.
    reader.does("mkdir others && cd others");
    reader.runs("terraform providers mirror -platform=linux_amd64 -platform=darwin_arm64 /opt/terraform/mirror");
    reader.does("cd ..");

    // As if another platform had written the lock file.
    let lock = reader.file(".terraform.lock.hcl");
    let hash = "h1:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=";
    let lines = lock.lines().filter(|line| !line.contains("zh:"));
    let lines = lines.map(|line| match line.contains("h1:") {
        true => format!("    \"{hash}\",\n"),
        false => format!("{line}\n"),
    });
    reader.writes(".terraform.lock.hcl", lines.collect::<String>());
    reader.does("rm -r .terraform");
    let printed = reader.does("! terraform init");
    reader.shows("Error: Failed to install provider", &printed);

    reader.writes(".terraform.lock.hcl", lock);
    reader.runs("mkdir -p ~/.terraform.d/plugin-cache");
    let cached = reader.home(".terraform.d/plugin-cache/registry.terraform.io/hwgrants/hwgrants");
    assert!(cached.is_dir());
}

pub(super) fn doctor(reader: &mut Reader) {
    reader.enters_sandbox();
    let printed = reader.runs("hwgrants doctor");
    reader.shows("Terraform", &printed);
    let printed = reader.runs_with("export HW_AUTH_TOKEN=an-expired-token", &[0, 2]);
    reader.shows("Account", &printed);
    reader.does(&format!("export HW_AUTH_TOKEN={}", seed::TOKEN));
    reader.runs("hwgrants doctor --format json > doctor.json");
    let report = reader.file("doctor.json");
    assert!(report.contains("\"is_healthy\": true"), "{report}");
}

pub(super) fn many_grants(reader: &mut Reader) {
    reader.enters_sandbox();
    let access = reader.configuration("for_each");
    for (team, grants) in [("team-a", access), ("team-b", ana("2099-06-30"))] {
        reader.does(&format!("mkdir {team}"));
        let grants = grants.replace("db_password = { ana = \"2099-06-30\", ", "db_password = { ");
        reader.writes(&format!("{team}/main.tf"), PROVIDER.to_owned() + &grants);
        reader.does(&format!("terraform -chdir={team} init"));
        reader.does(&format!("terraform -chdir={team} apply"));
    }
    reader.runs("terraform -chdir=team-a show -json > a.json");
    let printed = reader.does("hwgrants audit a.json --fail-on any || [ $? = 2 ]");
    assert!(
        printed.contains("5 live, 4 declared, 1 undeclared"),
        "{printed}"
    );

    reader.does("hwgrants install --uninstall");
    reader.writes("main.tf", PROVIDER);
    reader.runs("hwgrants install --dir terraform.d/plugins");
    reader.does("terraform init");
}

pub(super) fn probe(reader: &mut Reader) {
    reader.enters_sandbox();
    let grant = format!(
        "--secret {} --user {}",
        seed::SECRET_API_KEY,
        seed::USER_ANA
    );
    let printed = reader.runs(&format!("hwgrants probe {grant} --consent > report.md"));
    let first = format!(
        "probing CSMS in cn-north-4, which takes about 20 seconds: secret {}, user {}",
        seed::SECRET_API_KEY,
        seed::USER_ANA
    );
    reader.shows(&first, &printed);
    let report = reader.file("report.md");
    for part in ["hwgrants sandbox\n", "Not determined", "Lag of reads"] {
        assert!(report.contains(part), "{part}: {report}");
    }
    let in_sandbox = format!("hwgrants sandbox -- hwgrants probe {grant} --consent");
    let printed = reader.runs(&in_sandbox);
    assert!(printed.contains("| `time` | `milliseconds` |"), "{printed}");
    reader.runs("hwgrants probe --clean-up");
    reader.runs(
        "hwgrants sandbox --quirk time=seconds --quirk end=end_of_day_in_china -- terraform test",
    );
}
