# Tests the configuration without credentials and without the sandbox. The provider must be installed, but sends no requests.
#
#   terraform test -filter=mock.tftest.hcl

mock_provider "hwgrants" {
  mock_resource "hwgrants_csms_grant" {
    defaults = {
      status = "active"
    }
  }
}

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

run "plans_one_grant_per_member" {
  command = plan

  assert {
    condition     = toset(keys(hwgrants_csms_grant.member)) == toset(["ana", "ben"])
    error_message = "Each member must have one grant."
  }

  assert {
    condition     = hwgrants_csms_grant.member["ana"].grantee_target_id == var.members.ana
    error_message = "The grant must belong to the member."
  }

  assert {
    condition     = alltrue([for grant in hwgrants_csms_grant.member : grant.validity_time == var.access_until])
    error_message = "Every grant must expire on the date in access_until."
  }
}

run "plans_no_grants_without_members" {
  command = plan

  variables {
    members = {}
  }

  assert {
    condition     = length(hwgrants_csms_grant.member) == 0
    error_message = "A team without members must have no grants."
  }
}

run "rejects_an_invalid_date" {
  command = plan

  variables {
    access_until = "next month"
  }

  expect_failures = [var.access_until]
}

# An apply with the mock provider sets `status` from `defaults`.
run "reports_the_status" {
  assert {
    condition     = output.status == { ana = "active", ben = "active" }
    error_message = "The output must contain the status of each grant."
  }
}
