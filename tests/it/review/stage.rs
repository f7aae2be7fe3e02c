//! Small plans, in the JSON that Terraform writes, in which the rules find nothing until something is changed.

use serde_json::{Map, Value, json};

/// The day of every plan made here.
pub(super) const TODAY: &str = "2026-12-01";

/// What a plan does to one block. Its grant is above suspicion: a user, named after the block, half a year, a reason.
#[derive(Clone, Debug)]
pub(super) struct Block {
    address: String,
    kind: &'static str,
    actions: &'static [&'static str],
    before: Option<Map<String, Value>>,
    after: Option<Map<String, Value>>,
    unknown: Map<String, Value>,
    sensitive: Map<String, Value>,
}

/// A grant that is made.
pub(super) fn create(address: &str) -> Block {
    Block::new(address, &["create"], false, true)
}

/// A grant that stays as it is.
pub(super) fn keep(address: &str) -> Block {
    Block::new(address, &["no-op"], true, true)
}

/// A grant that is changed in place.
pub(super) fn update(address: &str) -> Block {
    Block::new(address, &["update"], true, true)
}

/// A grant that is replaced by one that is created after it is removed, or before.
pub(super) fn replace(address: &str, is_created_first: bool) -> Block {
    let actions = if is_created_first {
        &["create", "delete"]
    } else {
        &["delete", "create"]
    };
    Block::new(address, actions, true, true)
}

/// A grant that is removed.
pub(super) fn delete(address: &str) -> Block {
    Block::new(address, &["delete"], true, false)
}

/// A grant that is taken out of the state.
pub(super) fn forget(address: &str) -> Block {
    Block::new(address, &["forget"], true, false)
}

impl Block {
    fn new(address: &str, actions: &'static [&'static str], before: bool, after: bool) -> Self {
        let (kind, object) = if address.contains("repo_kms_grant.") {
            let object = json!({"region": "cn-north-4", "tenant_id": "t1", "reason": "OPS-1"});
            ("repo_kms_grant", object)
        } else {
            let grant = json!({
                "region": "cn-north-4", "project_id": "p1", "type": "SECRET", "resource_id": "s1",
                "grantee_type": "user", "grantee_target_id": address, "validity_time": "2027-06-01",
                "reason": "OPS-1",
            });
            ("csms_grant", grant)
        };
        let object = object.as_object().unwrap();
        Self {
            address: address.to_owned(),
            kind,
            actions,
            before: before.then(|| object.clone()),
            after: after.then(|| object.clone()),
            unknown: Map::new(),
            sensitive: Map::new(),
        }
    }

    /// With this attribute, before and after.
    pub(super) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let value = value.into();
        for object in [&mut self.before, &mut self.after].into_iter().flatten() {
            object.insert(name.to_owned(), value.clone());
        }
        self
    }

    /// With another value of this attribute so far.
    pub(super) fn from(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.before
            .as_mut()
            .unwrap()
            .insert(name.to_owned(), value.into());
        self
    }

    /// With another value of this attribute afterwards.
    pub(super) fn to(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.after
            .as_mut()
            .unwrap()
            .insert(name.to_owned(), value.into());
        self
    }

    /// To this group instead of a user.
    pub(super) fn given_to_group(self, id: &str) -> Self {
        self.with("grantee_type", "group")
            .with("grantee_target_id", id)
    }

    /// With this attribute told by applying only.
    pub(super) fn unknown(mut self, name: &str) -> Self {
        self.after.as_mut().unwrap().remove(name);
        self.unknown.insert(name.to_owned(), true.into());
        self
    }

    /// With this attribute marked as sensitive; its value is in the JSON all the same.
    pub(super) fn sensitive(mut self, name: &str) -> Self {
        self.sensitive.insert(name.to_owned(), true.into());
        self
    }

    fn json(&self) -> Value {
        json!({
            "address": self.address, "mode": "managed", "type": self.kind, "name": "x",
            "change": {
                "actions": self.actions, "before": self.before, "after": self.after,
                "after_unknown": self.unknown, "before_sensitive": self.sensitive,
                "after_sensitive": self.sensitive,
            },
        })
    }
}

/// A plan of [`TODAY`] with these changes.
pub(super) fn plan(blocks: &[Block]) -> Value {
    json!({
        "format_version": "1.2",
        "timestamp": format!("{TODAY}T23:59:59Z"),
        "resource_changes": blocks.iter().map(Block::json).collect::<Vec<_>>(),
    })
}

/// The same plan as a Terraform before 1.5 writes it.
pub(super) fn without_day(mut plan: Value) -> Value {
    plan.as_object_mut().unwrap().remove("timestamp");
    plan
}
