terraform {
  encryption {
    key_provider "pbkdf2" "this" {
      passphrase = "a passphrase of the sandbox"
    }
    method "aes_gcm" "this" {
      keys = key_provider.pbkdf2.this
    }
    state {
      method   = method.aes_gcm.this
      enforced = true
    }
    plan {
      method   = method.aes_gcm.this
      enforced = true
    }
  }
}
