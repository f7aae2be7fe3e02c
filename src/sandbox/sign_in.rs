//! The ways to sign in to the seed `demo`, as environment variables and arguments of a provider block.

use super::seed::{self, Seed};

/// Environment variable, corresponding argument, and value.
pub type Setting = (&'static str, &'static str, &'static str);

/// A way to sign in.
#[derive(Debug, PartialEq, Eq)]
pub struct SignInMethod {
    /// Who signs in, as users read it.
    pub identity: &'static str,
    /// Noun phrase that follows "with".
    pub title: &'static str,
    /// Settings outside the nested block.
    pub settings: &'static [Setting],
    /// Name and arguments of a nested block.
    pub block: Option<(&'static str, &'static [Setting])>,
}

/// Environment variable that sets the clock of the provider.
pub const CLOCK_VARIABLE: &str = "HWGRANTS_CLOCK";

/// With a token.
pub const TOKEN: SignInMethod = SignInMethod {
    identity: "deployer",
    title: "a token",
    settings: &[("HW_AUTH_TOKEN", "token", seed::TOKEN)],
    block: None,
};

/// With an access key.
pub const ACCESS_KEY: SignInMethod = SignInMethod {
    identity: "deployer",
    title: "an access key",
    settings: &[KEY_ID, KEY_SECRET],
    block: None,
};

/// The ways with all permissions, in the order in which they are shown.
pub const METHODS: [SignInMethod; 5] = [
    TOKEN,
    ACCESS_KEY,
    SignInMethod {
        identity: "deployer",
        title: "a password",
        settings: &[
            ("HW_USER_NAME", "user_name", seed::USER_NAME),
            ("HW_USER_PASSWORD", "password", seed::PASSWORD),
            ("HW_DOMAIN_NAME", "domain_name", seed::ACCOUNT_NAME),
        ],
        block: None,
    },
    SignInMethod {
        identity: "agency `grants` in account `partner`",
        title: "an access key and the agency `grants` in account `partner`",
        settings: &[KEY_ID, KEY_SECRET, AGENCY_PROJECT],
        block: Some((
            "assume_role",
            &[
                AGENCY,
                (
                    "HW_ASSUME_ROLE_DOMAIN_NAME",
                    "domain_name",
                    seed::AGENCY_ACCOUNT_NAME,
                ),
            ],
        )),
    },
    SignInMethod {
        identity: "agency `grants` in account `partner`",
        title: "an ID token and the agency `grants` in account `partner`",
        settings: &[AGENCY_PROJECT],
        block: Some((
            "assume_role_with_oidc",
            &[
                AGENCY,
                (
                    "HW_ASSUME_ROLE_DOMAIN_ID",
                    "domain_id",
                    seed::AGENCY_ACCOUNT_ID,
                ),
                (
                    "HW_ASSUME_ROLE_IDP_ID",
                    "idp_id",
                    seed::IDENTITY_PROVIDER_ID,
                ),
                ("HW_ASSUME_ROLE_ID_TOKEN", "id_token", seed::ID_TOKEN),
            ],
        )),
    },
];

/// Tokens that the services refuse for some operations, or for all.
pub const LIMITED_METHODS: [SignInMethod; 2] = [
    SignInMethod {
        identity: "reviewer",
        title: "a read-only token",
        settings: &[("HW_AUTH_TOKEN", "token", seed::TOKEN_READ_ONLY)],
        block: None,
    },
    SignInMethod {
        identity: "yesterday",
        title: "an expired token",
        settings: &[("HW_AUTH_TOKEN", "token", seed::TOKEN_EXPIRED)],
        block: None,
    },
];

const KEY_ID: Setting = ("HW_ACCESS_KEY", "access_key", seed::ACCESS_KEY);
const KEY_SECRET: Setting = ("HW_SECRET_KEY", "secret_key", seed::SECRET_KEY);
/// The project of the agency's account, in place of the caller's own.
const AGENCY_PROJECT: Setting = ("HW_PROJECT_ID", "project_id", seed::AGENCY_PROJECT_ID);
const AGENCY: Setting = (
    "HW_ASSUME_ROLE_AGENCY_NAME",
    "agency_name",
    seed::AGENCY_NAME,
);

impl SignInMethod {
    /// The environment variables that select this method, with their values.
    pub fn variables(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let block = self.block.map_or([].as_slice(), |(_, settings)| settings);
        let settings = self.settings.iter().chain(block);
        settings.map(|(variable, _, value)| (*variable, *value))
    }
}

/// Environment variables for both providers to use the sandbox at `url`, each once. With the seed `empty` they have no
/// credentials.
#[must_use]
pub fn variables(url: &str, seed: Seed, method: &SignInMethod) -> Vec<(&'static str, String)> {
    let address = [
        ("HWGRANTS_ENDPOINT", url.to_owned()),
        // Read by the provider `huaweicloud`.
        ("HW_AUTH_URL", format!("{url}/v3")),
    ];
    let account = [
        ("HW_REGION_NAME", seed::REGION),
        ("HW_PROJECT_ID", seed::PROJECT_ID),
        ("HW_DOMAIN_ID", seed::ACCOUNT_ID),
    ];
    let is_own = |(name, _): &(&str, &str)| !method.variables().any(|(other, _)| other == *name);
    let account = account.into_iter().filter(is_own).chain(method.variables());
    let account = account.filter(|_| seed == Seed::Demo);
    let account = account.map(|(name, value)| (name, value.to_owned()));
    address
        .into_iter()
        .chain(without_proxy())
        .chain(account)
        .collect()
}

/// A proxy cannot reach this machine. Some programs read the variable in upper case, some in lower case.
pub fn without_proxy() -> [(&'static str, String); 2] {
    ["NO_PROXY", "no_proxy"].map(|name| (name, "127.0.0.1".to_owned()))
}
