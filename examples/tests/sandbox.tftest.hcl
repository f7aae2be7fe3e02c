# Creates, changes and revokes grants in the sandbox.
#
#   hwgrants sandbox -- terraform test
#
# The IDs exist only in the sandbox. With credentials for an account, the plan fails, because the provider block allows only the project
# of the sandbox.

variables {
  project_id   = "7b4c1d0f5e3a4c2f9d8e6a1b0c5f2e34"
  secret_id    = "43d643d2-95ec-4b0f-8020-a84f3ce931cc"
  access_until = "2099-06-30"
  reason       = "Migration of the billing database, ticket OPS-1234"

  members = {
    ana = "20260105091512481-4F1A-1B2C3D4E5"
    ben = "20260105091547906-4F1A-6C0D91EF2"
  }
}

run "creates_the_grants" {
  assert {
    condition     = output.status == { ana = "active", ben = "active" }
    error_message = "Every member must have an active grant."
  }

  assert {
    condition     = hwgrants_csms_grant.member["ana"].grantee_name == "Ana Ruiz"
    error_message = "The grant must belong to the user with this ID."
  }
}

run "extends_the_grants" {
  variables {
    access_until = "2099-12-31"
  }

  assert {
    condition     = alltrue([for grant in hwgrants_csms_grant.member : grant.validity_time == "2099-12-31"])
    error_message = "Every grant must have the new expiration date."
  }
}

run "revokes_the_grant_of_a_former_member" {
  variables {
    access_until = "2099-12-31"

    members = {
      ana = "20260105091512481-4F1A-1B2C3D4E5"
    }
  }

  assert {
    condition     = output.status == { ana = "active" }
    error_message = "Only Ana must have a grant."
  }
}
