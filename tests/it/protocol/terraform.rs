//! Terraform, as far as a provider sees it: merges, asks, and checks every answer by its own rules.

use std::collections::BTreeMap;
use std::sync::Mutex;

use hwgrants::protocol::proto::attribute_path::step::Selector;
use hwgrants::protocol::proto::*;
use serde_json::{Value as Json, json};

use super::codec::{decode, encode, is_wholly_known};
use super::identity::same_as_far_as_known;
use super::message::{has_error, sound};
use super::schema_type::{block_type, written};
use super::server::Client;
use super::terraform_core::{
    Action, apply_problems, null_blocks, plan_problems, propose, write_only_leaks,
};

/// Terraform with a connection to a provider whose schema it has read.
pub(crate) struct Terraform {
    pub(crate) client: Client,
    pub(crate) provider: schema::Block,
    pub(crate) resources: BTreeMap<String, schema::Block>,
    pub(super) data_sources: BTreeMap<String, schema::Block>,
    pub(super) list_resources: BTreeMap<String, schema::Block>,
    pub(super) actions: BTreeMap<String, schema::Block>,
    pub(super) identities: BTreeMap<String, ResourceIdentitySchema>,
    /// The provider block, once the provider is configured.
    own: Mutex<Option<Json>>,
}

/// An object as a state file keeps it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Stored {
    /// Null if there is no object.
    pub(crate) object: Json,
    pub(crate) private: Vec<u8>,
    /// Null if there is none, as in states of older clients.
    pub(crate) identity: Json,
}

/// A plan that has passed all checks, or failed with an error.
#[derive(Clone, Debug)]
pub(crate) struct Planned {
    pub(crate) prior: Stored,
    pub(crate) config: Json,
    pub(crate) object: Json,
    pub(crate) private: Vec<u8>,
    /// Null if there is none.
    pub(crate) identity: Json,
    /// The attributes that need a new object, all of them at the root.
    pub(crate) replace: Vec<String>,
    pub(crate) action: Action,
    pub(crate) found: Vec<Diagnostic>,
}

/// An object after applying.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) stored: Stored,
    pub(crate) found: Vec<Diagnostic>,
}

pub(crate) fn capabilities() -> Option<ClientCapabilities> {
    Some(ClientCapabilities {
        write_only_attributes_allowed: true,
        ..ClientCapabilities::default()
    })
}

pub(crate) fn value(value: &Json, ty: &Json) -> Option<DynamicValue> {
    Some(DynamicValue {
        msgpack: encode(value, ty),
        json: Vec::new(),
    })
}

/// Reads a value of an answer; it is there, and in MessagePack only.
pub(crate) fn read_value(value: Option<DynamicValue>, ty: &Json) -> Json {
    let value = value.expect("a value");
    assert!(value.json.is_empty());
    decode(&value.msgpack, ty).unwrap_or_else(|problem| panic!("{problem}"))
}

impl Terraform {
    /// Reads the schema; the provider is not configured yet.
    pub(crate) async fn new(mut client: Client) -> Self {
        let schema = client
            .get_provider_schema(get_provider_schema::Request {})
            .await
            .unwrap();
        let schema = schema.into_inner();
        let identities = client
            .get_resource_identity_schemas(get_resource_identity_schemas::Request {})
            .await
            .unwrap()
            .into_inner();
        assert_eq!(identities.diagnostics, []);
        let blocks = |schemas: BTreeMap<String, Schema>| {
            let schemas = schemas.into_iter();
            schemas
                .map(|(name, schema)| (name, schema.block.unwrap()))
                .collect()
        };
        Self {
            client,
            provider: schema.provider.unwrap().block.unwrap(),
            resources: blocks(schema.resource_schemas),
            data_sources: blocks(schema.data_source_schemas),
            list_resources: blocks(schema.list_resource_schemas),
            actions: schema
                .action_schemas
                .into_iter()
                .map(|(name, action)| (name, action.schema.unwrap().block.unwrap()))
                .collect(),
            identities: identities.identity_schemas,
            own: Mutex::default(),
        }
    }

