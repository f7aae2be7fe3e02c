//! What a block asks for, compared with a setting. Pure.

use crate::cloud::{EncryptionSetting, EncryptionType, KmsKeyId, KmsKeyName};

use super::model::Model;

/// What a block asks for; `None` where it leaves the value to the service, or does not know it yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) encryption_type: Option<EncryptionType>,
    is_default_enabled: Option<bool>,
    pub(super) key_id: Option<KmsKeyId>,
    key_name: Option<KmsKeyName>,
}

/// How an existing setting relates to the block that is created for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    /// Encryption is off, so nothing depends on the setting.
    Off,
    /// As the block asks for.
    Same,
    /// Encryption is on, with other values.
    Different,
}

impl Wanted {
    /// What the block of a plan or state asks for.
    pub(super) fn of(model: &Model) -> Self {
        Self {
            encryption_type: model.encryption_type(),
            is_default_enabled: model.default_encryption_enabled.known().copied(),
            key_id: model.cmk_key_id.set().cloned(),
            key_name: model.cmk_key_name.set().cloned(),
        }
    }

    /// What an update asks for. A name that does not change may be from the service, so it counts only with another key.
    pub(super) fn of_update(prior: &Model, plan: &Model) -> Self {
        let is_other_key = plan.cmk_key_id != prior.cmk_key_id;
        let is_other_name = plan.cmk_key_name != prior.cmk_key_name;
        let wanted = Self::of(plan);
        Self {
            key_name: wanted.key_name.filter(|_| is_other_key || is_other_name),
            ..wanted
        }
    }

    /// Whether type and key of the setting are those that the block asks for.
    pub(super) fn has_type_and_key_of(&self, setting: &EncryptionSetting) -> bool {
        let is_same_key = self.key_id.is_none() || self.key_id == setting.key_id;
        self.encryption_type == Some(setting.encryption_type) && is_same_key
    }

    /// Whether the setting has every value that the block asks for.
    pub(super) fn is_met_by(&self, setting: &EncryptionSetting) -> bool {
        fn is_same<T: PartialEq>(wanted: Option<&T>, current: Option<&T>) -> bool {
            wanted.is_none() || wanted == current
        }
        is_same(
            self.encryption_type.as_ref(),
            Some(&setting.encryption_type),
        ) && is_same(
            self.is_default_enabled.as_ref(),
            Some(&setting.is_default_enabled),
        ) && is_same(self.key_id.as_ref(), setting.key_id.as_ref())
            && is_same(self.key_name.as_ref(), setting.key_name.as_ref())
    }

    /// How the existing setting relates to the block.
    pub(super) fn classify(&self, setting: &EncryptionSetting) -> Existing {
        match setting.encryption_type {
            _ if self.is_met_by(setting) => Existing::Same,
            EncryptionType::Normal => Existing::Off,
            EncryptionType::Kms => Existing::Different,
        }
    }

    /// The setting to send: what the block asks for, and otherwise what there is. `key_name` is the listed name of the key that
    /// the block asks for; a name of another key is never sent.
    pub(super) fn complete(
        &self,
        current: &EncryptionSetting,
        key_name: Option<KmsKeyName>,
    ) -> EncryptionSetting {
        let is_same_key = self.key_id.is_none() || self.key_id == current.key_id;
        let current_name = current.key_name.clone().filter(|_| is_same_key);
        EncryptionSetting {
            encryption_type: self.encryption_type.unwrap_or(current.encryption_type),
            is_default_enabled: self
                .is_default_enabled
                .unwrap_or(current.is_default_enabled),
            key_id: self.key_id.clone().or_else(|| current.key_id.clone()),
            key_name: self.key_name.clone().or(key_name).or(current_name),
            key_state: None,
            region_type: None,
        }
    }

    /// Whether the name of the key must be looked up before the setting is sent: the setting has the name of another key.
    pub(super) fn needs_key_name(&self, current: &EncryptionSetting) -> bool {
        let is_other_key = self.key_id.is_some() && self.key_id != current.key_id;
        self.key_name.is_none() && is_other_key && current.key_name.is_some()
    }
}

