//! The cloud's JSON: requests and answers as Huawei Cloud's API pages give them: strict about what counts as an
//! answer, tolerant about spellings.
//!
//! Plain types, one per operation, even where two look alike: the API spells them differently. Nothing here decides,
//! sends or knows Terraform. Client and sandbox share these types and nothing else.

pub mod answer;
pub mod csms;
pub mod error;
pub mod iam;
pub mod metadata;
pub mod repo;
pub mod sts;

mod lenient;
mod sensitive;

pub use lenient::RawTimestamp;
pub use sensitive::Sensitive;