    /// Reads the schema and configures the provider.
    pub(crate) async fn configured(client: Client, config: Json) -> Self {
        let terraform = Self::new(client).await;
        let found = terraform.configure(config).await;
        assert!(!has_error(&found), "{found:?}");
        terraform
    }

    /// Configures the provider again, as each of Terraform's commands does for itself.
    pub(crate) async fn begin_run(&self) {
        let own = self.own.lock().unwrap().clone();
        if let Some(config) = own {
            let found = self.configure(config).await;
            assert!(!has_error(&found), "{found:?}");
        }
    }

    pub(crate) fn block(&self, name: &str) -> &schema::Block {
        &self.resources[name]
    }

    pub(crate) fn ty(&self, name: &str) -> Json {
        block_type(self.block(name))
    }

    /// A whole configuration of a resource from what somebody wrote.
    pub(crate) fn config(&self, name: &str, wrote: &Json) -> Json {
        written(self.block(name), wrote.clone())
    }

    /// Validates and configures the provider.
    pub(crate) async fn configure(&self, config: Json) -> Vec<Diagnostic> {
        *self.own.lock().unwrap() = Some(config.clone());
        let config = value(
            &written(&self.provider, config),
            &block_type(&self.provider),
        );
        let request = validate_provider_config::Request {
            config: config.clone(),
        };
        let valid = self
            .client
            .clone()
            .validate_provider_config(request)
            .await
            .unwrap();
        let mut found = valid.into_inner().diagnostics;
        sound(&found);
        if has_error(&found) {
            return found;
        }
        let request = configure_provider::Request {
            terraform_version: "1.15.0".to_owned(),
            config,
            client_capabilities: capabilities(),
        };
        let reply = self
            .client
            .clone()
            .configure_provider(request)
            .await
            .unwrap();
        found.extend(reply.into_inner().diagnostics);
        sound(&found);
        found
    }

    /// Validates a resource's configuration.
    pub(crate) async fn validate(&self, name: &str, wrote: Json) -> Vec<Diagnostic> {
        self.validate_as(name, wrote, capabilities()).await
    }

    /// Validates for a client with these capabilities.
    pub(crate) async fn validate_as(
        &self,
        name: &str,
        wrote: Json,
        client_capabilities: Option<ClientCapabilities>,
    ) -> Vec<Diagnostic> {
        let request = validate_resource_config::Request {
            type_name: name.to_owned(),
            config: value(&self.config(name, &wrote), &self.ty(name)),
            client_capabilities,
        };
        let reply = self
            .client
            .clone()
            .validate_resource_config(request)
            .await
            .unwrap();
        let found = reply.into_inner().diagnostics;
        sound(&found);
        found
    }

    /// Plans; null as configuration plans the removal.
    pub(crate) async fn plan(&self, name: &str, prior: &Stored, wrote: Json) -> Planned {
        let config = self.config(name, &wrote);
        let planned = self.plan_once(name, prior, config).await;
        if planned.action != Action::Replace || has_error(&planned.found) {
            return planned;
        }
        // Terraform asks again, for the new object alone.
        let nothing = Stored {
            object: Json::Null,
            private: planned.private,
            identity: planned.identity,
        };
        let second = self.plan_once(name, &nothing, planned.config).await;
        assert_eq!(second.action, Action::Create);
        Planned {
            action: Action::Replace,
            replace: planned.replace,
            prior: prior.clone(),
            ..second
        }
    }

    /// The first plan alone, whose warnings are the ones that are shown.
    pub(crate) async fn plan_first(&self, name: &str, prior: &Stored, wrote: Json) -> Planned {
        let config = self.config(name, &wrote);
        self.plan_once(name, prior, config).await
    }

