variable "region" {
  description = "Region of the secret, the key and the repositories."
  type        = string
  default     = "cn-north-4"
}

variable "database_password" {
  description = "Value of the secret."
  type        = string
  sensitive   = true
}

variable "database_users" {
  description = "Users who can use the secret, by login name, with the expiration date (YYYY-MM-DD) and the reason."
  type = map(object({
    until  = string
    reason = string
  }))
}
