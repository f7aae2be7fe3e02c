//! The ways to sign in to the seed data, with the commands that select them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use crate::sandbox::clock::ClockOffset;
use crate::sandbox::http::AppState;
use crate::sandbox::seed::Seed;
use crate::sandbox::sign_in::{self, CLOCK_VARIABLE, LIMITED_METHODS, METHODS, SignInMethod};
use crate::text::Shell;

/// A way to sign in, in a response.
#[derive(Serialize)]
struct SignInView {
    identity: &'static str,
    /// Noun phrase that follows "with".
    title: &'static str,
    /// All environment variables for both providers.
    variables: BTreeMap<&'static str, String>,
    /// By name of the shell, the lines that set these variables and remove those of the other ways.
    commands: BTreeMap<&'static str, String>,
}

/// All ways to sign in; none for the seed `empty`.
pub(super) async fn list(State(app): State<AppState>) -> Response {
    let methods: Vec<_> = match app.seed {
        Seed::Empty => Vec::new(),
        Seed::Demo => {
            let methods = METHODS.iter().chain(&LIMITED_METHODS);
            methods.map(|method| view(&app, method)).collect()
        }
    };
    Json(json!({"methods": methods})).into_response()
}

fn view(app: &AppState, method: &SignInMethod) -> SignInView {
    let variables = sign_in::variables(&app.url(), app.seed, method);
    let ahead = app.world.clock_offset();
    // The provider must consider the same grants expired.
    let clock = (ahead != ClockOffset::default()).then(|| (CLOCK_VARIABLE, ahead.to_string()));
    let variables: Vec<_> = variables.into_iter().chain(clock).collect();
    let is_set = |name: &&str| variables.iter().any(|(set, _)| set == name);
    let mut unset: Vec<_> = METHODS
        .iter()
        .flat_map(SignInMethod::variables)
        .map(|(name, _)| name)
        .chain([CLOCK_VARIABLE])
        .filter(|name| !is_set(name))
        .collect();
    unset.sort_unstable();
    unset.dedup();
    let commands = |shell: Shell| {
        let mut text = shell.unset(unset.iter().copied());
        for (name, value) in &variables {
            text.push('\n');
            text.push_str(&shell.export([(*name, value.as_str())]));
        }
        text.push('\n');
        text
    };
    SignInView {
        identity: method.identity,
        title: method.title,
        commands: Shell::ALL
            .map(|shell| (shell.name(), commands(shell)))
            .into(),
        variables: variables.into_iter().collect(),
    }
}
