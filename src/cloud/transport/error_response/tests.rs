use http::HeaderValue;

use super::*;
use crate::cloud::credential::{Credential, Sensitive, Token};

/// What a client with the token `hunter2` makes of an answer.
fn refused(service: Service, status: u16, headers: &HeaderMap, body: &[u8]) -> Error {
    let credential = Credential::Token(Token::new(&Sensitive::new("hunter2")).expect("a token"));
    let mask = Mask {
        credential: &credential,
        secrets: &[],
        signature: None,
    };
    from_answer(service, status, headers, body, &mask)
}

#[test]
fn every_documented_status_and_code_has_its_kind() {
    use ErrorKind::{
        Authentication, Conflict, Invalid, NotFound, Permission, Throttled, Transient, Unreachable,
        WrongEndpoint,
    };
    for (status, code, kind) in [
        (404, "", WrongEndpoint),
        (404, "404", WrongEndpoint),
        (404, "CSMS.0005", NotFound),
        (404, "CSMS.0106", NotFound),
        (404, "CSMS.0103", WrongEndpoint),
        (404, "CSMS.0002", WrongEndpoint),
        (404, "CSMS.0003", WrongEndpoint),
        (404, "CSMS.0004", WrongEndpoint),
        (404, "CSMS.0105", WrongEndpoint),
        (404, "CSMS.0107", WrongEndpoint),
        (404, "CSMS.0108", WrongEndpoint),
        (404, "CSMS.0109", WrongEndpoint),
        (404, "CSMS.0202", WrongEndpoint),
        (404, "CSMS.0203", WrongEndpoint),
        (404, "CSMS.0204", WrongEndpoint),
        (404, "CSMS.0301", Authentication),
        (404, "CSMS.0302", Permission),
        (408, "", Transient),
        (499, "", Transient),
        (404, "KMS.0005", WrongEndpoint),
        (404, "APIGW.0999", WrongEndpoint),
        (404, "NoSuchKey", WrongEndpoint),
        (404, "CH.010001", WrongEndpoint),
        (404, "CSMS.0401", WrongEndpoint),
        // Not documented, so that the status counts.
        (404, "CSMS.0999", NotFound),
        (404, "CH.000404", NotFound),
        (404, "IAM.0004", NotFound),
        (400, "CSMS.0005", NotFound),
        (400, "CSMS.0106", NotFound),
        (404, "APIGW.0101", WrongEndpoint),
        (404, "APIGW.0103", WrongEndpoint),
        (404, "APIG.0101", WrongEndpoint),
        (404, "APIG.0103", WrongEndpoint),
        (403, "APIGW.0801", WrongEndpoint),
        (301, "", WrongEndpoint),
        (302, "", WrongEndpoint),
        (308, "", WrongEndpoint),
        (401, "", Authentication),
        (401, "401", Authentication),
        (401, "IAM.0001", Authentication),
        (400, "CSMS.0301", Authentication),
        (401, "APIGW.0301", Authentication),
        (401, "APIG.0301", Authentication),
        (401, "APIGW.0303", Authentication),
        (401, "APIGW.0305", Authentication),
        (401, "APIGW.0307", Authentication),
        (401, "APIGW.0311", Authentication),
        (401, "DEV.00000003", Authentication),
        (403, "", Permission),
        (403, "CH.004403", Permission),
        (403, "CH.080403", Permission),
        (403, "CSMS.0109", Invalid),
        (403, "CSMS.0302", Permission),
        (403, "IAM.0002", Permission),
        (403, "APIGW.0302", Permission),
        (403, "APIGW.0304", Permission),
        (403, "APIGW.0306", Permission),
        (403, "APIGW.0310", Permission),
        (403, "APIGW.0401", Permission),
        (403, "APIGW.0402", Permission),
        (403, "APIGW.0404", Permission),
        (403, "APIGW.0802", Permission),
        (401, "CH.080401", Permission),
        (429, "", Throttled),
        (429, "APIGW.0308", Throttled),
        (503, "APIGW.0308", Throttled),
        (403, "APIG.0308", Throttled),
        (500, "", Transient),
        (500, "CH.000001", Transient),
        (500, "IAM.0006", Transient),
        (502, "", Transient),
        (502, "APIGW.0201", Transient),
        (502, "APIG.0202", Transient),
        (503, "", Transient),
        (504, "", Transient),
        (504, "APIG.0203", Transient),
        (504, "CH.080504", Transient),
        (500, "APIGW.0601", Transient),
        (500, "APIGW.0605", Transient),
        (500, "APIGW.0606", Transient),
        (500, "APIGW.0608", Transient),
        (502, "APIGW.0610", Transient),
        (503, "APIGW.0613", Transient),
        (407, "", Unreachable),
        (411, "", Invalid),
        (409, "", Conflict),
        (409, "CH.080002", Conflict),
        (400, "", Invalid),
        (400, "CSMS.0002", Invalid),
        (400, "CSMS.0003", Invalid),
        (400, "CSMS.0004", Invalid),
        (400, "CSMS.0103", Invalid),
        (400, "CSMS.0105", Invalid),
        (400, "CSMS.0107", Invalid),
        (400, "CSMS.0108", Invalid),
        (400, "CSMS.0202", Invalid),
        (400, "CSMS.0401", Invalid),
        (400, "CH.010001", Invalid),
        (400, "CH.080002", Invalid),
        (400, "APIGW.0104", Invalid),
        (400, "APIGW.0201", Invalid),
        (413, "APIGW.0201", Invalid),
        (405, "APIGW.0501", Invalid),
        (400, "APIGW.0602", Invalid),
        (400, "APIGW.0607", Invalid),
    ] {
        let service = match code.split_once('.') {
            Some(("CH" | "DEV", _)) => Service::CodeArtsRepo,
            Some(("IAM", _)) => Service::Iam,
            _ => Service::Csms,
        };
        let code = (!code.is_empty()).then_some(code);
        assert_eq!(
            classify(service, status, code, ""),
            kind,
            "{status} {code:?}"
        );
    }
}

