//! The documentation page of a function: front matter, description, example, notes, signature, arguments, return type.

use crate::framework::engine::{RegisteredFunction, allows_null};
use crate::framework::schema::Attribute;
use crate::framework::{Block, Type};

use super::example::Examples;
use super::page::{GENERATED, code, section};
use super::schema::type_name;
use super::{MissingFile, Notes};

/// The clients that support functions of providers.
const CLIENTS: &str = "Requires Terraform 1.8 or later, or OpenTofu 1.7 or later.";

/// Path of the page below the documentation folder.
pub(super) fn path(function: &RegisteredFunction) -> String {
    format!("functions/{}.md", function.name())
}

/// Renders the page. `provider` is the provider's type.
///
/// # Errors
/// The example file is missing.
pub(super) fn render(
    function: &RegisteredFunction,
    provider: &str,
    examples: &Examples,
    notes: &Notes,
) -> Result<String, MissingFile> {
    let (name, summary) = (function.name(), function.summary());
    let example = examples.get(&format!("functions/{name}/function.tf"))?;
    let notes = notes.get(&path(function)).map_or("", String::as_str);
    let mut page = format!(
        "---\n{GENERATED}\npage_title: \"{name} function - {provider}\"\nsubcategory: \"\"\ndescription: |-\n  {summary}\n---\n\n\
         # function: {name}\n\n{}\n",
        function.description()
    );
    section(&mut page, CLIENTS, "");
    section(&mut page, "## Example Usage", &code("terraform", example));
    section(&mut page, notes.trim(), "");
    section(
        &mut page,
        "## Signature",
        &code("text", &signature(function)),
    );
    let arguments = (1..).zip(function.parameters()).map(argument);
    section(&mut page, "## Arguments", &arguments.collect::<String>());
    if let Some(block) = function.output_block() {
        section(&mut page, "## Return Type", &return_type(name, block));
    }
    Ok(page)
}

/// The signature, such as `join(separator string, texts list) string`.
fn signature(function: &RegisteredFunction) -> String {
    let parameters = function.parameters().iter();
    let parameters: Vec<_> = parameters
        .map(|parameter| format!("{} {}", parameter.name, keyword(&parameter.ty)))
        .collect();
    let (name, output) = (function.name(), keyword(function.output()));
    format!("{name}({}) {output}", parameters.join(", "))
}

/// A type in a signature.
fn keyword(ty: &Type) -> String {
    match ty {
        Type::Bool => "bool".to_owned(),
        ty => type_name(ty).to_lowercase(),
    }
}

fn argument((number, parameter): (usize, &Attribute)) -> String {
    let nullable = if allows_null(parameter) {
        ", Nullable"
    } else {
        ""
    };
    let (name, ty, description) = (
        parameter.name,
        type_name(&parameter.ty),
        parameter.description,
    );
    format!("{number}. `{name}` ({ty}{nullable}) {description}\n")
}

fn return_type(function: &str, block: &Block) -> String {
    let attributes = block.attributes.iter().map(|attribute| {
        let (name, ty) = (attribute.name, type_name(&attribute.ty));
        format!("- `{name}` ({ty}) {}\n", attribute.description)
    });
    let attributes: String = attributes.collect();
    format!("The return type of `{function}` is an object with these attributes:\n\n{attributes}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::framework::{Field, Model as _, model};

    model! {
        /// The parameters.
        struct Parameters {
            /// A text.
            #[attribute(required)]
            text: String,
            /// Whether to shout.
            loud: Field<bool>,
        }
    }

    #[test]
    fn arguments_are_numbered_and_optional_ones_are_nullable() {
        let block = Parameters::schema_block();
        let lines: Vec<_> = (1..).zip(&block.attributes).map(argument).collect();
        let expected = [
            "1. `text` (String) A text.\n",
            "2. `loud` (Boolean, Nullable) Whether to shout.\n",
        ];
        assert_eq!(lines, expected);
        let types = block.attributes.iter().map(|each| keyword(&each.ty));
        assert!(types.eq(["string", "bool"]));
    }
}
