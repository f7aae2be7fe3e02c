# Every grant of the provider's project, to be taken under management:
# terraform query -generate-config-out=grants.tf
list "csms_grant" "all" {
  provider = hwgrants

  # Terraform stops at 100 unless told otherwise.
  limit = 1000
}

# Who may use one secret.
list "csms_grant" "database" {
  provider = hwgrants

  config {
    resource_id = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  }
}