#[test]
fn a_code_of_another_service_does_not_mean_not_found() {
    use ErrorKind::{Invalid, NotFound, WrongEndpoint};
    use Service::{CodeArtsRepo, Csms, Iam, Sts};
    for (service, status, code, kind) in [
        (Csms, 404, "CH.000404", WrongEndpoint),
        (Csms, 404, "IAM.0004", WrongEndpoint),
        (Csms, 404, "404", WrongEndpoint),
        (CodeArtsRepo, 404, "CSMS.0005", WrongEndpoint),
        (CodeArtsRepo, 404, "CH.000404", NotFound),
        (CodeArtsRepo, 400, "CSMS.0005", Invalid),
        (CodeArtsRepo, 404, "", WrongEndpoint),
        (Iam, 404, "404", NotFound),
        (Iam, 404, "IAM.0004", NotFound),
        (Iam, 404, "APIGW.0101", WrongEndpoint),
        (Iam, 404, "", WrongEndpoint),
        (Iam, 400, "CSMS.0005", Invalid),
        (Sts, 404, "STS5.0404", NotFound),
    ] {
        let found = classify(service, status, Some(code), "");
        assert_eq!(found, kind, "{service:?} {status} {code}");
    }
}

#[test]
fn with_a_success_status_the_code_alone_sets_the_error_kind() {
    use ErrorKind::{
        Authentication, Conflict, Invalid, NotFound, Permission, Throttled, Transient,
        WrongEndpoint,
    };
    use Service::{CodeArtsRepo, Csms};
    for (service, code, kind) in [
        (Csms, "CSMS.0005", NotFound),
        (Csms, "CSMS.0106", NotFound),
        (CodeArtsRepo, "CH.000404", NotFound),
        (CodeArtsRepo, "CSMS.0005", Invalid),
        (Csms, "CSMS.0002", Invalid),
        (Csms, "CSMS.0103", Invalid),
        (Csms, "CSMS.0301", Authentication),
        (Csms, "CSMS.0302", Permission),
        (Csms, "CSMS.0109", Invalid),
        (CodeArtsRepo, "CH.004403", Permission),
        (CodeArtsRepo, "DEV-23-50804", Permission),
        (CodeArtsRepo, "CH.080401", Permission),
        (CodeArtsRepo, "DEV.00000003", Authentication),
        (Csms, "APIGW.0301", Authentication),
        (Csms, "APIGW.0308", Throttled),
        (Csms, "APIGW.0101", WrongEndpoint),
        (Csms, "APIGW.0801", WrongEndpoint),
        (Csms, "APIGW.0302", Permission),
        (Csms, "401", Authentication),
        (Csms, "403", Permission),
        (Csms, "404", WrongEndpoint),
        (Csms, "409", Conflict),
        (Csms, "429", Throttled),
        (Csms, "500", Transient),
        (Csms, "CSMS.0500", Transient),
        (Csms, "CSMS.9999", Transient),
        (Csms, "", Transient),
        (Csms, "0", Transient),
    ] {
        for status in [200, 202] {
            let found = classify(service, status, Some(code), "");
            assert_eq!(found, kind, "{service:?} {code}");
        }
    }
}

