module "team" {
  source = "./team"
  users = {
    "Ben" = "20260105091547906-4F1A-6C0D91EF2"
    "Chen" = "20260112143025117-83BD-0A7E52C91"
  }
}
