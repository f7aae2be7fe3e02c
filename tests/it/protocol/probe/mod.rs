//! A provider made to be asked everything: attributes of every type and every nesting of blocks, and a resource and a
//! data source that behave as their attribute `behaviour` says.

pub(super) mod search;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use hwgrants::framework::identity::malformed_error;
use hwgrants::framework::schema::{Attribute, Block, NestedBlock, Nesting, Recompute, Replacement};
use hwgrants::framework::timeouts::{self, Timeouts};
use hwgrants::framework::validate::{check_text, length};
use hwgrants::framework::{
    Change, Context, Diagnostic, Diagnostics, Failure, Field, Identity, IdentityAttribute,
    IdentitySchema, Import, ModifyPlan, Number, Offer, PlanContext, Provider, Resource, Schema,
    TerraformHost, Type, Value, model,
};
use tokio::sync::Notify;

/// The provider.
#[derive(Default)]
pub(super) struct Probe {
    /// Told when an operation begins to wait for its cancellation.
    pub(super) hanging: Arc<Notify>,
    /// What searches do.
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
    /// The provider block.
    pub(super) struct Config {
        prefix: Field<String>,
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

    fn schema() -> Schema {
        let prefix = Attribute::string("prefix", "What ids begin with.").check(length(1..=10));
        Schema {
            version: 0,
            block: Block {
                description: "A probe.",
                attributes: vec![prefix],
                blocks: Vec::new(),
            },
        }
    }

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
            let detail = "Ids begin with `none`.";
            warnings.push(Diagnostic::warning("No prefix", detail).at_root("prefix"));
        }
        Ok(Client {
            prefix: config.prefix,
            hanging: Arc::clone(&self.hanging),
            watch: Arc::clone(&self.watch),
        })
    }

    fn is_undecided(client: &Client) -> bool {
        client.prefix.is_unknown()
    }

    fn resources(offer: &mut Offer<Client>) {
        offer
            .resource::<Thing>()
            .import()
            .identity()
            .list()
            .modify_plan();
        offer.resource::<Plain>();
        offer.data_source::<view::View>();
    }
}

model! {
    /// Attributes of a [`Thing`].
    pub(super) struct Model {
        name: Field<String>,
        behaviour: Field<String>,
        note: Field<String>,
        number: Field<Number>,
        flag: Field<bool>,
        list: Field<Vec<Field<String>>>,
        set: Field<Value>,
        map: Field<BTreeMap<String, Field<Number>>>,
        object: Field<Value>,
        tuple: Field<Value>,
        any: Field<Value>,
        size: Field<i64>,
        region: Field<String>,
        id: Field<String>,
        revision: Field<String>,
        updated: Field<String>,
        secret: Field<String>,
        password: Field<String>,
        old: Field<String>,
        lease: Field<String>,
        single: Field<Part>,
        listed: Field<Vec<Part>>,
        in_set: Field<Value>,
        mapped: Field<BTreeMap<String, Part>>,
        group: Field<Part>,
        timeouts: Field<Timeouts>,
    }
}

model! {
    /// Content of a block.
    pub(super) struct Part {
        label: Field<String>,
        count: Field<i64>,
        hidden: Field<String>,
    }
}

/// A resource with everything.
pub(super) struct Thing;

fn same_but_for_case(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

fn nested(name: &'static str, nesting: Nesting) -> NestedBlock {
    let mut attributes = vec![
        Attribute::string("label", "Label.")
            .required()
            .check(length(1..=20)),
        Attribute::new("count", Type::Number, "Count."),
    ];
    if nesting != Nesting::Set {
        attributes.push(Attribute::string("hidden", "Hidden.").write_only());
    }
    if nesting == Nesting::Group {
        // Terraform makes the block up where nobody writes it.
        attributes[0] = Attribute::string("label", "Label.");
    }
    NestedBlock {
        name,
        nesting,
        block: Block {
            description: "A part.",
            attributes,
            blocks: Vec::new(),
        },
    }
}

fn attributes() -> Vec<Attribute> {
    let string = Attribute::string;
    let object = Type::object([("flag", Type::Bool), ("text", Type::String)]);
    let tuple = Type::Tuple(vec![Type::String, Type::Number]);
    vec![
        string("name", "Name; any case.")
            .required()
            .replaces(Replacement::OnChange)
            .same_if(same_but_for_case)
            .check(length(1..=64)),
        string("behaviour", "What goes wrong.").check(check_text(|text| {
            assert_ne!(text, behaviour::PANIC_IN_CHECK, "the kettle is dry");
            Ok(())
        })),
        string("note", "A note.").check(length(0..=30_000_000)),
        Attribute::new("number", Type::Number, "An exact number."),
        Attribute::new("flag", Type::Bool, "A flag."),
        Attribute::new("list", Type::list(Type::String), "A list."),
        Attribute::new("set", Type::set(Type::String), "A set.").replaces(Replacement::OnChange),
        Attribute::new("map", Type::map(Type::Number), "A map."),
        Attribute::new("object", object, "An object."),
        Attribute::new("tuple", tuple, "A tuple."),
        Attribute::new("any", Type::Dynamic, "Anything."),
        Attribute::new("size", Type::Number, "Size; 3 unless set.").with_default(3),
        string("region", "Region.")
            .optional_computed(Recompute::Never)
            .replaces(Replacement::OnChange),
        string("id", "Id.").computed(Recompute::Never),
        string("revision", "Follows the note.").computed(Recompute::With(&["note"])),
        string("updated", "Changes with everything.").computed(Recompute::Always),
        string("secret", "A secret.").sensitive(),
        string("password", "A password.").write_only(),
        string("old", "Out of use.").deprecated("Use `note`."),
        string("lease", "A lease.").replaces(Replacement::OnChange),
    ]
}

impl Resource for Thing {
    const NAME: &'static str = "thing";
    type Client = Client;
    type Model = Model;

    fn schema() -> Schema {
        Schema {
            version: 2,
            block: Block {
                description: "A thing.",
                attributes: attributes(),
                blocks: vec![
                    nested("single", Nesting::Single),
                    nested("listed", Nesting::List { max_items: 2 }),
                    nested("in_set", Nesting::Set),
                    nested("mapped", Nesting::Map),
                    nested("group", Nesting::Group),
                    timeouts::block(),
                ],
            },
        }
    }

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
            return Err(Diagnostic::error("Malformed import id", detail));
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
        name: Field<String>,
        region: Field<String>,
    }
}

impl Identity for Thing {
    type Identity = ThingIdentity;

    fn identity_schema() -> IdentitySchema {
        IdentitySchema {
            version: 0,
            attributes: vec![
                IdentityAttribute::required("name", "Name in small letters."),
                IdentityAttribute::optional("region", "Region."),
            ],
        }
    }

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
    /// Attributes of a [`Plain`].
    pub(super) struct PlainModel {
        text: Field<String>,
    }
}

/// A resource with no more than the trait demands.
pub(super) struct Plain;

impl Resource for Plain {
    const NAME: &'static str = "plain";
    type Client = Client;
    type Model = PlainModel;

    fn schema() -> Schema {
        Schema {
            version: 0,
            block: Block {
                description: "Plain.",
                attributes: vec![Attribute::string("text", "Text.")],
                blocks: Vec::new(),
            },
        }
    }

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
