//! A provider made to be asked everything: attributes of every type and every nesting of blocks, a resource and a data
//! source and an action that behave as their attribute `behaviour` says, and a function that behaves as its arguments say.

mod act;
pub(super) mod search;
mod view;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use hwgrants::framework::identity::malformed_error;
use hwgrants::framework::schema::{Nesting, Problem, Recompute};
use hwgrants::framework::timeouts::GoDuration;
use hwgrants::framework::validate::{check_text, length};
use hwgrants::framework::{
    Change, Context, Diagnostic, Diagnostics, Failure, Field, Identity, Import, ModifyPlan, Number,
    Offer, PlanContext, Provider, Resource, Set, TerraformHost, Type, Upgrade, UpgradeIdentity,
    UpgradeState, ValidateConfig, Value, model,
};
use tokio::sync::Notify;

/// The provider.
#[derive(Default)]
pub(super) struct Probe {
    /// Told when an operation begins to wait for its cancellation.
    pub(super) hanging: Arc<Notify>,
    /// What searches and acts do.
    pub(super) watch: Arc<search::Watch>,
}

/// What `behaviour` may be; anything else is a resource that works.
pub(super) mod behaviour {
    /// Every operation panics.
    pub(crate) const PANIC: &str = "panic";
    /// Planning to make a thing panics.
    pub(crate) const PANIC_IN_PLAN: &str = "panic while planning";
    /// Checking the configuration panics.
    pub(crate) const PANIC_IN_CHECK: &str = "panic while checking";
    /// Making, changing and viewing go on until they are cancelled, and keep what was reached.
    pub(crate) const HANG: &str = "hang";
    /// Making and changing fail and keep what was reached.
    pub(crate) const HALF_WAY: &str = "half way";
    /// Making and changing fail at once and keep nothing.
    pub(crate) const REFUSE: &str = "refuse";
    /// Making and changing leave `id` and `updated` unknown, viewing `region` and what is in `found`.
    pub(crate) const UNDECIDED: &str = "undecided";
    /// Making, changing and viewing answer a tuple that is none.
    pub(crate) const MISFIT: &str = "misfit";
    /// Removing fails.
    pub(crate) const FAIL_DELETE: &str = "fail delete";
    /// Looking finds nothing.
    pub(crate) const GONE: &str = "gone";
    /// Looking is not allowed.
    pub(crate) const FORBIDDEN: &str = "forbidden";
    /// Looking finds `name` in capitals, which means the same, and another `note`; viewing finds another `name`.
    pub(crate) const DRIFT: &str = "drift";
    /// Making, changing and looking answer an `id` and a `revision` of their own, whatever was planned.
    pub(crate) const INSISTENT: &str = "insistent";
    /// Making and changing answer a thing of another region.
    pub(crate) const ASTRAY: &str = "astray";
    /// Looking finds a thing of another region.
    pub(crate) const IMPOSTOR: &str = "impostor";
    /// Finding out the identity of a thing that is there panics.
    pub(crate) const UNNAMEABLE: &str = "unnameable";
    /// Looking finds a thing without a region.
    pub(crate) const NAMELESS: &str = "nameless";
}

model! {
    /// A probe.
    pub(super) struct Config {
        /// What ids begin with.
        #[attribute(check(length(1..=10)))]
        prefix: Field<String>,
    }
}

impl ValidateConfig for Config {
    fn validate(&self) -> Diagnostics {
        let mut found = Diagnostics::new();
        if self.prefix.text() == Some("two words") {
            let detail = "A prefix is one word.";
            found.push(Diagnostic::error("Prefix of two words", detail).at_root("prefix"));
        }
        found
    }
}

/// The provider, configured.
pub(super) struct Client {
    prefix: Field<String>,
    hanging: Arc<Notify>,
    watch: Arc<search::Watch>,
}

impl Provider for Probe {
    const TYPE: &'static str = "probe";
    type Client = Client;
    type Config = Config;

    async fn configure(
        &self,
        config: Config,
        _: &TerraformHost,
        warnings: &mut Diagnostics,
    ) -> Result<Client, Diagnostics> {
        assert_ne!(
            config.prefix.text(),
            Some(behaviour::PANIC),
            "the kettle is dry"
        );
        if config.prefix.is_null() {
            let detail = "IDs begin with `none`.";
            warnings.push(Diagnostic::warning("No prefix", detail).at_root("prefix"));
        }
        Ok(Client {
            prefix: config.prefix,
            hanging: Arc::clone(&self.hanging),
            watch: Arc::clone(&self.watch),
        })
    }

    fn needs_deferral(client: &Client) -> bool {
        client.prefix.is_unknown()
    }

