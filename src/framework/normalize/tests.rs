use super::*;
use crate::framework::schema::{Attribute, Recompute};
use crate::framework::ty::Type;

fn schema() -> Block {
    let string = Attribute::string;
    Block {
        attributes: vec![
            string("computed", "").computed(Recompute::Never),
            Attribute::new("list", Type::list(Type::String), "").computed(Recompute::Never),
            string("either", "").optional_computed(Recompute::Never),
            string("default", "").with_default("d"),
            string("optional", ""),
            string("required", "").required(),
        ],
        ..Block::default()
    }
}

/// What becomes of an attribute that was planned so and answered so, under a configuration that says this of it.
#[track_caller]
fn check(
    name: &'static str,
    config: Value,
    planned: impl Into<Value>,
    answered: impl Into<Value>,
    expected: impl Into<Value>,
) {
    let object = |value| Value::object([(name, value)]);
    let (planned, answered) = (object(planned.into()), object(answered.into()));
    let kept = keep_planned(&schema(), answered, &planned, &object(config));
    assert_eq!(*kept.attribute(name), expected.into(), "{name}");
}

#[test]
fn c113_computed_attributes_keep_their_planned_value() {
    for name in ["computed", "either"] {
        check(name, Value::Null, "p", "a", "p");
        check(name, Value::Null, Value::Null, "a", Value::Null);
        check(name, Value::Null, "p", Value::Null, "p");
        check(name, Value::Null, Value::Unknown, "a", "a");
    }
    let list = |elements: &[&str]| {
        Value::List(
            elements
                .iter()
                .map(|element| Value::from(*element))
                .collect(),
        )
    };
    check("list", Value::Null, list(&[]), list(&["a"]), list(&[]));
    let partly = Value::List(vec!["p".into(), Value::Unknown]);
    let answered = || list(&["p", "a"]);
    check("list", Value::Null, partly, answered(), answered());
}

#[test]
fn configured_and_default_attributes_keep_the_returned_value() {
    for name in ["either", "default", "optional", "required"] {
        check(name, "p".into(), "p", "a", "a");
        check(name, "p".into(), "p", Value::Null, Value::Null);
    }
    check("default", Value::Null, "d", "a", "a");
    check("optional", Value::Null, Value::Null, "a", "a");
}

#[test]
fn a_null_object_stays_null() {
    let kept = keep_planned(&schema(), Value::Null, &Value::Null, &Value::Null);
    assert_eq!(kept, Value::Null);
}
