//! A pretend Huawei Cloud: shares wire types with the client, nothing else.
