terraform {
  required_providers {
    hwgrants = {
      source  = "hwgrants/hwgrants"
      version = "~> 0.1"
    }
  }
}

# Arguments and environment variables have the same names as in the `huaweicloud` provider. Credentials belong in
# environment variables, such as HW_ACCESS_KEY and HW_SECRET_KEY.
provider "hwgrants" {
  region = "cn-north-4"
}