    /// Carries out only the removal of a replacement, as after a creation that went first.
    pub(crate) async fn remove(&self, name: &str, planned: &Planned) -> Applied {
        let removal = Planned {
            object: Json::Null,
            config: Json::Null,
            identity: planned.prior.identity.clone(),
            ..planned.clone()
        };
        self.apply_once(name, &removal).await
    }

    async fn plan_once(&self, name: &str, prior: &Stored, config: Json) -> Planned {
        let (block, ty) = (self.block(name), self.ty(name));
        let proposed = propose(block, &prior.object, &config);
        let request = plan_resource_change::Request {
            type_name: name.to_owned(),
            prior_state: value(&prior.object, &ty),
            proposed_new_state: value(&proposed, &ty),
            config: value(&config, &ty),
            prior_private: prior.private.clone(),
            prior_identity: self.identity(name, &prior.identity),
            client_capabilities: capabilities(),
            ..plan_resource_change::Request::default()
        };
        let reply = self
            .client
            .clone()
            .plan_resource_change(request.clone())
            .await
            .unwrap();
        let reply = reply.into_inner();
        // A second creation of one grant is a second block, and the plan of a setting depends on what the service answers.
        let is_grant = name.ends_with("csms_grant");
        let is_setting = name.ends_with("repo_encryption_setting");
        if !(is_setting || prior.object.is_null() && is_grant) {
            let again = self.client.clone().plan_resource_change(request).await;
            let mut again = again.unwrap().into_inner();
            // What is said to the apply is about this one plan.
            again.planned_private = reply.planned_private.clone();
            if is_grant {
                // What else is planned by now may be said to either.
                again.diagnostics.clone_from(&reply.diagnostics);
            }
            assert_eq!(reply, again, "planning twice gives two plans");
        }
        sound(&reply.diagnostics);
        assert!(!reply.legacy_type_system);
        assert_eq!(reply.deferred, None);
        let identity = self.read_identity(name, reply.planned_identity);

        let object = if has_error(&reply.diagnostics) {
            Json::Null
        } else {
            let object = read_value(reply.planned_state, &ty);
            check_plan(block, &prior.object, &config, &object);
            object
        };
        let steps = |path: &AttributePath| match path.steps.as_slice() {
            [step] => match step.selector.as_ref().unwrap() {
                Selector::AttributeName(name) => name.clone(),
                other => panic!("{other:?}"),
            },
            other => panic!("{other:?}"),
        };
        let replace: Vec<_> = reply.requires_replace.iter().map(steps).collect();
        assert!(replace.is_sorted_by(|one, next| one < next), "{replace:?}");
        for path in &replace {
            assert!(
                !prior.object.is_null() && !object.is_null(),
                "{path} needs no new object"
            );
            let is_there = block
                .attributes
                .iter()
                .any(|attribute| attribute.name == *path);
            assert!(is_there, "no attribute {path}");
            assert_ne!(prior.object[path], object[path], "{path} does not change");
        }
        let action = match (&prior.object, &object) {
            (Json::Null, Json::Null) => Action::Nothing,
            (Json::Null, _) => Action::Create,
            (_, Json::Null) => Action::Delete,
            _ if !replace.is_empty() => Action::Replace,
            (prior, object) if prior == object => Action::Nothing,
            _ => Action::Update,
        };
        // Of a new object parts may be unknown, but then `terraform show -json` fails.
        assert!(is_wholly_known(&identity), "{identity}");
        if !prior.object.is_null() && !has_error(&reply.diagnostics) {
            same_as_far_as_known(&prior.identity, &identity);
        }
        Planned {
            prior: prior.clone(),
            config,
            object,
            identity,
            private: reply.planned_private,
            replace,
            action,
            found: reply.diagnostics,
        }
    }

