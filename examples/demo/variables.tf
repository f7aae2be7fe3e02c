variable "access_until" {
  description = "The day on which Ana's access ends, YYYY-MM-DD."
  type        = string
}
