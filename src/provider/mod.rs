//! What we offer: the one room where Terraform and the cloud meet.