    /// Applies a plan; a replacement is a removal and a creation.
    pub(crate) async fn apply(&self, name: &str, planned: &Planned) -> Applied {
        if planned.action != Action::Replace {
            return self.apply_once(name, planned).await;
        }
        let removal = Planned {
            object: Json::Null,
            config: Json::Null,
            identity: planned.prior.identity.clone(),
            ..planned.clone()
        };
        let removed = self.apply_once(name, &removal).await;
        if has_error(&removed.found) {
            return removed;
        }
        let creation = Planned {
            prior: Stored::default(),
            ..planned.clone()
        };
        self.apply_once(name, &creation).await
    }

    async fn apply_once(&self, name: &str, planned: &Planned) -> Applied {
        let (block, ty) = (self.block(name), self.ty(name));
        let request = apply_resource_change::Request {
            type_name: name.to_owned(),
            prior_state: value(&planned.prior.object, &ty),
            planned_state: value(&planned.object, &ty),
            config: value(&planned.config, &ty),
            planned_private: planned.private.clone(),
            planned_identity: self.identity(name, &planned.identity),
            ..apply_resource_change::Request::default()
        };
        let reply = self
            .client
            .clone()
            .apply_resource_change(request)
            .await
            .unwrap();
        let reply = reply.into_inner();
        sound(&reply.diagnostics);
        assert!(!reply.legacy_type_system);
        let object = read_value(reply.new_state, &ty);
        check_storable(block, &object);
        let identity = self.read_identity(name, reply.new_identity);
        assert!(is_wholly_known(&identity), "{identity}");
        if !has_error(&reply.diagnostics) {
            self.check_identity(name, &object, &planned.identity, &identity);
            assert_eq!(object.is_null(), planned.object.is_null());
            let problems = apply_problems(block, &planned.object, &object);
            assert!(problems.is_empty(), "{problems:#?}");
        }
        if object.is_null() {
            assert!(reply.private.is_empty());
        }
        Applied {
            stored: Stored {
                object,
                private: reply.private,
                identity,
            },
            found: reply.diagnostics,
        }
    }

    /// Looks at an object; after an error the one before stays.
    pub(crate) async fn read(&self, name: &str, before: &Stored) -> Applied {
        let (block, ty) = (self.block(name), self.ty(name));
        let request = read_resource::Request {
            type_name: name.to_owned(),
            current_state: value(&before.object, &ty),
            private: before.private.clone(),
            current_identity: self.identity(name, &before.identity),
            client_capabilities: capabilities(),
            ..read_resource::Request::default()
        };
        let reply = self
            .client
            .clone()
            .read_resource(request)
            .await
            .unwrap()
            .into_inner();
        sound(&reply.diagnostics);
        assert_eq!(reply.deferred, None);
        let stored = if has_error(&reply.diagnostics) {
            before.clone()
        } else {
            let object = read_value(reply.new_state, &ty);
            check_storable(block, &object);
            let identity = self.read_identity(name, reply.new_identity);
            self.check_identity(name, &object, &before.identity, &identity);
            Stored {
                object,
                private: reply.private,
                identity,
            }
        };
        Applied {
            stored,
            found: reply.diagnostics,
        }
    }

    /// Brings an object that a state file keeps as `json` to the current schema.
    pub(crate) async fn upgrade(
        &self,
        name: &str,
        version: i64,
        json: &Json,
    ) -> Result<Json, Vec<Diagnostic>> {
        let raw_state = RawState {
            json: json.to_string().into_bytes(),
            ..RawState::default()
        };
        self.upgrade_raw(name, version, raw_state).await
    }

    /// The same in any form that a state file may have.
    pub(crate) async fn upgrade_raw(
        &self,
        name: &str,
        version: i64,
        raw_state: RawState,
    ) -> Result<Json, Vec<Diagnostic>> {
        let request = upgrade_resource_state::Request {
            type_name: name.to_owned(),
            version,
            raw_state: Some(raw_state),
        };
        let reply = self
            .client
            .clone()
            .upgrade_resource_state(request)
            .await
            .unwrap();
        let reply = reply.into_inner();
        sound(&reply.diagnostics);
        if has_error(&reply.diagnostics) {
            return Err(reply.diagnostics);
        }
        let object = read_value(reply.upgraded_state, &self.ty(name));
        assert!(object.is_object());
        check_storable(self.block(name), &object);
        Ok(object)
    }

