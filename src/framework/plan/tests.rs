use super::*;
use crate::framework::schema::{NestedBlock, Nesting};

fn schema() -> Block {
    let ignoring_case: fn(&str, &str) -> bool = |one, other| one.eq_ignore_ascii_case(other);
    let write_only = Attribute::string("token", "").write_only();
    let options = Block {
        attributes: vec![write_only.clone()],
        ..Block::default()
    };
    Block {
        attributes: vec![
            Attribute::string("name", "")
                .required()
                .replaces()
                .same_if(ignoring_case),
            Attribute::string("end", ""),
            Attribute::string("note", ""),
            Attribute::string("size", "").with_default("small"),
            Attribute::string("id", "").computed(Recompute::Never),
            Attribute::string("stamp", "").computed(Recompute::With(&["end"])),
            Attribute::string("serial", "").computed(Recompute::Always),
            Attribute::string("place", "")
                .optional_computed(Recompute::Never)
                .replaces(),
            write_only,
        ],
        blocks: vec![NestedBlock {
            name: "options",
            nesting: Nesting::Single,
            block: options,
        }],
        ..Block::default()
    }
}

const NAMES: [&str; 10] = [
    "name", "end", "note", "size", "id", "stamp", "serial", "place", "token", "options",
];

/// An object with these attributes, all others null.
fn object(attributes: &[(&'static str, Value)]) -> Value {
    let all = NAMES.map(|name| (name, Value::Null)).into_iter();
    Value::object(all.chain(attributes.iter().cloned()))
}

/// Terraform's merge: what is configured, else the prior value of what may be computed.
fn merged(config: &Value, prior: Option<&Value>) -> Value {
    let keeps = |name: &str| schema().attribute(name).is_some_and(Attribute::is_computed);
    let value = |name: &str| match (config.attribute(name), prior) {
        (Value::Null, Some(prior)) if keeps(name) => prior.attribute(name).clone(),
        (configured, _) => configured.clone(),
    };
    Value::object(NAMES.map(|name| (name, value(name))))
}

fn planned(config: &[(&'static str, Value)], prior: Option<&Value>) -> (Value, Vec<String>) {
    let config = object(config);
    let plan = plan(
        &schema(),
        PlanRequest {
            prior,
            proposed: merged(&config, prior),
            config: &config,
        },
    );
    (
        plan.state,
        plan.replace.iter().map(ToString::to_string).collect(),
    )
}

fn existing() -> Value {
    object(&[
        ("name", "Ada".into()),
        ("end", "2027".into()),
        ("size", "small".into()),
        ("id", "1".into()),
        ("stamp", "t1".into()),
        ("serial", "s1".into()),
        ("place", "north".into()),
    ])
}

#[test]
fn c98_a_create_plans_computed_attributes_as_unknown() {
    let (state, replace) = planned(&[("name", "Ada".into())], None);
    for name in ["id", "stamp", "serial", "place"] {
        assert_eq!(state.attribute(name), &Value::Unknown, "{name}");
    }
    assert_eq!(state.attribute("size"), &Value::from("small"));
    assert_eq!(replace, Vec::<String>::new(), "c105");
}

#[test]
fn c97_an_unchanged_configuration_plans_the_prior_object() {
    let (state, replace) = planned(
        &[("name", "Ada".into()), ("end", "2027".into())],
        Some(&existing()),
    );
    assert_eq!(state, existing());
    assert_eq!(replace, Vec::<String>::new());
}

#[test]
fn c100_an_equivalent_spelling_keeps_the_prior_value() {
    let (state, replace) = planned(
        &[("name", "ADA".into()), ("end", "2027".into())],
        Some(&existing()),
    );
    assert_eq!(state, existing());
    assert_eq!(replace, Vec::<String>::new());
}

#[test]
fn c99_an_update_makes_only_affected_computed_attributes_unknown() {
    let (state, replace) = planned(
        &[
            ("name", "Ada".into()),
            ("end", "2027".into()),
            ("note", "n".into()),
        ],
        Some(&existing()),
    );
    assert_eq!(state.attribute("serial"), &Value::Unknown);
    for name in ["id", "stamp", "place"] {
        assert_eq!(state.attribute(name), existing().attribute(name), "{name}");
    }
    assert_eq!(replace, Vec::<String>::new());
    let (state, _) = planned(
        &[("name", "Ada".into()), ("end", "2028".into())],
        Some(&existing()),
    );
    assert_eq!(state.attribute("stamp"), &Value::Unknown);
}

#[test]
fn c104_attributes_that_force_replacement_are_listed_in_order() {
    let config = [
        ("name", "Bob".into()),
        ("end", "2027".into()),
        ("place", "east".into()),
    ];
    assert_eq!(planned(&config, Some(&existing())).1, ["name", "place"]);
    assert_eq!(
        planned(&[("name", Value::Unknown)], Some(&existing())).1,
        ["name"]
    );
}

#[test]
fn c101_unset_attributes_stay_null_and_c102_unknown_ones_unknown() {
    let (state, _) = planned(
        &[("name", "Ada".into()), ("end", Value::Unknown)],
        Some(&existing()),
    );
    assert_eq!(state.attribute("note"), &Value::Null);
    assert_eq!(state.attribute("end"), &Value::Unknown);
    assert_eq!(state.attribute("stamp"), &Value::Unknown);
}

#[test]
fn c90_write_only_values_are_null_in_the_plan_at_any_depth() {
    let options = Value::object([("token", "secret".into())]);
    let (state, _) = planned(
        &[
            ("name", "Ada".into()),
            ("token", "secret".into()),
            ("options", options),
        ],
        None,
    );
    assert_eq!(state.attribute("token"), &Value::Null);
    assert_eq!(
        state.attribute("options"),
        &Value::object([("token", Value::Null)])
    );
}

#[test]
fn c106_the_second_plan_of_a_replacement_plans_a_create() {
    let config = [("name", "Bob".into())];
    let (state, replace) = planned(&config, None);
    assert_eq!(state.attribute("id"), &Value::Unknown);
    assert_eq!(replace, Vec::<String>::new());
}

#[test]
fn c103_blocks_are_planned_as_configured() {
    for block in [
        Value::Null,
        Value::Unknown,
        Value::object([("token", Value::Null)]),
    ] {
        let (state, _) = planned(
            &[("name", "Ada".into()), ("options", block.clone())],
            Some(&existing()),
        );
        assert_eq!(state.attribute("options"), &block);
    }
}
