//! What a resource is. Knows no wire and no cloud.
