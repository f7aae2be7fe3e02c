removed {
  from = csms_grant.ana
  lifecycle {
    destroy = false
  }
}
