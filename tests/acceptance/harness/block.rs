//! A `resource` or `data` block, an argument a line.

use std::fmt;

use hwgrants::sandbox::seed;

/// A `resource` or `data` block named `this`.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    keyword: &'static str,
    type_name: String,
    provider: Option<String>,
    arguments: Vec<(String, String)>,
    blocks: String,
}

impl Block {
    /// A `resource` block with nothing but its provider.
    pub(crate) fn of(type_name: &str) -> Self {
        Self {
            keyword: "resource",
            type_name: type_name.to_owned(),
            provider: Some("hwgrants".to_owned()),
            arguments: Vec::new(),
            blocks: String::new(),
        }
    }

    /// A `data` block with nothing but its provider.
    pub(crate) fn data(type_name: &str) -> Self {
        Self {
            keyword: "data",
            ..Self::of(type_name)
        }
    }

    /// Ana may use the database password, without an end.
    pub(crate) fn grant(type_name: &str) -> Self {
        Self::of(type_name)
            .set("resource_id", seed::SECRET_DB_PASSWORD)
            .set("type", "SECRET")
            .set("grantee_type", "user")
            .set("grantee_target_id", seed::USER_ANA)
    }

    /// Of this provider configuration, or of the one that the type's name implies.
    pub(crate) fn of_provider(mut self, provider: Option<&str>) -> Self {
        self.provider = provider.map(str::to_owned);
        self
    }

    /// With this text as an argument, new or changed.
    pub(crate) fn set(self, argument: &str, text: &str) -> Self {
        self.set_to(argument, &format!("{text:?}"))
    }

    /// With this expression as an argument, new or changed.
    pub(crate) fn set_to(mut self, argument: &str, expression: &str) -> Self {
        let expression = expression.to_owned();
        match self.arguments.iter_mut().find(|(name, _)| name == argument) {
            Some((_, old)) => *old = expression,
            None => self.arguments.push((argument.to_owned(), expression)),
        }
        self
    }

    /// Without this argument.
    pub(crate) fn unset(mut self, argument: &str) -> Self {
        self.arguments.retain(|(name, _)| name != argument);
        self
    }

    /// With a block inside.
    pub(crate) fn inside(mut self, text: &str) -> Self {
        self.blocks = format!("{}  {text}\n", self.blocks);
        self
    }

    /// `TYPE.this`, with `data.` in front for a data source.
    pub(crate) fn address(&self) -> String {
        let prefix = if self.keyword == "data" { "data." } else { "" };
        format!("{prefix}{}.this", self.type_name)
    }
}

impl fmt::Display for Block {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            keyword,
            type_name,
            provider,
            arguments,
            blocks,
        } = self;
        writeln!(out, "{keyword} \"{type_name}\" \"this\" {{")?;
        if let Some(provider) = provider {
            writeln!(out, "  provider = {provider}")?;
        }
        for (name, expression) in arguments {
            writeln!(out, "  {name} = {expression}")?;
        }
        writeln!(out, "{blocks}}}")
    }
}
