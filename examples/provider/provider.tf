terraform {
  required_providers {
    hwgrants = {
      source = "hwgrants/hwgrants"
    }
  }
}

# The same arguments and HW_* variables as the `huaweicloud` provider: credentials are best left to the latter.
provider "hwgrants" {
  region = "cn-north-4"
}