#[test]
fn gateway_configuration_errors_are_permanent() {
    for (status, code, expected) in [
        (500, "APIGW.0605", true),
        (500, "APIGW.0609", true),
        (500, "APIGW.0611", true),
        (500, "APIGW.0612", true),
        (500, "APIGW.0705", true),
        (501, "", true),
        (500, "APIGW.0606", false),
        (500, "", false),
        (502, "", false),
        (503, "", false),
        (504, "", false),
        (429, "", false),
    ] {
        assert_eq!(
            is_permanent(status, Some(code)),
            expected,
            "{status} {code}"
        );
    }
}

#[test]
fn the_request_id_comes_from_a_header_or_else_from_the_body() {
    let body = br#"{"error_code":"APIGW.0301","error_msg":"m","request_id":"of body"}"#;
    let mut headers = HeaderMap::new();
    let id = |headers: &HeaderMap| {
        let error = refused(Service::Csms, 401, headers, body);
        error.request_id().map(str::to_owned)
    };
    assert_eq!(id(&headers).as_deref(), Some("of body"));
    headers.insert("X-IAM-Trace-Id", HeaderValue::from_static("trace"));
    assert_eq!(id(&headers).as_deref(), Some("trace"));
    headers.insert("X-REQUEST-ID", HeaderValue::from_static("request"));
    assert_eq!(id(&headers).as_deref(), Some("request"));
}

#[test]
fn messages_are_one_short_line_with_the_token_masked() {
    let body = format!("<html>\u{1b}[31m hunter2\n{}", "x".repeat(5000));
    let error = refused(Service::Csms, 502, &HeaderMap::new(), body.as_bytes());
    let message = error.message().expect("a message");
    assert!(
        message.starts_with("<html>\\u{1b}[31m *** xxx"),
        "{message}"
    );
    assert_eq!(message.chars().count(), MAX_MESSAGE_CHARS);
    assert!(!error.to_string().contains("hunter2"));
}

#[test]
fn a_token_echoed_in_any_field_is_masked() {
    let body = br#"{"error_code":"hunter2","error_msg":"no hunter2","request_id":"hunter2",
        "encoded_authorization_message":"hunter2"}"#;
    let error = refused(Service::Csms, 403, &HeaderMap::new(), body);
    assert_eq!(error.encoded_authorization_message(), Some("***"));
    assert_eq!(error.message(), Some("no ***"));
    assert!(
        !format!("{error} {error:?}").contains("hunter2"),
        "{error:?}"
    );
}

#[test]
fn retry_after_is_read_as_seconds_or_as_a_date() {
    let now: Timestamp = "2026-01-03T09:05:22Z".parse().expect("a time");
    for (text, expected) in [
        ("7", Some(7)),
        (" 0 ", Some(0)),
        ("Sat, 03 Jan 2026 09:06:22 GMT", Some(60)),
        ("Sat, 03 Jan 2026 09:04:22 GMT", Some(0)),
        ("-1", None),
        ("soon", None),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static(text));
        assert_eq!(
            retry_after(&headers, now),
            expected.map(Duration::from_secs),
            "{text}"
        );
    }
}

#[test]
fn the_throttling_window_is_parsed_from_the_gateway_message() {
    let message = |window| {
        format!("The throttling threshold has been reached: policy user over ratelimit,{window}")
    };
    for (text, expected) in [
        ("limit:200,time:5 second", Some(5)),
        ("limit:200,time:1 minute", Some(60)),
        ("limit:200,time:5 minutes.", Some(300)),
        ("limit:200,time:2 hour", Some(7200)),
        ("limit:200,time:1 day", Some(86_400)),
        ("limit:200,time:1 fortnight", None),
        ("limit:200,time:-1 second", None),
        ("limit:200,time:99999999999999999999 second", None),
        ("limit:200,time:9999999999999999999 minute", None),
        ("limit:200,time:", None),
        ("limit:200", None),
    ] {
        let body = format!(
            r#"{{"error_code":"APIGW.0308","error_msg":"{}"}}"#,
            message(text)
        );
        let error = refused(Service::Csms, 429, &HeaderMap::new(), body.as_bytes());
        assert_eq!(error.window(), expected.map(Duration::from_secs), "{text}");
        let error = refused(
            Service::Csms,
            503,
            &HeaderMap::new(),
            message(text).as_bytes(),
        );
        assert_eq!(error.window(), None, "{text}");
    }
}

