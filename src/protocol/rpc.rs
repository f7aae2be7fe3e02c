//! Name and subject of each call, for the log and for the error about a type that the provider does not offer.

use crate::framework::Diagnostic;
use crate::framework::engine::unknown_type;

use super::call::Reply;
use super::proto::*;

/// The subject of a call.
#[derive(Clone, Copy, Debug)]
pub(super) enum LogSubject<'a> {
    /// The provider itself.
    Provider,
    /// A managed resource's type.
    Resource(&'a str),
    /// A data source's type.
    DataSource(&'a str),
    /// An ephemeral resource's type.
    EphemeralResource(&'a str),
    /// A list resource's type.
    ListResource(&'a str),
    /// An action's type.
    Action(&'a str),
    /// A function.
    Function(&'a str),
}

impl LogSubject<'_> {
    /// The error for a subject that the provider does not offer.
    pub(super) fn unsupported_error(self) -> Diagnostic {
        match self {
            Self::Resource(name) => unknown_type("resource", name),
            Self::DataSource(name) => unknown_type("data source", name),
            Self::EphemeralResource(name) => unknown_type("ephemeral resource", name),
            Self::ListResource(name) => unknown_type("list resource", name),
            Self::Action(name) => unknown_type("action", name),
            Self::Function(name) => {
                let detail = format!(
                    "This provider has no function `{name}`. Check the function name and the provider version."
                );
                Diagnostic::error("Unknown function", detail)
            }
            Self::Provider => Diagnostic::error(
                "Operation not supported",
                "This provider does not support this operation.",
            ),
        }
    }
}

/// A request of the protocol.
pub(super) trait Rpc: Send + Sync {
    /// Its response, or one event of a streamed response.
    type Reply: Reply;
    /// The call's name in the protocol.
    const NAME: &'static str;

    /// The subject of the call.
    fn subject(&self) -> LogSubject<'_>;
}

macro_rules! calls {
    ($($name:literal $module:ident::$reply:ident $subject:ident $(($field:ident))?;)*) => {
        $(impl Rpc for $module::Request {
            type Reply = $module::$reply;
            const NAME: &'static str = $name;

            fn subject(&self) -> LogSubject<'_> {
                LogSubject::$subject $((&self.$field))?
            }
        })*
    };
}

calls! {
    "ApplyResourceChange" apply_resource_change::Response Resource(type_name);
    "CallFunction" call_function::Response Function(name);
    "CloseEphemeralResource" close_ephemeral_resource::Response EphemeralResource(type_name);
    "ConfigureProvider" configure_provider::Response Provider;
    "GenerateResourceConfig" generate_resource_config::Response Resource(type_name);
    "GetFunctions" get_functions::Response Provider;
    "GetMetadata" get_metadata::Response Provider;
    "GetProviderSchema" get_provider_schema::Response Provider;
    "GetResourceIdentitySchemas" get_resource_identity_schemas::Response Provider;
    "ImportResourceState" import_resource_state::Response Resource(type_name);
    "InvokeAction" invoke_action::Event Action(action_type);
    "ListResource" list_resource::Event ListResource(type_name);
    "MoveResourceState" move_resource_state::Response Resource(target_type_name);
    "OpenEphemeralResource" open_ephemeral_resource::Response EphemeralResource(type_name);
    "PlanAction" plan_action::Response Action(action_type);
    "PlanResourceChange" plan_resource_change::Response Resource(type_name);
    "ReadDataSource" read_data_source::Response DataSource(type_name);
    "ReadResource" read_resource::Response Resource(type_name);
    "RenewEphemeralResource" renew_ephemeral_resource::Response EphemeralResource(type_name);
    "StopProvider" stop_provider::Response Provider;
    "UpgradeResourceIdentity" upgrade_resource_identity::Response Resource(type_name);
    "UpgradeResourceState" upgrade_resource_state::Response Resource(type_name);
    "ValidateActionConfig" validate_action_config::Response Action(type_name);
    "ValidateDataResourceConfig" validate_data_resource_config::Response DataSource(type_name);
    "ValidateEphemeralResourceConfig" validate_ephemeral_resource_config::Response EphemeralResource(type_name);
    "ValidateListResourceConfig" validate_list_resource_config::Response ListResource(type_name);
    "ValidateProviderConfig" validate_provider_config::Response Provider;
    "ValidateResourceConfig" validate_resource_config::Response Resource(type_name);
}
