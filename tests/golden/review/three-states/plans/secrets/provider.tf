terraform {
  required_providers {
    hwgrants = {
      source = "hwgrants/hwgrants"
    }
  }
}

provider "hwgrants" {

}
