variable "access_until" {
  description = "Expiration date of Ana's grant, in the format YYYY-MM-DD."
  type        = string
}
