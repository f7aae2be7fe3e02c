variable "access_until" {
  description = "Expiration date of Ana's grant, YYYY-MM-DD."
  type        = string
}
