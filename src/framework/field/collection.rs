//! Lists, sets and maps of typed elements.

use std::collections::BTreeMap;

use crate::framework::schema::{Block, Problem};
use crate::framework::ty::Type;
use crate::framework::value::Value;

use super::{Data, Mismatch};

/// A Terraform set: unordered elements without duplicates. A `Vec` is a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set<T>(pub Vec<T>);

impl<T: Data> Data for Vec<T> {
    fn ty() -> Type {
        Type::list(T::ty())
    }

    fn block() -> Option<Block> {
        T::block()
    }

    fn check(value: &Value) -> Result<(), Problem> {
        match value {
            Value::List(elements) => check_elements::<T>(elements),
            _ => Ok(()),
        }
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::List(elements) => elements.iter().map(T::from_value).collect(),
            _ => Err(Mismatch::new("a known list")),
        }
    }

    fn to_value(&self) -> Value {
        Value::List(self.iter().map(T::to_value).collect())
    }

    fn is_wholly_known(&self) -> bool {
        self.iter().all(T::is_wholly_known)
    }
}

impl<T: Data> Data for Set<T> {
    fn ty() -> Type {
        Type::set(T::ty())
    }

    fn block() -> Option<Block> {
        T::block()
    }

    fn check(value: &Value) -> Result<(), Problem> {
        match value {
            Value::Set(elements) => check_elements::<T>(elements),
            _ => Ok(()),
        }
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Set(elements) => {
                let elements: Result<_, _> = elements.iter().map(T::from_value).collect();
                elements.map(Self)
            }
            _ => Err(Mismatch::new("a known set")),
        }
    }

    fn to_value(&self) -> Value {
        Value::Set(self.0.iter().map(T::to_value).collect())
    }

    fn is_wholly_known(&self) -> bool {
        self.0.iter().all(T::is_wholly_known)
    }
}

/// Validates each element; the message contains the position of the invalid one, counted from 1.
fn check_elements<'a, T: Data>(
    elements: impl IntoIterator<Item = &'a Value>,
) -> Result<(), Problem> {
    for (position, element) in (1..).zip(elements) {
        T::check(element).map_err(|problem| Problem {
            detail: format!("Element {position}: {}", problem.detail),
            ..problem
        })?;
    }
    Ok(())
}

impl<T: Data> Data for BTreeMap<String, T> {
    fn ty() -> Type {
        Type::map(T::ty())
    }

    fn block() -> Option<Block> {
        T::block()
    }

    fn check(value: &Value) -> Result<(), Problem> {
        match value {
            Value::Map(elements) => elements.iter().try_for_each(|(key, element)| {
                T::check(element).map_err(|problem| Problem {
                    detail: format!("Element `{key}`: {}", problem.detail),
                    ..problem
                })
            }),
            _ => Ok(()),
        }
    }

    fn from_value(value: &Value) -> Result<Self, Mismatch> {
        match value {
            Value::Map(elements) => elements
                .iter()
                .map(|(key, element)| {
                    let element = T::from_value(element);
                    Ok((
                        key.clone(),
                        element.map_err(|mismatch| mismatch.within(key))?,
                    ))
                })
                .collect(),
            _ => Err(Mismatch::new("a known map")),
        }
    }

    fn to_value(&self) -> Value {
        Value::Map(
            self.iter()
                .map(|(key, element)| (key.clone(), element.to_value()))
                .collect(),
        )
    }

    fn is_wholly_known(&self) -> bool {
        self.values().all(T::is_wholly_known)
    }
}