    fn resources(offer: &mut Offer<Client>) {
        offer.with_short_names();
        offer.validate_provider_config::<Config>();
        offer
            .resource::<Thing>()
            .import()
            .identity()
            .upgrade_identity()
            .list()
            .modify_plan()
            .validate_config()
            .upgrade_state();
        offer.resource::<Plain>();
        offer.data_source::<view::View>().validate_config();
        offer.action::<act::Acts>().plan().validate_config();
        offer.function::<words::Words>();
    }
}

fn object_type() -> Type {
    Type::object([("flag", Type::Bool), ("text", Type::String)])
}

pub(super) fn tuple_type() -> Type {
    Type::Tuple(vec![Type::String, Type::Number])
}

model! {
    /// A thing.
    pub(super) struct Model {
        /// Name; any case.
        #[attribute(required, replaces, same_if(same_but_for_case), check(length(1..=64)))]
        name: Field<String>,
        /// What goes wrong.
        #[attribute(check(check_text(panic_in_check)))]
        behaviour: Field<String>,
        /// A note.
        #[attribute(check(length(0..=30_000_000)))]
        note: Field<String>,
        /// An exact number.
        number: Field<Number>,
        /// A flag.
        flag: Field<bool>,
        /// A list.
        list: Field<Vec<Field<String>>>,
        /// A set.
        #[attribute(replaces)]
        set: Field<Set<Field<String>>>,
        /// A map.
        map: Field<BTreeMap<String, Field<Number>>>,
        /// An object.
        #[attribute(typed(object_type()))]
        object: Field<Value>,
        /// A tuple.
        #[attribute(typed(tuple_type()))]
        tuple: Field<Value>,
        /// Anything.
        any: Field<Value>,
        /// Size; 3 unless set.
        #[attribute(with_default(3))]
        size: Field<i64>,
        /// Region.
        #[attribute(optional_computed(Recompute::Never), replaces)]
        region: Field<String>,
        /// Id.
        #[attribute(computed(Recompute::Never))]
        id: Field<String>,
        /// Follows the note.
        #[attribute(computed(Recompute::With(&["note"])))]
        revision: Field<String>,
        /// Changes with everything.
        #[attribute(computed(Recompute::Always))]
        updated: Field<String>,
        /// A secret.
        #[attribute(sensitive)]
        secret: Field<String>,
        /// A password.
        #[attribute(write_only)]
        password: Field<String>,
        /// Out of use.
        #[attribute(deprecated("Use `note`."))]
        old: Field<String>,
        /// A lease.
        #[attribute(replaces)]
        lease: Field<String>,
        /// Nested attributes, one after the other.
        nested: Field<Vec<Nested>>,
        /// A part.
        #[block(Nesting::Single)]
        single: Field<Part>,
        /// A part.
        #[block(Nesting::List { max_items: 2 })]
        listed: Field<Vec<Part>>,
        /// A part.
        #[block(Nesting::Set)]
        in_set: Field<Set<SetPart>>,
        /// A part.
        #[block(Nesting::Map)]
        mapped: Field<BTreeMap<String, Part>>,
        /// A part.
        #[block(Nesting::Group)]
        group: Field<GroupPart>,
        /// Timeouts.
        #[block(Nesting::Single)]
        timeouts: Field<Timeouts>,
    }
}

fn panic_in_check(text: &str) -> Result<(), Problem> {
    assert_ne!(text, behaviour::PANIC_IN_CHECK, "the kettle is dry");
    Ok(())
}

model! {
    /// Attributes inside an attribute.
    pub(super) struct Nested {
        /// Label.
        #[attribute(required, check(length(1..=20)))]
        label: Field<String>,
        /// Hidden.
        #[attribute(write_only)]
        hidden: Field<String>,
    }
}

model! {
    /// Content of a block.
    pub(super) struct Part {
        /// Label.
        #[attribute(required, check(length(1..=20)))]
        label: Field<String>,
        /// Count.
        count: Field<i64>,
        /// Hidden.
        #[attribute(write_only)]
        hidden: Field<String>,
    }
}

model! {
    /// Content of a block in a set, which cannot hold write-only values.
    pub(super) struct SetPart {
        /// Label.
        #[attribute(required, check(length(1..=20)))]
        label: Field<String>,
        /// Count.
        count: Field<i64>,
    }
}

model! {
    /// Content of a group, which Terraform makes up of nulls where the practitioner writes none.
    pub(super) struct GroupPart {
        /// Label.
        label: Field<String>,
        /// Count.
        count: Field<i64>,
        /// Hidden.
        #[attribute(write_only)]
        hidden: Field<String>,
    }
}

model! {
    /// How long operations may take.
    pub(super) struct Timeouts {
        /// Creating.
        create: Field<GoDuration>,
        /// Reading.
        read: Field<GoDuration>,
        /// Updating.
        update: Field<GoDuration>,
        /// Deleting.
        delete: Field<GoDuration>,
    }
}

