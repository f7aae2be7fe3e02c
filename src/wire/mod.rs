//! The cloud's JSON: requests and answers as Huawei Cloud's API pages give them: strict about what counts as an
//! answer, tolerant about spellings.
//!
//! Plain types, one per operation, even where two look alike: the API spells them differently. Nothing here decides,
//! sends or knows Terraform. Client and sandbox share these types and nothing else.
//!
//! Responses with a status of success are classified before anything is concluded from them:
//!
//! ```
//! use hwgrants::wire::answer::Answer;
//! use hwgrants::wire::csms::answer::grants_of;
//!
//! let list = grants_of("s-1", br#"{"data": {"id": "s-1", "grantee_user": []}}"#);
//! assert!(matches!(list, Answer::Documented(grants) if grants[0].grantee_user.is_empty()));
//! // What a service may send for "no grants" and may send for a fault is neither.
//! assert!(matches!(grants_of("s-1", b"{}"), Answer::PossiblyEmpty));
//! // An error with status 200.
//! let error = grants_of("s-1", br#"{"error_code": "CSMS.0401", "error_msg": "busy"}"#);
//! assert!(matches!(error, Answer::Error(_)));
//! ```

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
