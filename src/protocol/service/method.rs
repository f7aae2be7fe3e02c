//! The calls of the service, one short method each. Calls about kinds of types that the provider does not offer are
//! declined, and calls about state stores are declined by the generated defaults.

use std::sync::Arc;

use tonic::codegen::BoxStream;
use tonic::{Request, Response};

use crate::framework::engine::Engine;
use crate::framework::validate::ClientFeatures;
use crate::framework::{Provider, TerraformHost};

use super::{CAPABILITIES, ProviderService, RpcResult};
use crate::protocol::proto::*;
use crate::protocol::rpc::Rpc;
use crate::protocol::{action, from_proto, function, list, to_proto};

#[tonic::async_trait]
impl<P: Provider> provider_server::Provider for ProviderService<P> {
    async fn get_metadata(
        &self,
        request: Request<get_metadata::Request>,
    ) -> RpcResult<get_metadata::Response> {
        self.serve(request.get_ref(), async {
            let names = self.engine.type_names()?;
            let resources = names.select(self.engine.resources()).map(|(name, _)| name);
            let data_sources = names
                .select(self.engine.data_sources())
                .map(|(name, _)| name);
            let lists = names
                .select(self.engine.list_resources())
                .map(|(name, _)| name);
            Ok(to_proto::metadata(
                CAPABILITIES,
                resources,
                data_sources,
                lists,
                names.select(self.engine.actions()).map(|(name, _)| name),
                self.engine.functions().map(|function| function.name()),
            ))
        })
        .await
    }

    async fn get_provider_schema(
        &self,
        request: Request<get_provider_schema::Request>,
    ) -> RpcResult<get_provider_schema::Response> {
        self.serve(request.get_ref(), async {
            let names = self.engine.type_names()?;
            let resources = names.select(self.engine.resources());
            let resources = resources.map(|(name, resource)| (name, resource.schema()));
            let data_sources = names.select(self.engine.data_sources());
            let data_sources = data_sources.map(|(name, source)| (name, source.schema()));
            let lists = names.select(self.engine.list_resources());
            let lists = lists.map(|(name, list)| (name, list.schema()));
            let actions = names.select(self.engine.actions());
            let actions = actions.map(|(name, action)| (name, action.schema()));
            Ok(to_proto::provider_schema(
                CAPABILITIES,
                self.engine.schema(),
                resources,
                data_sources,
                lists,
                actions,
                function::signatures(self.engine.functions()),
            ))
        })
        .await
    }

    async fn get_resource_identity_schemas(
        &self,
        request: Request<get_resource_identity_schemas::Request>,
    ) -> RpcResult<get_resource_identity_schemas::Response> {
        self.serve(request.get_ref(), async {
            let names = self.engine.type_names()?;
            let resources = names.select(self.engine.resources());
            let identities = resources
                .filter_map(|(name, resource)| Some((name, resource.identity()?.schema())));
            Ok(to_proto::identity_schemas(identities))
        })
        .await
    }

    async fn get_functions(
        &self,
        request: Request<get_functions::Request>,
    ) -> RpcResult<get_functions::Response> {
        self.serve(request.get_ref(), async {
            let functions = function::signatures(self.engine.functions());
            Ok(get_functions::Response {
                functions,
                diagnostics: Vec::new(),
            })
        })
        .await
    }

