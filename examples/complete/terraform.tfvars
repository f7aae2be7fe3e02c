# The users and dates of the example. The users exist in the sandbox.
database_users = {
  "Ana Ruiz" = {
    until  = "2099-06-30"
    reason = "Migration of the billing database, ticket OPS-1234"
  }
  "Ben Okafor" = {
    until  = "2099-09-30"
    reason = "Maintains the billing service"
  }
  "Chen Wei" = {
    until  = "2099-12-31"
    reason = "Member of the on-call rotation"
  }
}
