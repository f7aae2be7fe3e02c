//! Terraform's own part in a plan and its checks of the answers: written from the protocol's description of
//! `ProposedNew`, `AssertPlanValid` and `AssertObjectCompatible`.

use hwgrants::protocol::proto::schema::nested_block::NestingMode;
use hwgrants::protocol::proto::schema::{Attribute, Block, NestedBlock};
use serde_json::{Map, Value as Json, json};

use super::codec::{is_unknown, is_wholly_known};
use super::schema_type::{inside, written};

/// Merges configuration and prior object into what a plan begins with.
pub(super) fn propose(block: &Block, prior: &Json, config: &Json) -> Json {
    if config.is_null() || is_unknown(config) {
        return config.clone();
    }
    let mut proposed = Map::new();
    for attribute in &block.attributes {
        let (prior, config) = (&prior[&attribute.name], &config[&attribute.name]);
        let takes_prior = attribute.computed && config.is_null();
        let value = if takes_prior { prior } else { config };
        proposed.insert(attribute.name.clone(), value.clone());
    }
    for nested in &block.block_types {
        let (prior, config) = (&prior[&nested.type_name], &config[&nested.type_name]);
        proposed.insert(
            nested.type_name.clone(),
            propose_nested(nested, prior, config),
        );
    }
    proposed.into()
}

fn propose_nested(nested: &NestedBlock, prior: &Json, config: &Json) -> Json {
    let block = inside(nested);
    match config {
        Json::Array(elements) if nested.nesting() == NestingMode::List => elements
            .iter()
            .enumerate()
            .map(|(index, element)| propose(block, &prior[index], element))
            .collect(),
        // No block here computes anything, so a prior element that fits is equal to the configured one.
        Json::Array(_) => config.clone(),
        Json::Object(elements) if nested.nesting() == NestingMode::Map && !is_unknown(config) => {
            let propose = |(key, element): (&String, &Json)| {
                (key.clone(), propose(block, &prior[key], element))
            };
            elements.iter().map(propose).collect::<Map<_, _>>().into()
        }
        single => propose(block, prior, single),
    }
}

/// What a plan comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Nothing,
    Create,
    Update,
    Replace,
    Delete,
}

/// Checks a planned object against configuration and prior object; returns what Terraform would complain about.
pub(super) fn plan_problems(
    block: &Block,
    prior: &Json,
    config: &Json,
    planned: &Json,
) -> Vec<String> {
    let mut problems = Vec::new();
    check_planned(block, "", prior, config, planned, &mut problems);
    problems
}

fn check_planned(
    block: &Block,
    at: &str,
    prior: &Json,
    config: &Json,
    planned: &Json,
    problems: &mut Vec<String>,
) {
    if planned.is_null() && !config.is_null() {
        problems.push(format!(
            "{at}: planned for absence but config wants existence"
        ));
        return;
    }
    if config.is_null() && !planned.is_null() {
        problems.push(format!(
            "{at}: planned for existence but config wants absence"
        ));
        return;
    }
    if planned.is_null() {
        return;
    }
    for attribute in &block.attributes {
        let name = &attribute.name;
        let value = |object: &Json| object[name].clone();
        let found = attribute_problem(attribute, &value(prior), &value(config), &value(planned));
        problems.extend(found.map(|problem| format!("{at}.{name}: {problem}")));
    }
    for nested in &block.block_types {
        let name = &nested.type_name;
        check_planned_block(
            nested,
            &format!("{at}.{name}"),
            &prior[name],
            &config[name],
            &planned[name],
            problems,
        );
    }
}

fn attribute_problem(
    attribute: &Attribute,
    prior: &Json,
    config: &Json,
    planned: &Json,
) -> Option<String> {
    if attribute.write_only {
        return (!planned.is_null())
            .then(|| "planned value for write-only attribute is not null".to_owned());
    }
    if planned == config {
        return None;
    }
    if planned == prior && !prior.is_null() && !config.is_null() {
        return None;
    }
    if attribute.computed && config.is_null() {
        return None;
    }
    Some(if config.is_null() {
        format!("planned value {planned} for a non-computed attribute")
    } else {
        format!(
            "planned value {planned} does not match config value {config} nor prior value {prior}"
        )
    })
}

