import {
  to = hwgrants_csms_grant.contractor
  id = "SECRET/43d643d2-95ec-4b0f-8020-a84f3ce931cc/user/20260105091512481-4F1A-1B2C3D4E5"
}
