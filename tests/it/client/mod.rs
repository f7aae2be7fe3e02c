//! The cloud client against the sandbox, faults included.

mod credential_failure;
mod identity;
mod idle;
mod load;
mod network_failure;
mod proxy;
mod request;
mod scripted_server;
pub(crate) mod service;
mod shared_list;
mod sign_in;
mod signature;
mod tls;

use std::time::Duration;

use hwgrants::cloud::{
    Arguments, Call, Client, DomainId, Environment, GrantTerms, GranteeId, GranteeType, ProjectId,
    ProjectLocation, Region, ResourceId, ResourceType, Sensitive, Settings, UserAgent,
};
use tokio_util::sync::CancellationToken;

/// A token that is easily found where it should not be.
const TOKEN: &str = "hunter2-hunter2-hunter2-hunter2-hunter2";

/// A client that sends everything to `url`.
fn client(url: &str, max_retries: u32) -> Client {
    let arguments = Arguments {
        token: Some(Sensitive::new(TOKEN)),
        max_retries: Some(max_retries),
        user_agent: UserAgent {
            products: vec![
                "Host/1.2 (+https://example.com)".to_owned(),
                "ours/0.1".to_owned(),
            ],
            append: Some(" ci/7 ".to_owned()),
        },
        ..Arguments::default()
    };
    let environment = Environment::of([("HWGRANTS_ENDPOINT", url)]);
    Client::new(Settings::new(arguments, &environment).expect("settings"))
}

pub(crate) fn call() -> Call {
    Call::within(Duration::from_secs(20), CancellationToken::new())
}

fn region() -> Region {
    Region::new("cn-north-4").expect("a region")
}

pub(crate) fn place(project_id: &str) -> ProjectLocation {
    let project_id = ProjectId::new(project_id).expect("an id");
    ProjectLocation {
        region: region(),
        project_id,
    }
}

pub(crate) fn secret(id: &str) -> ResourceId {
    ResourceId::new(id).expect("an id")
}

fn grantee(id: &str) -> GranteeId {
    GranteeId::new(id).expect("an id")
}

fn tenant(id: &str) -> DomainId {
    DomainId::new(id).expect("an id")
}

fn terms(resource_id: &str, grantee_id: &str) -> GrantTerms {
    GrantTerms {
        resource_id: secret(resource_id),
        resource_type: ResourceType::Secret,
        grantee_id: grantee(grantee_id),
        grantee_type: GranteeType::User,
        expires_on: Some("2027-01-31".parse().expect("a date")),
    }
}
