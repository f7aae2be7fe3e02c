# Lists the grants on every secret in the provider's project. To generate configuration for importing the grants, run:
# terraform query -generate-config-out=grants.tf
list "hwgrants_csms_grant" "all" {
  provider = hwgrants

  # By default, Terraform lists at most 100 grants.
  limit = 1000
}

# Lists the grants on one secret.
list "hwgrants_csms_grant" "database" {
  provider = hwgrants

  config {
    resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  }
}