#[test]
fn csms_reports_failed_authentication_as_403() {
    use ErrorKind::{Authentication, Permission};
    for (service, code, message, kind) in [
        (
            Service::Csms,
            "CSMS.0303",
            "Authentication failed.",
            Authentication,
        ),
        (Service::Csms, "", "authentication failed", Authentication),
        (
            Service::Csms,
            "CSMS.0302",
            "Authentication failed.",
            Permission,
        ),
        (
            Service::Csms,
            "APIGW.0302",
            "Authentication failed.",
            Permission,
        ),
        (Service::Csms, "CSMS.0303", "Forbidden.", Permission),
        (
            Service::CodeArtsRepo,
            "",
            "Authentication failed.",
            Permission,
        ),
    ] {
        let body = format!(r#"{{"error_code":"{code}","error_msg":"{message}"}}"#);
        let error = refused(service, 403, &HeaderMap::new(), body.as_bytes());
        assert_eq!(error.kind(), kind, "{service:?} {code} {message}");
    }
}

#[test]
fn stale_signatures_are_distinguished_from_wrong_ones() {
    for (message, expected) in [
        (
            "Incorrect IAM authentication information: x-sdk-date expired",
            true,
        ),
        ("The client's timestamp is out of range", true),
        (
            "verify aksk signature fail, SignedHeaders=host;x-sdk-date",
            false,
        ),
        ("Incorrect IAM authentication information", false),
    ] {
        let body = format!(r#"{{"error_code":"APIGW.0301","error_msg":"{message}"}}"#);
        let error = refused(Service::Csms, 401, &HeaderMap::new(), body.as_bytes());
        assert_eq!(error.is_stale(), expected, "{message}");
    }
}

#[test]
fn a_wrong_clock_is_reported_with_a_rejected_credential() {
    let now: Timestamp = "2026-01-03T09:05:22Z".parse().expect("a time");
    for (date, expected) in [
        ("Sat, 03 Jan 2026 09:25:22 GMT", Some("20 minutes behind")),
        ("Sat, 03 Jan 2026 08:05:22 GMT", Some("60 minutes ahead of")),
        ("Sat, 03 Jan 2026 09:07:22 GMT", None),
        ("soon", None),
    ] {
        let mut headers = HeaderMap::new();
        headers.insert("date", HeaderValue::from_static(date));
        let found = clock_difference(&headers, now);
        let text = found.as_deref().unwrap_or_default();
        assert_eq!(found.is_some(), expected.is_some(), "{date}: {text}");
        assert!(
            text.contains(expected.unwrap_or_default()),
            "{date}: {text}"
        );
    }
    let mut headers = HeaderMap::new();
    let past = HeaderValue::from_static("Sat, 03 Jan 2015 09:05:22 GMT");
    headers.insert("date", past);
    for (status, expected) in [(401, true), (403, false)] {
        let error = refused(Service::Csms, status, &headers, b"no");
        assert_eq!(error.to_string().contains("clock"), expected, "{error}");
    }
}

#[test]
fn secrets_in_any_encoding_are_masked_before_truncation() {
    let base64 = "Omh1bnRlcjI6aHVudGVyMg==";
    let body = format!(
        "{{\"error_msg\":\"Signature=0a1b of {base64} {}hunter2\",\"encoded_authorization_message\":\"a\\u202eb\"}}",
        "x".repeat(MAX_MESSAGE_CHARS - 40)
    );
    let mut headers = HeaderMap::new();
    headers.insert("x-request-id", HeaderValue::from_static("id-hunter2"));
    let error = refused(Service::Csms, 400, &headers, body.as_bytes());
    let text = format!("{error} {error:?}");
    for hidden in ["0a1b", base64, "hunter", "h1bnRlcjI"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
    assert_eq!(error.request_id(), Some("id-***"));
    assert_eq!(error.encoded_authorization_message(), Some("a\\u{202e}b"));
}
