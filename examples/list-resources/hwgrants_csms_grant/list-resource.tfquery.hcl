# All grants of the provider's project. To import them:
# terraform query -generate-config-out=grants.tf
list "hwgrants_csms_grant" "all" {
  provider = hwgrants

  # Terraform stops after 100 grants by default.
  limit = 1000
}

# The grants on one secret.
list "hwgrants_csms_grant" "database" {
  provider = hwgrants

  config {
    resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  }
}
