//! The compiled wire definitions are those of the golden table.
//!
//! The table has a row for each package, message, field, enum, value, service and call that we speak or serve, with tabs
//! between the columns: kind, owner, name, number, type, label. It is sorted by owner and number, so moving definitions
//! about in a file changes nothing.

use std::collections::BTreeSet;
use std::path::Path;

use prost_reflect::{
    DescriptorPool, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ServiceDescriptor,
};

/// Every definition that reaches the wire, by where its descriptors come from: two of ours, one of tonic's.
const DESCRIPTOR_SETS: [(&str, &[u8]); 3] = [
    (
        "tfplugin6",
        tonic::include_file_descriptor_set!("tfplugin6"),
    ),
    ("plugin", tonic::include_file_descriptor_set!("plugin")),
    ("grpc.health.v1", tonic_health::pb::FILE_DESCRIPTOR_SET),
];

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/wire.tsv");

#[test]
fn the_wire_definitions_match_the_golden_table() {
    let mut actual = Vec::new();
    for (package, descriptors) in DESCRIPTOR_SETS {
        actual.extend(table(
            package,
            &DescriptorPool::decode(descriptors).unwrap(),
        ));
    }

    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(Path::new(GOLDEN).parent().unwrap()).unwrap();
        std::fs::write(GOLDEN, actual.join("\n") + "\n").unwrap();
    }
    let golden = std::fs::read_to_string(GOLDEN).unwrap();
    let expected: Vec<&str> = golden.lines().collect();

    assert!(
        actual == expected,
        "the wire definitions differ from `tests/golden/wire.tsv`; whoever speaks the protocol reads these rows otherwise:\n\
         {}\n\
         `-` is in the table only, `+` in the compiled definitions only; `UPDATE_GOLDEN=1` rewrites the table",
        difference(&expected, &actual)
    );
}

#[test]
fn reflection_can_read_the_provider_descriptors_with_their_imports() {
    let pool = DescriptorPool::decode(hwgrants::protocol::proto::FILE_DESCRIPTOR_SET).unwrap();
    assert_eq!(
        pool.get_service_by_name("tfplugin6.Provider")
            .unwrap()
            .methods()
            .len(),
        36
    );
    assert!(
        pool.get_message_by_name("google.protobuf.Timestamp")
            .is_some()
    );
}

/// The rows on one side only, each with its side.
fn difference(expected: &[&str], actual: &[String]) -> String {
    let expected: BTreeSet<&str> = expected.iter().copied().collect();
    let actual: BTreeSet<&str> = actual.iter().map(String::as_str).collect();
    let missing = expected.difference(&actual).map(|row| format!("- {row}"));
    let surplus = actual.difference(&expected).map(|row| format!("+ {row}"));
    missing.chain(surplus).collect::<Vec<_>>().join("\n")
}

/// The rows of one package; imported packages are left out.
fn table(package: &str, pool: &DescriptorPool) -> Vec<String> {
    let files = pool.files().filter(|file| file.package_name() == package);
    let syntaxes: BTreeSet<String> = files
        .map(|file| format!("{:?}", file.syntax()).to_lowercase())
        .collect();
    let syntax = Vec::from_iter(syntaxes).join(" and ");

    let mut rows = vec![row(["package", package, "-", "-", "-", &syntax])];
    let mut enums: Vec<_> = pool
        .all_enums()
        .filter(|e| e.package_name() == package)
        .collect();
    enums.sort_by(|a, b| a.full_name().cmp(b.full_name()));
    rows.extend(enums.iter().flat_map(enum_rows));

    let mut messages: Vec<_> = pool
        .all_messages()
        .filter(|m| m.package_name() == package && !m.is_map_entry())
        .collect();
    messages.sort_by(|a, b| a.full_name().cmp(b.full_name()));
    rows.extend(messages.iter().flat_map(message_rows));

    let mut services: Vec<_> = pool
        .services()
        .filter(|s| s.package_name() == package)
        .collect();
    services.sort_by(|a, b| a.full_name().cmp(b.full_name()));
    rows.extend(services.iter().flat_map(service_rows));
    rows
}

fn enum_rows(descriptor: &EnumDescriptor) -> Vec<String> {
    let owner = descriptor.full_name();
    let mut rows = vec![row(["enum", owner, "-", "-", "-", "-"])];
    // By number, as `values` gives them.
    for value in descriptor.values() {
        rows.push(row([
            "value",
            owner,
            value.name(),
            &value.number().to_string(),
            "-",
            "-",
        ]));
    }
    rows
}

fn message_rows(descriptor: &MessageDescriptor) -> Vec<String> {
    let owner = descriptor.full_name();
    let mut rows = vec![row(["message", owner, "-", "-", "-", "-"])];
    // By number, as `fields` gives them.
    for field in descriptor.fields() {
        let number = field.number().to_string();
        rows.push(row([
            "field",
            owner,
            field.name(),
            &number,
            &field_type(&field),
            &field_label(&field),
        ]));
    }
    rows
}

fn service_rows(descriptor: &ServiceDescriptor) -> Vec<String> {
    let owner = descriptor.full_name();
    let mut rows = vec![row(["service", owner, "-", "-", "-", "-"])];
    let mut calls: Vec<String> = descriptor
        .methods()
        .map(|call| {
            let types = format!(
                "{} -> {}",
                call.input().full_name(),
                call.output().full_name()
            );
            let label = match (call.is_client_streaming(), call.is_server_streaming()) {
                (false, false) => "unary",
                (false, true) => "server-stream",
                (true, false) => "client-stream",
                (true, true) => "bidi-stream",
            };
            row(["rpc", owner, call.name(), "-", &types, label])
        })
        .collect();
    calls.sort();
    rows.append(&mut calls);
    rows
}

fn field_type(field: &FieldDescriptor) -> String {
    match field.kind() {
        Kind::Message(entry) if entry.is_map_entry() => {
            let (key, value) = (entry.map_entry_key_field(), entry.map_entry_value_field());
            format!("map<{},{}>", field_type(&key), field_type(&value))
        }
        Kind::Message(message) => message.full_name().to_owned(),
        Kind::Enum(values) => format!("enum {}", values.full_name()),
        scalar => format!("{scalar:?}").to_lowercase(),
    }
}

fn field_label(field: &FieldDescriptor) -> String {
    let proto = field.field_descriptor_proto();
    let presence = match field.containing_oneof() {
        _ if field.is_map() => "map".to_owned(),
        _ if field.is_list() => "repeated".to_owned(),
        _ if proto.proto3_optional() => "optional".to_owned(),
        Some(oneof) => format!("oneof:{}", oneof.name()),
        None => "-".to_owned(),
    };
    match proto
        .options
        .as_ref()
        .is_some_and(|options| options.deprecated())
    {
        true if presence == "-" => "deprecated".to_owned(),
        true => format!("{presence} deprecated"),
        false => presence,
    }
}

fn row(columns: [&str; 6]) -> String {
    columns.join("\t")
}
