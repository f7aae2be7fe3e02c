//! Advice for error codes and statuses that say more than the kind of error.
//!
//! Source: the tables of error codes of CSMS, CodeArts Repo and API Gateway.

/// Error codes (those of the gateway without their prefix), and what to do.
type AdviceRow = (&'static [&'static str], &'static str);

/// Codes of CSMS. Others, such as `CSMS.0005`, say no more than the kind of error.
const CSMS: &[AdviceRow] = &[
    (
        &["CSMS.0002"],
        "CSMS rejected a value in the request. Check the IDs, the type and the expiration date. The cause below may \
         identify the invalid value.",
    ),
    (
        &["CSMS.0003"],
        "CSMS does not recognize the URL. Check `endpoints` and `region`.",
    ),
    (
        &["CSMS.0004"],
        "CSMS could not parse the request body. Check whether a proxy modifies requests. If not, report this as a bug.",
    ),
    (
        &["CSMS.0103", "CSMS.0107"],
        "The secret is scheduled for deletion and cannot be used. Cancel the deletion in the console.",
    ),
    (
        &["CSMS.0105"],
        "CSMS returned an error about a built-in version stage, although the request does not involve version stages. \
         Check that `endpoints` points to CSMS.",
    ),
    (
        &["CSMS.0108"],
        "The secret is not scheduled for deletion. Run the command again.",
    ),
    (
        &["CSMS.0109"],
        "The secret is not enabled. Enable the secret in the console, then run the command again.",
    ),
    (
        &["CSMS.0202"],
        "The secret quota is exhausted. Delete unused secrets, or request a higher quota.",
    ),
    (
        &["CSMS.0203", "CSMS.0204"],
        "The secret has reached its version stage quota. Delete unused version stages, or request a higher quota.",
    ),
    (
        &["CSMS.0301"],
        "CSMS rejected the token. Obtain a new token. A token from a regional IAM endpoint is valid only in that \
         region.",
    ),
    (
        &["CSMS.0302"],
        "Ask an account administrator for access to CSMS in this project, or use different credentials.",
    ),
    (
        &["CSMS.0401"],
        "The secret's KMS key could not be used. Check that the key exists and is enabled, and that the caller has \
         permission to use it.",
    ),
];

/// Codes of CodeArts Repo, which come with several prefixes.
const REPO: &[AdviceRow] = &[
    (
        &["DEV.00000003"],
        "The credentials have expired. Obtain new credentials.",
    ),
    (
        &["CH.004403", "CH.080401", "CH.080403", "DEV-23-50804"],
        "Ask an account administrator for permissions in CodeArts Repo, or use different credentials.",
    ),
    (
        &["CH.010001", "DEV.CH.10001"],
        "CodeArts Repo rejected a value in the request. Check `tenant_id`.",
    ),
    (
        &["CH.000404"],
        "Check that `tenant_id` is correct and that the account uses CodeArts Repo in this region.",
    ),
];

/// Digits of API Gateway's codes, which come with two prefixes, `APIGW.` and `APIG.`.
const GATEWAY: &[AdviceRow] = &[
    (
        &["0302", "0304", "0306"],
        "The API gateway does not allow the caller to use this API. Ask an account administrator for access, or use \
         different credentials.",
    ),
    (
        &["0310"],
        "The project cannot be used. Check `project_id`, and check in the console whether the project is frozen or in \
         arrears.",
    ),
    (
        &["0401", "0402", "0404"],
        "The API gateway does not allow requests from this machine's IP address. Run the command from an allowed \
         network, or ask an administrator to allow the address.",
    ),
    (
        &["0501", "0502"],
        "The API call quota is exhausted, or the account is frozen. Check the account's quota and status in the \
         console.",
    ),
    (
        &["0802"],
        "The user does not have access to this region. Check `region`, or ask an account administrator for access.",
    ),
];

/// Statuses of proxies and gateways.
const STATUSES: &[(u16, &str)] = &[
    (
        407,
        "The proxy requires a user name and password. Include them in the URL in `HTTPS_PROXY`, `HTTP_PROXY` or \
         `ALL_PROXY`, for example `http://USER:PASSWORD@HOST:PORT`.",
    ),
    (
        411,
        "The server or a proxy requires the `Content-Length` header. The provider sends this header with every write \
         request, so check whether a proxy removes it.",
    ),
];

/// Statuses of proxies and gateways that services send too, but with a code.
const STATUSES_WITHOUT_CODE: &[(u16, &str)] = &[(502, NOT_PASSED_ON), (504, NOT_PASSED_ON)];

/// Advice for 502 and 504 without an error code: a service would have sent one.
const NOT_PASSED_ON: &str = "A proxy or gateway could not reach the service. Try again. If the error persists, check the proxy in \
                             `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY`, or contact Huawei Cloud support with the request ID.";

/// What to do, in whole sentences; `None` if the kind of error says as much.
pub(super) fn for_error(status: Option<u16>, code: Option<&str>) -> Option<&'static str> {
    let code = code.unwrap_or_default();
    let digits = code
        .strip_prefix("APIGW.")
        .or_else(|| code.strip_prefix("APIG."))
        .unwrap_or_default();
    let row = |rows: &'static [AdviceRow], code: &str| {
        let row = rows.iter().find(|(codes, _)| codes.contains(&code));
        row.map(|(_, advice)| *advice)
    };
    let of_status = || {
        let without_code = STATUSES_WITHOUT_CODE.iter().filter(|_| code.is_empty());
        let mut rows = STATUSES.iter().chain(without_code);
        let row = rows.find(|(known, _)| Some(*known) == status);
        row.map(|(_, advice)| *advice)
    };
    row(CSMS, code)
        .or_else(|| row(REPO, code))
        .or_else(|| row(GATEWAY, digits))
        .or_else(of_status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_codes_and_statuses_have_specific_advice() {
        for (status, code, named) in [
            (403, "CSMS.0109", "not enabled"),
            (400, "CSMS.0202", "secret quota"),
            (400, "CSMS.0203", "version stage quota"),
            (400, "CSMS.0204", "version stage quota"),
            (400, "CSMS.0401", "KMS key"),
            (400, "CSMS.0103", "scheduled for deletion"),
            (400, "CSMS.0301", "token"),
            (403, "CSMS.0302", "administrator"),
            (401, "CH.080401", "CodeArts Repo"),
            (403, "APIG.0402", "this machine's IP address"),
            (403, "APIGW.0802", "region"),
            (407, "", "HTTP_PROXY"),
            (411, "", "Content-Length"),
            (502, "", "proxy"),
            (504, "", "proxy"),
        ] {
            let advice = for_error(Some(status), Some(code)).expect(code);
            assert!(advice.contains(named), "{code}: {advice}");
            assert!(advice.ends_with('.'), "{advice}");
        }
        assert_eq!(for_error(Some(500), Some("CSMS.9999")), None);
        assert_eq!(for_error(Some(502), Some("CSMS.9999")), None);
        assert_eq!(for_error(None, None), None);
    }

    #[test]
    fn error_codes_are_unique() {
        let mut codes: Vec<_> = [CSMS, REPO, GATEWAY]
            .into_iter()
            .flatten()
            .flat_map(|(codes, _)| *codes)
            .collect();
        let count = codes.len();
        codes.sort();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }
}
