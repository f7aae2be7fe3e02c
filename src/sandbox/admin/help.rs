//! The description of `/_sandbox/` as plain text.

use crate::sandbox::seed::{Seed, catalog};

/// Description of the paths by topic, with example bodies, for clients that do not accept HTML.
const HELP: &str = "\
Huawei Cloud sandbox. Use this server's address as the endpoint for CSMS, CodeArts Repo, IAM and STS.
Open the address in a browser to view and change the sandbox.

State and request log
GET    /_sandbox/state                              secrets, grants, delegations, encryption
GET    /_sandbox/requests                           received requests, with user agent, status, error code and request ID
DELETE /_sandbox/requests                           clear the request log
GET    /_sandbox/users                              users and user groups in the directory
GET    /_sandbox/sign-in                            ways to sign in to the seed data, with commands for sh, fish and
                                                    PowerShell
GET    /_sandbox/identities                         credentials and IDs in the seed data, also listed below
GET    /_sandbox/operations                         API operations that the sandbox implements

Changes that bypass the API, to simulate drift
PUT    /_sandbox/grants/{resource_id}/{grantee_id}  create a grant or change its expiry; the body is optional:
                                                    {\"validity_date\": \"2030-12-31\"}; the grantee must be in the
                                                    directory
DELETE /_sandbox/grants/{resource_id}/{grantee_id}  revoke a grant
PUT    /_sandbox/delegations/{account_id}           allow CodeArts Repo to use the account's KMS keys
DELETE /_sandbox/delegations/{account_id}           revoke the delegation (the API cannot do this)
PUT    /_sandbox/secrets/{resource_id}              create or change a secret, or a secret group:
                                                    {\"name\": \"demo\", \"kind\": \"GROUP\", \"state\": \"ENABLED\",
                                                     \"project_id\": ...}; defaults: an enabled secret in the first project
DELETE /_sandbox/secrets/{resource_id}              delete a secret and its grants
PUT    /_sandbox/users/{grantee_id}                 create or change a user, or a user group, in the directory:
                                                    {\"name\": \"Eve\", \"kind\": \"group\", \"members\": [...]}
                                                    or {\"name\": \"Eve\", \"disabled\": true}
DELETE /_sandbox/users/{grantee_id}                 delete a user or group and its memberships, but not its grants
PUT    /_sandbox/events/{name}/{resource_id}        subscribe a secret to an event (`event_name` in ListSecrets)

Faults
GET    /_sandbox/faults                             active faults
POST   /_sandbox/faults                             add a fault:
                                                    {\"operation\": \"CreateGrants\", \"count\": 1, \"action\": ...}
                                                    {\"kind\": \"answer\", \"status\": 502, \"body\": \"<html>\"}
                                                    {\"kind\": \"delay\", \"delay_ms\": 500}
                                                    {\"kind\": \"drop\", \"when\": \"after_effect\"}
                                                    {\"kind\": \"throttle\", \"limit\": 200, \"window\": \"1 minute\",
                                                     \"retry_after\": {\"seconds\": 7}}
                                                    {\"kind\": \"lag\", \"reads\": 2}
                                                    {\"kind\": \"lag\", \"for_ms\": 5000}
                                                    {\"kind\": \"lose_updates\", \"wait_ms\": 20}
                                                    To test refused connections, stop the sandbox.
DELETE /_sandbox/faults                             clear all faults

Quirks: behavior that the API reference does not specify
GET    /_sandbox/quirks                             current values
GET    /_sandbox/quirks/descriptions                all quirks and their values with descriptions, the default first
PATCH  /_sandbox/quirks                             change individual quirks: {\"groups\": \"expanded\"}; an unknown name
                                                    or value returns an error that lists the valid ones
PUT    /_sandbox/quirks                             change individual quirks and reset all others; {} resets all

Clock
GET    /_sandbox/clock                              the sandbox's time, used for grant creation and expiry
POST   /_sandbox/clock                              advance the clock: {\"ahead\": \"+30d\"}, or just +30d
PUT    /_sandbox/clock                              set the clock's offset from this machine's clock; 0d resets
                                                    the offset. To use the same time in the provider, start
                                                    Terraform with HWGRANTS_CLOCK=+30d
";

/// The paths of `/_sandbox/`, and with the seed `demo` its credentials and IDs.
pub(super) fn help(seed: Seed) -> String {
    match seed {
        Seed::Empty => HELP.to_owned(),
        Seed::Demo => format!(
            "{HELP}\nCredentials and IDs in the `demo` seed data\n\n{}",
            catalog::text()
        ),
    }
}
