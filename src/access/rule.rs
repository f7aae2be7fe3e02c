//! The rules of a declaration, applied to one object: the accesses that it gives.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;

use super::fact::{Fact, Facts};
use super::path::Path;
use super::policy::{self, PolicyAction};
use super::side::{Bindings, Side};
use super::table::{Apart, Rule};
use super::text::{SENSITIVE, Text, UNKNOWN};
use super::unread::Reason;
use super::value::{Written, is_empty};
use super::walk::Doubt;

/// What there is of a policy.
enum Document {
    Unset,
    Known(Json),
    /// With what is compared.
    Sensitive(String),
    Unknown,
}

impl<'a> Side<'a> {
    /// The accesses of the object. What cannot be read is added to `problems`.
    pub(crate) fn facts(&self, problems: &mut BTreeSet<Reason>) -> Facts<'a> {
        let mut facts = Facts::default();
        for rule in &self.declaration.rules {
            if rule
                .configured
                .as_ref()
                .is_some_and(|path| !self.counts(path))
            {
                continue;
            }
            let mut passes = self.walk(&rule.each);
            if let Some(attribute) = &rule.principals {
                let principals = self.principals(attribute, problems);
                let of_pass = |(bindings, doubt): (Bindings<'a>, Doubt)| {
                    let bound = principals.iter().map(move |(principal, condition)| {
                        let mut bindings = bindings.clone();
                        bindings.principal = Some(principal.clone());
                        bindings.condition.clone_from(condition);
                        (bindings, doubt)
                    });
                    bound.collect::<Vec<_>>()
                };
                passes = passes.into_iter().flat_map(of_pass).collect();
            }
            for (bindings, doubt) in passes {
                for fact in self.pass(rule, &bindings, doubt, problems) {
                    facts.merge(fact.keyed(self.is_same_object));
                }
            }
        }
        facts.leveled(self.is_same_object)
    }

    /// Whether a rule counts that needs the configuration to write an attribute. If the block is not in the configuration,
    /// its object is destroyed, and then it counts.
    fn counts(&self, path: &Path) -> bool {
        matches!(self.root.written, Written::Nothing) || self.is_configured(path)
    }

    /// The accesses of one pass of a rule.
    fn pass(
        &self,
        rule: &'a Rule,
        bindings: &Bindings<'a>,
        mut doubt: Doubt,
        problems: &mut BTreeSet<Reason>,
    ) -> Vec<Fact<'a>> {
        let mut hidden = String::new();
        for condition in &rule.when {
            let values = self.lookup(bindings, &condition.path);
            match condition.holds(&values) {
                Some(false) => return Vec::new(),
                Some(true) => {}
                None => {
                    doubt.is_maybe = true;
                    for node in &values {
                        hidden.push_str(&format!("{}{}", node.is_unknown(), node.value));
                    }
                }
            }
        }
        let grantee = self.render(Some(&rule.grantee), bindings);
        let resource = self.render(Some(&rule.resource), bindings);
        let until = self.render(rule.until.as_ref(), bindings);
        let fact = Fact {
            hidden,
            ..Fact::new(rule, grantee, resource, doubt)
        };
        if let Some(attribute) = &rule.policy {
            return self.statements(attribute, &fact, problems);
        }
        let mut level = self.render(rule.level.as_ref(), bindings);
        level.push(&bindings.condition);
        if rule.level.is_some() && level.shown.is_empty() {
            return Vec::new();
        }
        let part = match &rule.apart {
            Apart::Never => Default::default(),
            Apart::Level => (level.key.clone(), level.local.clone()),
            Apart::Part(template) => {
                let part = self.render(Some(template), bindings);
                (part.key, part.local)
            }
        };
        vec![Fact {
            until,
            part,
            levels: BTreeMap::from([(level.key, (level.shown, level.local))]),
            ..fact
        }]
    }

    /// A text of a policy, without what is sensitive elsewhere in the object.
    fn mask(&self, text: &str) -> String {
        let secrets = self.secrets.iter();
        secrets.fold(text.to_owned(), |text, secret| {
            text.replace(secret, SENSITIVE)
        })
    }

    /// The same for a text that is compared as it is.
    fn masked(&self, text: Text) -> Text {
        let shown = self.mask(&text.shown);
        if shown == text.shown {
            return text;
        }
        Text {
            shown,
            id: None,
            is_sensitive: true,
            ..text
        }
    }

    /// A policy.
    fn document(&self, attribute: &str, problems: &mut BTreeSet<Reason>) -> Document {
        let node = self.root.attribute(attribute);
        if node.is_sensitive() {
            return Document::Sensitive(format!("S:{}", node.value));
        }
        if node.is_unknown() && !node.is_left() {
            return Document::Unknown;
        }
        if node.is_left() || is_empty(&node.value) {
            return Document::Unset;
        }
        let document = match &*node.value {
            Json::String(text) => serde_json::from_str(text).ok(),
            _ => Some(node.value.into_owned()),
        };
        match document {
            Some(document) if policy::is_policy(&document) => Document::Known(document),
            Some(_) => {
                problems.insert(Reason::NoPolicy(attribute.to_owned()));
                Document::Unknown
            }
            None => {
                problems.insert(Reason::NoJson(attribute.to_owned()));
                Document::Unknown
            }
        }
    }

    /// The principals of a policy, each with the condition under which it is one.
    fn principals(&self, attribute: &str, problems: &mut BTreeSet<Reason>) -> Vec<(Text, String)> {
        let always = |text: Text| vec![(text, String::new())];
        match self.document(attribute, problems) {
            Document::Unset => Vec::new(),
            Document::Sensitive(key) => always(Text {
                id: None,
                ..Text::sensitive(key)
            }),
            Document::Unknown => always(Text {
                is_vague: true,
                ..Text::unknown(format!("U:{}.{attribute}", self.address))
            }),
            Document::Known(document) => {
                let mut all = BTreeSet::new();
                for statement in policy::statements(&document) {
                    if statement.is_deny {
                        problems.insert(Reason::Deny(attribute.to_owned()));
                        continue;
                    }
                    let condition = statement
                        .actions
                        .into_iter()
                        .map(|(_, condition)| condition);
                    let condition = condition.max().unwrap_or_default();
                    if statement.principals.is_empty() {
                        all.insert(("(no principal)".to_owned(), condition.clone()));
                    }
                    let principals = statement.principals.into_iter();
                    all.extend(principals.map(|principal| (principal, condition.clone())));
                }
                let all = all.into_iter();
                all.map(|(text, condition)| {
                    let principal = self.masked(policy::principal(&text));
                    (principal, self.mask(&condition))
                })
                .collect()
            }
        }
    }

    /// The accesses of a policy: one for each statement and principal.
    fn statements(
        &self,
        attribute: &str,
        fact: &Fact<'a>,
        problems: &mut BTreeSet<Reason>,
    ) -> Vec<Fact<'a>> {
        let whole = |shown: &str, key: String, doubt: Doubt| {
            let grantee = match fact.rule.grantee.is_no_principal() {
                true if shown == SENSITIVE => Text {
                    id: None,
                    ..Text::sensitive(shown.to_owned())
                },
                true => Text::unknown(shown.to_owned()),
                false => fact.grantee.clone(),
            };
            vec![Fact {
                grantee,
                is_reversed: false,
                doubt,
                levels: BTreeMap::from([(key.clone(), (shown.to_owned(), key))]),
                ..fact.clone()
            }]
        };
        let document = match self.document(attribute, problems) {
            Document::Unset => return Vec::new(),
            Document::Sensitive(key) => return whole(SENSITIVE, key, fact.doubt),
            Document::Unknown => {
                let doubt = Doubt {
                    is_someone: true,
                    ..fact.doubt
                };
                return whole(UNKNOWN, format!("U:{}", self.address), doubt);
            }
            Document::Known(document) => document,
        };
        let mut facts = Vec::new();
        for statement in policy::statements(&document) {
            let mut resource = fact.resource.clone();
            if fact.rule.has_resources && !statement.resources.is_empty() {
                resource.push(": ");
                resource.append(&self.masked(Text::literal(&statement.resources)));
            }
            let actions = statement.actions.iter();
            let actions =
                actions.map(|(action, condition)| (self.mask(action), self.mask(condition)));
            let actions: BTreeSet<PolicyAction> = actions.collect();
            let part = if statement.is_deny { "deny" } else { "" };
            let of = |grantee: Text| Fact {
                grantee,
                resource: resource.clone(),
                is_reversed: statement.is_deny,
                part: (part.to_owned(), part.to_owned()),
                actions: Some(actions.clone()),
                ..fact.clone()
            };
            if statement.principals.is_empty() {
                facts.push(of(fact.grantee.clone()));
            }
            let principals = statement.principals.iter();
            let principals = principals.map(|text| self.masked(policy::principal(text)));
            facts.extend(principals.map(of));
        }
        facts
    }
}