fn check_planned_block(
    nested: &NestedBlock,
    at: &str,
    prior: &Json,
    config: &Json,
    planned: &Json,
    problems: &mut Vec<String>,
) {
    let block = inside(nested);
    if is_unknown(config) {
        if planned != config {
            problems.push(format!(
                "{at}: planned value {planned} for unknown dynamic block"
            ));
        }
        return;
    }
    if is_unknown(planned) {
        problems.push(format!(
            "{at}: planned unknown value for non-computed block"
        ));
        return;
    }
    match nested.nesting() {
        NestingMode::List => {
            let (Some(planned), Some(config)) = (planned.as_array(), config.as_array()) else {
                problems.push(format!(
                    "{at}: must be empty to indicate no blocks, not null"
                ));
                return;
            };
            if planned.len() != config.len() {
                problems.push(format!("{at}: block count in plan disagrees with config"));
                return;
            }
            for (index, (planned, config)) in planned.iter().zip(config).enumerate() {
                let at = format!("{at}[{index}]");
                check_planned(block, &at, &prior[index], config, planned, problems);
            }
        }
        NestingMode::Map => {
            let (Some(planned), Some(config)) = (planned.as_object(), config.as_object()) else {
                problems.push(format!(
                    "{at}: must be empty to indicate no blocks, not null"
                ));
                return;
            };
            if !planned.keys().eq(config.keys()) {
                problems.push(format!("{at}: block keys in plan disagree with config"));
                return;
            }
            for (key, planned) in planned {
                let at = format!("{at}[{key}]");
                check_planned(block, &at, &prior[key], &config[key], planned, problems);
            }
        }
        NestingMode::Set => {
            let Some(planned) = planned.as_array() else {
                problems.push(format!(
                    "{at}: must be empty to indicate no blocks, not null"
                ));
                return;
            };
            if planned.iter().any(is_unknown) {
                problems.push(format!("{at}: element must not be unknown itself"));
            }
        }
        _ => check_planned(block, at, prior, config, planned, problems),
    }
}

/// Checks that an applied object holds what was planned; returns what Terraform would complain about.
pub(super) fn apply_problems(block: &Block, planned: &Json, actual: &Json) -> Vec<String> {
    let mut problems = Vec::new();
    check_object(block, "", planned, actual, &mut problems);
    problems
}

fn check_object(
    block: &Block,
    at: &str,
    planned: &Json,
    actual: &Json,
    problems: &mut Vec<String>,
) {
    if planned.is_null() || actual.is_null() {
        if planned != actual {
            problems.push(format!("{at}: was {planned}, but now {actual}"));
        }
        return;
    }
    for Attribute { name, .. } in &block.attributes {
        check_value(
            &format!("{at}.{name}"),
            &planned[name],
            &actual[name],
            problems,
        );
    }
    for nested in &block.block_types {
        let name = &nested.type_name;
        let (at, planned, actual) = (format!("{at}.{name}"), &planned[name], &actual[name]);
        if is_unknown(planned) {
            continue;
        }
        match nested.nesting() {
            NestingMode::Single | NestingMode::Group => {
                check_object(inside(nested), &at, planned, actual, problems);
            }
            _ => check_value(&at, planned, actual, problems),
        }
    }
}

fn check_value(at: &str, planned: &Json, actual: &Json, problems: &mut Vec<String>) {
    if is_unknown(planned) {
        return;
    }
    match (planned, actual) {
        (Json::Array(planned), Json::Array(actual)) => {
            if planned.len() != actual.len() {
                problems.push(format!(
                    "{at}: count changed from {} to {}",
                    planned.len(),
                    actual.len()
                ));
            }
            for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                check_value(&format!("{at}[{index}]"), planned, actual, problems);
            }
        }
        (Json::Object(planned), Json::Object(actual)) => {
            if !planned.keys().eq(actual.keys()) {
                problems.push(format!("{at}: keys changed"));
                return;
            }
            for (key, planned) in planned {
                check_value(&format!("{at}.{key}"), planned, &actual[key], problems);
            }
        }
        _ if planned != actual => problems.push(format!("{at}: was {planned}, but now {actual}")),
        _ => {}
    }
}