/// What a change does to the encryption that repositories depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Danger {
    /// Encryption is turned off.
    Disables,
    /// Encryption is turned off unless another block of the plan declares the setting.
    DisablesByDestroy,
    /// Encryption may be turned off: the type is known only after apply.
    MayDisable,
    /// Another key is used.
    ChangesKey,
    /// Another key may be used: it is known only after apply.
    MayChangeKey,
}

impl Danger {
    /// The danger of changing the setting in `current` as the block of `plan` asks for.
    pub(super) fn of(current: &Model, plan: &Model) -> Option<Self> {
        if current.encryption_type() != Some(EncryptionType::Kms) {
            return None;
        }
        let is_key_other = plan.cmk_key_id.set() != current.cmk_key_id.set();
        match plan.encryption_type() {
            Some(EncryptionType::Normal) => Some(Self::Disables),
            None => Some(Self::MayDisable),
            Some(EncryptionType::Kms) if plan.cmk_key_id.is_unknown() => Some(Self::MayChangeKey),
            Some(EncryptionType::Kms) => is_key_other.then_some(Self::ChangesKey),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::{Field, OrEmpty};

    fn key(id: &str) -> KmsKeyId {
        KmsKeyId::new(id).unwrap()
    }

    fn name(name: &str) -> Option<KmsKeyName> {
        Some(KmsKeyName::new(name).unwrap())
    }

    fn setting(encryption_type: EncryptionType, key_id: &str) -> EncryptionSetting {
        EncryptionSetting {
            encryption_type,
            is_default_enabled: true,
            key_id: Some(key(key_id)),
            key_name: name("first"),
            key_state: None,
            region_type: None,
        }
    }

    fn block(encryption_type: &str, key_id: &str) -> Model {
        Model {
            encryption_type: encryption_type.into(),
            cmk_key_id: Field::Known(OrEmpty::Set(key(key_id))),
            ..Model::default()
        }
    }

    #[test]
    fn an_existing_setting_is_the_same_different_or_off() {
        let on = setting(EncryptionType::Kms, "k");
        let off = setting(EncryptionType::Normal, "k");
        let with_default = |is_enabled| Model {
            default_encryption_enabled: Field::Known(is_enabled),
            ..block("kms", "k")
        };
        for (model, existing, expected) in [
            (block("KMS", "k"), &on, Existing::Same),
            (block("KMS", "l"), &on, Existing::Different),
            (block("normal", "k"), &on, Existing::Different),
            (with_default(true), &on, Existing::Same),
            (with_default(false), &on, Existing::Different),
            (block("KMS", "k"), &off, Existing::Off),
            (block("normal", "k"), &off, Existing::Same),
            (block("normal", "l"), &off, Existing::Off),
        ] {
            assert_eq!(
                Wanted::of(&model).classify(existing),
                expected,
                "{existing:?}"
            );
        }
    }

    #[test]
    fn a_setting_is_completed_without_the_name_of_another_key() {
        let on = setting(EncryptionType::Kms, "k");
        let kept = Wanted::of(&block("KMS", "k")).complete(&on, None);
        assert_eq!(
            (kept.key_name, kept.is_default_enabled),
            (name("first"), true)
        );
        let wanted = Wanted::of(&block("KMS", "l"));
        assert!(wanted.needs_key_name(&on));
        assert_eq!(wanted.complete(&on, None).key_name, None);
        assert_eq!(
            wanted.complete(&on, name("second")).key_name,
            name("second")
        );
    }

    #[test]
    fn disabling_and_another_key_are_dangers_only_while_encryption_is_on() {
        let unknown = Model {
            cmk_key_id: Field::Unknown,
            ..block("KMS", "k")
        };
        let unknown_type = Model {
            encryption_type: Field::Unknown,
            ..block("KMS", "k")
        };
        for (model, expected) in [
            (block("KMS", "k"), None),
            (unknown_type, Some(Danger::MayDisable)),
            (block("normal", "k"), Some(Danger::Disables)),
            (block("KMS", "l"), Some(Danger::ChangesKey)),
            (unknown, Some(Danger::MayChangeKey)),
        ] {
            assert_eq!(Danger::of(&block("KMS", "k"), &model), expected);
        }
        assert_eq!(Danger::of(&block("normal", "k"), &block("KMS", "l")), None);
    }
}