    async fn validate_provider_config(
        &self,
        request: Request<validate_provider_config::Request>,
    ) -> RpcResult<validate_provider_config::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let config = from_proto::config(request.config.as_ref(), self.engine.ty())?;
            let found = self
                .engine
                .validate_provider(&config, ClientFeatures::default());
            Ok(validate_provider_config::Response {
                diagnostics: to_proto::diagnostics(found),
            })
        })
        .await
    }

    async fn configure_provider(
        &self,
        request: Request<configure_provider::Request>,
    ) -> RpcResult<configure_provider::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let config = from_proto::config(request.config.as_ref(), self.engine.ty())?;
            let host = TerraformHost {
                version: request.terraform_version.clone(),
            };
            let found = self.engine.configure(config, &host).await;
            Ok(configure_provider::Response {
                diagnostics: to_proto::diagnostics(found),
            })
        })
        .await
    }

    async fn stop_provider(
        &self,
        request: Request<stop_provider::Request>,
    ) -> RpcResult<stop_provider::Response> {
        self.serve(request.get_ref(), async {
            self.engine.stop();
            Ok(stop_provider::Response::default())
        })
        .await
    }

    async fn validate_resource_config(
        &self,
        request: Request<validate_resource_config::Request>,
    ) -> RpcResult<validate_resource_config::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let resource = self.engine.resource(&request.type_name)?;
            let config =
                from_proto::value(request.config.as_ref(), resource.ty(), "configuration")?;
            let features = from_proto::features(request.client_capabilities);
            let found = self.engine.validate(resource, &config, features);
            Ok(validate_resource_config::Response {
                diagnostics: to_proto::diagnostics(found),
            })
        })
        .await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<upgrade_resource_state::Request>,
    ) -> RpcResult<upgrade_resource_state::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let resource = self.engine.resource(&request.type_name)?;
            let stored = |ty: &_| from_proto::stored_object(request.raw_state.as_ref(), ty);
            let state = self.engine.upgrade(resource, request.version, stored)?;
            Ok(upgrade_resource_state::Response {
                upgraded_state: Some(to_proto::value(&state, resource.ty())?),
                diagnostics: Vec::new(),
            })
        })
        .await
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<upgrade_resource_identity::Request>,
    ) -> RpcResult<upgrade_resource_identity::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let resource = self.engine.resource(&request.type_name)?;
            let stored = |ty: &_| from_proto::stored_identity(request.raw_identity.as_ref(), ty);
            let upgraded = self
                .engine
                .upgrade_identity(resource, request.version, stored)?;
            Ok(upgrade_resource_identity::Response {
                upgraded_identity: to_proto::identity(upgraded.as_ref(), resource)?,
                diagnostics: Vec::new(),
            })
        })
        .await
    }

    async fn move_resource_state(
        &self,
        request: Request<move_resource_state::Request>,
    ) -> RpcResult<move_resource_state::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let resource = self.engine.resource(&request.target_type_name)?;
            let origin = from_proto::origin(&request);
            self.engine.rename(resource, self.address, origin)?;
            let stored = |ty: &_| from_proto::stored_object(request.source_state.as_ref(), ty);
            let version = request.source_schema_version;
            let state = self.engine.upgrade(resource, version, stored)?;
            let identity = from_proto::moved_identity(&request, resource)?;
            Ok(move_resource_state::Response {
                target_state: Some(to_proto::value(&state, resource.ty())?),
                target_private: request.source_private.clone(),
                target_identity: to_proto::identity(identity.as_ref(), resource)?,
                diagnostics: Vec::new(),
            })
        })
        .await
    }

    async fn read_resource(
        &self,
        request: Request<read_resource::Request>,
    ) -> RpcResult<read_resource::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let resource = self.engine.resource(&request.type_name)?;
            let read = from_proto::read(&request, resource)?;
            let deferred = self.deferral(request.client_capabilities.as_ref());
            let response = match deferred {
                Some(_) => Engine::<P>::defer_read(read),
                None => self.engine.read(resource, read).await,
            };
            let reply = to_proto::read(response, resource)?;
            Ok(read_resource::Response { deferred, ..reply })
        })
        .await
    }

    async fn plan_resource_change(
        &self,
        request: Request<plan_resource_change::Request>,
    ) -> RpcResult<plan_resource_change::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let resource = self.engine.resource(&request.type_name)?;
            let plan = from_proto::plan(&request, resource)?;
            let response = self.engine.plan(resource, plan).await;
            let reply = to_proto::plan_response(response, resource)?;
            let deferred = self.deferral(request.client_capabilities.as_ref());
            Ok(plan_resource_change::Response { deferred, ..reply })
        })
        .await
    }

    async fn apply_resource_change(
        &self,
        request: Request<apply_resource_change::Request>,
    ) -> RpcResult<apply_resource_change::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let resource = self.engine.resource(&request.type_name)?;
            let apply = from_proto::apply(&request, resource)?;
            let response = self.engine.apply(resource, apply).await;
            to_proto::apply_response(response, resource)
        })
        .await
    }

    async fn import_resource_state(
        &self,
        request: Request<import_resource_state::Request>,
    ) -> RpcResult<import_resource_state::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let resource = self.engine.resource(&request.type_name)?;
            let key = from_proto::import(&request, resource)?;
            let imported = self.engine.import(resource, key)?;
            let reply = to_proto::import_response(&request.type_name, &imported, resource)?;
            let deferred = self.deferral(request.client_capabilities.as_ref());
            Ok(import_resource_state::Response { deferred, ..reply })
        })
        .await
    }

    async fn generate_resource_config(
        &self,
        request: Request<generate_resource_config::Request>,
    ) -> RpcResult<generate_resource_config::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let resource = self.engine.resource(&request.type_name)?;
            let state = from_proto::value(request.state.as_ref(), resource.ty(), "state")?;
            let config = self.engine.generate_config(resource, state)?;
            Ok(generate_resource_config::Response {
                config: Some(to_proto::value(&config, resource.ty())?),
                diagnostics: Vec::new(),
            })
        })
        .await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<validate_data_resource_config::Request>,
    ) -> RpcResult<validate_data_resource_config::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let source = self.engine.data_source(&request.type_name)?;
            let config = from_proto::value(request.config.as_ref(), source.ty(), "configuration")?;
            let features = ClientFeatures::default();
            let found = self.engine.validate(source, &config, features);
            Ok(validate_data_resource_config::Response {
                diagnostics: to_proto::diagnostics(found),
            })
        })
        .await
    }

    async fn read_data_source(
        &self,
        request: Request<read_data_source::Request>,
    ) -> RpcResult<read_data_source::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let source = self.engine.data_source(&request.type_name)?;
            let config = from_proto::value(request.config.as_ref(), source.ty(), "configuration")?;
            let deferred = self.deferral(request.client_capabilities.as_ref());
            let response = match deferred {
                Some(_) => Engine::<P>::defer_data_source(source, config),
                None => self.engine.read_data_source(source, config).await,
            };
            let reply = to_proto::data(response, source.ty())?;
            Ok(read_data_source::Response { deferred, ..reply })
        })
        .await
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<validate_list_resource_config::Request>,
    ) -> RpcResult<validate_list_resource_config::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let list = self.engine.list_resource(&request.type_name)?;
            let config = from_proto::value(request.config.as_ref(), list.ty(), "configuration")?;
            let found = self.engine.validate_query(list, &config);
            Ok(validate_list_resource_config::Response {
                diagnostics: to_proto::diagnostics(found),
            })
        })
        .await
    }

    async fn list_resource(
        &self,
        request: Request<list_resource::Request>,
    ) -> RpcResult<BoxStream<list_resource::Event>> {
        let engine = Arc::clone(&self.engine);
        let events = list::events(engine, self.address, request.into_inner());
        Ok(Response::new(events))
    }

    async fn call_function(
        &self,
        request: Request<call_function::Request>,
    ) -> RpcResult<call_function::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let function = self.engine.function(&request.name);
            let function = function.ok_or_else(|| request.subject().unsupported_error())?;
            function::call(function, &request.arguments)
        })
        .await
    }

    async fn validate_action_config(
        &self,
        request: Request<validate_action_config::Request>,
    ) -> RpcResult<validate_action_config::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let action = self.engine.action(&request.type_name)?;
            let config = from_proto::value(request.config.as_ref(), action.ty(), "configuration")?;
            let features = ClientFeatures::default();
            let found = self.engine.validate(action, &config, features);
            Ok(validate_action_config::Response {
                diagnostics: to_proto::diagnostics(found),
            })
        })
        .await
    }

    async fn plan_action(
        &self,
        request: Request<plan_action::Request>,
    ) -> RpcResult<plan_action::Response> {
        let request = request.into_inner();
        self.serve(&request, async {
            let action = self.engine.action(&request.action_type)?;
            let config = request.config.as_ref();
            let plan = from_proto::action(&request.action_type, config, action.ty())?;
            let found = self.engine.plan_action(action, plan).await;
            Ok(plan_action::Response {
                diagnostics: to_proto::diagnostics(found),
                deferred: self.deferral(request.client_capabilities.as_ref()),
            })
        })
        .await
    }

    async fn invoke_action(
        &self,
        request: Request<invoke_action::Request>,
    ) -> RpcResult<BoxStream<invoke_action::Event>> {
        let engine = Arc::clone(&self.engine);
        let events = action::events(engine, self.address, request.into_inner());
        Ok(Response::new(events))
    }

    // Calls about kinds of types that this provider does not offer. A client sends them only for types in the schema,
    // so they indicate an error in the client.

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<validate_ephemeral_resource_config::Request>,
    ) -> RpcResult<validate_ephemeral_resource_config::Response> {
        self.decline(request.get_ref()).await
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<open_ephemeral_resource::Request>,
    ) -> RpcResult<open_ephemeral_resource::Response> {
        self.decline(request.get_ref()).await
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<renew_ephemeral_resource::Request>,
    ) -> RpcResult<renew_ephemeral_resource::Response> {
        self.decline(request.get_ref()).await
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<close_ephemeral_resource::Request>,
    ) -> RpcResult<close_ephemeral_resource::Response> {
        self.decline(request.get_ref()).await
    }
}