impl ValidateConfig for Model {
    fn validate(&self) -> Diagnostics {
        let mut found = Diagnostics::new();
        if self.note.text() == Some("a lease") && self.lease.is_null() {
            let detail = "This note needs a `lease`.";
            found.push(Diagnostic::error("Lease missing", detail).at_root("lease"));
        }
        found
    }
}

model! {
    /// What a thing was in version 0 of the schema.
    pub(super) struct FirstModel {
        title: Field<String>,
    }
}

model! {
    /// What a thing was in version 1 of the schema.
    pub(super) struct SecondModel {
        name: Field<String>,
        comment: Field<String>,
    }
}

impl UpgradeState for Thing {
    fn state_upgrades() -> Vec<Upgrade<Model>> {
        vec![
            Upgrade::from(|old: FirstModel| {
                Ok(Model {
                    name: old.title,
                    ..Model::default()
                })
            }),
            Upgrade::from(|old: SecondModel| {
                if old.comment.text() == Some(behaviour::FORBIDDEN) {
                    return Err(refused("upgrading"));
                }
                Ok(Model {
                    name: old.name,
                    note: old.comment,
                    ..Model::default()
                })
            }),
        ]
    }
}

/// A resource with everything.
pub(super) struct Thing;

fn same_but_for_case(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

impl Resource for Thing {
    const NAME: &'static str = "thing";
    type Client = Client;
    type Model = Model;

    async fn create(
        client: &Client,
        plan: Model,
        context: &mut Context,
    ) -> Result<Model, Failure<Model>> {
        context.private_mut().remember("made", "yes");
        reach(client, plan, context).await
    }

    async fn read(
        _: &Client,
        state: Model,
        context: &mut Context,
    ) -> Result<Option<Model>, Failure<Model>> {
        match state.behaviour.text() {
            Some(behaviour::PANIC) => panic!("the kettle is dry"),
            Some(behaviour::GONE) => Ok(None),
            Some(behaviour::FORBIDDEN) => Err(refused("reading").into()),
            Some(behaviour::DRIFT) => Ok(Some(Model {
                name: state.name.text().unwrap().to_uppercase().as_str().into(),
                note: "another".into(),
                ..state
            })),
            Some(behaviour::IMPOSTOR) => Ok(Some(Model {
                region: "elsewhere".into(),
                ..state
            })),
            Some(behaviour::INSISTENT) => Ok(Some(Model {
                id: "its own".into(),
                revision: "its own".into(),
                ..state
            })),
            Some(behaviour::NAMELESS) => Ok(Some(Model {
                region: Field::Null,
                ..state
            })),
            _ => {
                // What only configuration tells may come along by mistake.
                let password = "left over".into();
                if context.private().fact("made").is_none() {
                    context.private_mut().remember("made", "imported");
                }
                let region = Field::Known(state.region.text().unwrap_or("here").to_owned());
                Ok(Some(Model {
                    password,
                    region,
                    ..state
                }))
            }
        }
    }

    async fn update(
        client: &Client,
        _: Model,
        plan: Model,
        context: &mut Context,
    ) -> Result<Model, Failure<Model>> {
        reach(client, plan, context).await
    }

    async fn delete(_: &Client, state: Model, context: &mut Context) -> Result<(), Failure<Model>> {
        match state.behaviour.text() {
            Some(behaviour::PANIC) => panic!("the kettle is dry"),
            Some(behaviour::FAIL_DELETE) => Err(refused("deleting").into()),
            _ => {
                context.warn(Diagnostic::warning("Deleted", "It is gone."));
                Ok(())
            }
        }
    }
}

/// Makes or changes a thing.
async fn reach(
    client: &Client,
    plan: Model,
    context: &mut Context,
) -> Result<Model, Failure<Model>> {
    let reached = decide(client, plan.clone());
    match plan.behaviour.text() {
        Some(behaviour::PANIC) => panic!("the kettle is dry"),
        Some(behaviour::HANG) => {
            client.hanging.notify_one();
            context.cancellation().cancelled().await;
            let cancelled = Diagnostic::error("Cancelled", "The thing is there in part.");
            Err(Failure::from(cancelled).keeping(Model {
                revision: Field::Unknown,
                ..reached
            }))
        }
        Some(behaviour::HALF_WAY) => Err(Failure::from(refused("making")).keeping(Model {
            revision: Field::Unknown,
            note: "half".into(),
            ..reached
        })),
        Some(behaviour::REFUSE) => Err(refused("making").into()),
        Some(behaviour::UNDECIDED) => Ok(Model {
            id: Field::Unknown,
            updated: Field::Unknown,
            ..reached
        }),
        Some(behaviour::INSISTENT) => Ok(Model {
            id: "its own".into(),
            revision: "its own".into(),
            ..reached
        }),
        Some(behaviour::ASTRAY) => Ok(Model {
            region: "elsewhere".into(),
            ..reached
        }),
        Some(behaviour::MISFIT) => Ok(Model {
            tuple: Field::Known("no tuple".into()),
            ..reached
        }),
        _ => Ok(reached),
    }
}

fn refused(what: &str) -> Diagnostic {
    Diagnostic::error("Refused", format!("The probe refuses {what}.")).at_root("behaviour")
}

fn decide(client: &Client, plan: Model) -> Model {
    let or = |field: Field<String>, text: String| match field {
        Field::Unknown => Field::Known(text),
        decided => decided,
    };
    let prefix = client.prefix.text().unwrap_or("none").to_owned();
    let name = plan.name.text().unwrap().to_lowercase();
    let note = plan.note.text().unwrap_or_default();
    let revision = format!("revision of {} characters", note.chars().count());
    Model {
        id: or(plan.id, format!("{prefix}-{name}")),
        region: or(plan.region, "here".to_owned()),
        revision: or(plan.revision, revision),
        updated: or(plan.updated, "now".to_owned()),
        // A spelling of the service's own, which means the same.
        name: plan.name.text().unwrap().to_uppercase().as_str().into(),
        password: "left over".into(),
        ..plan
    }
}

impl Import for Thing {
    fn import(id: &str) -> Result<Model, Diagnostic> {
        assert_ne!(id, behaviour::PANIC, "the kettle is dry");
        let Some((prefix, name)) = id.split_once('-') else {
            let detail = format!("`{id}` has no `-`. The form is `prefix-name`.");
            return Err(Diagnostic::error("Malformed import ID", detail));
        };
        Ok(Model {
            name: name.into(),
            id: format!("{prefix}-{name}").as_str().into(),
            ..Model::default()
        })
    }
}

model! {
    /// Identity of a [`Thing`].
    pub(super) struct ThingIdentity {
        /// Name in small letters.
        #[attribute(required)]
        name: Field<String>,
        /// Region.
        region: Field<String>,
    }
}

impl Identity for Thing {
    type Identity = ThingIdentity;

    fn identity(model: &Model) -> ThingIdentity {
        if model.behaviour.text() == Some(behaviour::UNNAMEABLE) && model.region.known().is_some() {
            panic!("the kettle is dry");
        }
        ThingIdentity {
            name: match &model.name {
                Field::Known(name) => Field::Known(name.to_lowercase()),
                open => open.clone(),
            },
            region: model.region.clone(),
        }
    }

    fn from_identity(identity: ThingIdentity) -> Result<Model, Diagnostic> {
        let name = identity.name.text().unwrap_or_default().to_lowercase();
        if name.is_empty() {
            return Err(malformed_error("The name is empty"));
        }
        Ok(Model {
            region: identity.region,
            ..Self::import(&format!("p-{name}"))?
        })
    }
}

model! {
    /// What an identity was in version 0.
    pub(super) struct FirstIdentity {
        title: Field<String>,
    }
}

impl UpgradeIdentity for Thing {
    fn identity_upgrades() -> Vec<Upgrade<ThingIdentity>> {
        vec![Upgrade::from(|old: FirstIdentity| {
            Ok(ThingIdentity {
                name: old.title,
                region: "here".into(),
            })
        })]
    }
}

impl ModifyPlan for Thing {
    async fn modify_plan(_: &Client, change: Change<'_, Model>, context: &mut PlanContext) {
        match change {
            Change::Create { plan, .. }
                if plan.behaviour.text() == Some(behaviour::PANIC_IN_PLAN) =>
            {
                panic!("the kettle is dry")
            }
            Change::Destroy { .. } => {
                context
                    .diagnostics
                    .push(Diagnostic::warning("Stays", "Something stays behind."));
            }
            _ => {}
        }
    }
}

model! {
    /// Plain.
    pub(super) struct PlainModel {
        /// Text.
        text: Field<String>,
    }
}

/// A resource with no more than the trait demands.
pub(super) struct Plain;

impl Resource for Plain {
    const NAME: &'static str = "plain";
    type Client = Client;
    type Model = PlainModel;

    async fn create(
        _: &Client,
        plan: PlainModel,
        _: &mut Context,
    ) -> Result<PlainModel, Failure<PlainModel>> {
        Ok(plan)
    }

    async fn read(
        _: &Client,
        state: PlainModel,
        _: &mut Context,
    ) -> Result<Option<PlainModel>, Failure<PlainModel>> {
        Ok(Some(state))
    }

    async fn update(
        _: &Client,
        _: PlainModel,
        plan: PlainModel,
        _: &mut Context,
    ) -> Result<PlainModel, Failure<PlainModel>> {
        Ok(plan)
    }

    async fn delete(_: &Client, _: PlainModel, _: &mut Context) -> Result<(), Failure<PlainModel>> {
        Ok(())
    }
}
