# Lists the users whose name contains a text.
data "hwgrants_csms_users" "ops" {
  name = "ops"
}

# IDs of the users that are not disabled, by name.
output "user_ids" {
  value = {
    for user in data.hwgrants_csms_users.ops.users : user.user_name => user.user_id
    if user.disabled != true
  }
}
