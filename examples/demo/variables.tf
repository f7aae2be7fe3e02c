variable "access_until" {
  description = "The day on which Alice's access ends, YYYY-MM-DD."
  type        = string
}