    /// Imports by id, without the read that follows.
    pub(crate) async fn import(&self, name: &str, id: &str) -> Result<Stored, Vec<Diagnostic>> {
        let request = import_resource_state::Request {
            type_name: name.to_owned(),
            id: id.to_owned(),
            client_capabilities: capabilities(),
            ..import_resource_state::Request::default()
        };
        self.import_as(request).await
    }

    /// Imports as a request says.
    pub(super) async fn import_as(
        &self,
        request: import_resource_state::Request,
    ) -> Result<Stored, Vec<Diagnostic>> {
        let name = &request.type_name.clone();
        let reply = self
            .client
            .clone()
            .import_resource_state(request)
            .await
            .unwrap();
        let reply = reply.into_inner();
        sound(&reply.diagnostics);
        assert_eq!(reply.deferred, None);
        if has_error(&reply.diagnostics) {
            return Err(reply.diagnostics);
        }
        let [imported] = <[_; 1]>::try_from(reply.imported_resources).unwrap();
        assert_eq!(imported.type_name, *name);
        let object = read_value(imported.state, &self.ty(name));
        assert!(object.is_object());
        check_storable(self.block(name), &object);
        let identity = self.read_identity(name, imported.identity);
        assert!(is_wholly_known(&identity), "{identity}");
        Ok(Stored {
            object,
            private: imported.private,
            identity,
        })
    }

    /// Plans and applies in a run of their own, which must succeed.
    pub(crate) async fn make(&self, name: &str, prior: &Stored, wrote: Json) -> Stored {
        self.begin_run().await;
        let planned = self.plan(name, prior, wrote).await;
        assert!(!has_error(&planned.found), "{:?}", planned.found);
        let applied = self.apply(name, &planned).await;
        assert!(!has_error(&applied.found), "{:?}", applied.found);
        applied.stored
    }

    /// Makes a new object.
    pub(crate) async fn create(&self, name: &str, wrote: Json) -> Stored {
        self.make(name, &Stored::default(), wrote).await
    }

    /// Checks that applying the same again would do nothing, before and after a look at the object.
    pub(crate) async fn expect_no_change(&self, name: &str, stored: &Stored, wrote: &Json) {
        self.begin_run().await;
        let planned = self.plan(name, stored, wrote.clone()).await;
        assert_eq!(
            planned.action,
            Action::Nothing,
            "{} became {}",
            stored.object,
            planned.object
        );
        let read = self.read(name, stored).await;
        assert!(!has_error(&read.found), "{:?}", read.found);
        assert_eq!(read.stored.object, stored.object);
        assert_eq!(read.stored.identity, stored.identity);
        let planned = self.plan(name, &read.stored, wrote.clone()).await;
        assert_eq!(
            planned.action,
            Action::Nothing,
            "{} became {}",
            stored.object,
            planned.object
        );
    }
}

fn check_plan(block: &schema::Block, prior: &Json, config: &Json, planned: &Json) {
    if config.is_null() {
        assert_eq!(*planned, json!(null));
        return;
    }
    let problems = plan_problems(block, prior, config, planned);
    assert!(problems.is_empty(), "{problems:#?}");
}

/// Checks what holds for every object that goes into a state.
pub(super) fn check_storable(block: &schema::Block, object: &Json) {
    assert!(is_wholly_known(object), "{object}");
    assert_eq!(write_only_leaks(block, object), Vec::<String>::new());
    assert_eq!(null_blocks(block, object), Vec::<String>::new());
}