/// Which write-only attributes of an object are set.
pub(super) fn write_only_leaks(block: &Block, object: &Json) -> Vec<String> {
    let attributes = block.attributes.iter();
    let mut leaks: Vec<_> = attributes
        .filter(|attribute| attribute.write_only && !object[&attribute.name].is_null())
        .map(|attribute| attribute.name.clone())
        .collect();
    for nested in &block.block_types {
        let value = &object[&nested.type_name];
        let elements: Vec<&Json> = match (nested.nesting(), value) {
            (_, Json::Array(elements)) => elements.iter().collect(),
            (NestingMode::Map, Json::Object(elements)) => elements.values().collect(),
            (_, single) => vec![single],
        };
        leaks.extend(
            elements
                .into_iter()
                .flat_map(|each| write_only_leaks(inside(nested), each)),
        );
    }
    leaks
}

/// Which collections of blocks, or groups, are null: Terraform has them empty.
pub(super) fn null_blocks(block: &Block, object: &Json) -> Vec<String> {
    if object.is_null() {
        return Vec::new();
    }
    let blocks = block.block_types.iter();
    blocks
        .filter(|nested| {
            nested.nesting() != NestingMode::Single && object[&nested.type_name].is_null()
        })
        .map(|nested| nested.type_name.clone())
        .collect()
}

#[test]
fn the_plan_and_apply_checks_detect_each_violation() {
    let attribute = |name: &str, computed, write_only| Attribute {
        name: name.to_owned(),
        r#type: b"\"string\"".to_vec(),
        optional: true,
        computed,
        write_only,
        ..Attribute::default()
    };
    let listed = NestedBlock {
        type_name: "listed".to_owned(),
        block: Some(Block {
            attributes: vec![attribute("label", false, false)],
            ..Block::default()
        }),
        nesting: NestingMode::List.into(),
        ..NestedBlock::default()
    };
    let block = Block {
        attributes: vec![
            attribute("computed", true, false),
            attribute("hidden", false, true),
            attribute("plain", false, false),
        ],
        block_types: vec![listed],
        ..Block::default()
    };
    let whole = |values| written(&block, values);
    let config = whole(json!({"plain": "p", "listed": [{"label": "l"}]}));
    let plan = |values| plan_problems(&block, &Json::Null, &config, &whole(values));
    let good = json!({"plain": "p", "listed": [{"label": "l"}], "computed": "any"});
    assert_eq!(plan(good), Vec::<String>::new());
    for bad in [
        json!({"plain": "other", "listed": [{"label": "l"}]}),
        json!({"listed": [{"label": "l"}]}),
        json!({"plain": "p", "listed": []}),
        json!({"plain": "p", "listed": [{"label": "other"}]}),
        json!({"plain": "p", "listed": null}),
        json!({"plain": "p", "listed": [{"label": "l"}], "hidden": "h"}),
    ] {
        assert_eq!(plan(bad.clone()).len(), 1, "{bad}");
    }

    let planned = whole(json!({"plain": "p", "computed": {"$unknown": true}}));
    let apply = |values| apply_problems(&block, &planned, &whole(values));
    assert_eq!(
        apply(json!({"plain": "p", "computed": "c"})),
        Vec::<String>::new()
    );
    for bad in [
        json!({"plain": "other"}),
        json!({"plain": null}),
        json!({"plain": "p", "listed": [{}]}),
    ] {
        assert_eq!(apply(bad.clone()).len(), 1, "{bad}");
    }
    assert!(!is_wholly_known(&planned));
    assert_eq!(
        write_only_leaks(&block, &json!({"hidden": "h"})),
        ["hidden"]
    );
    assert_eq!(null_blocks(&block, &json!({"listed": null})), ["listed"]);
}
