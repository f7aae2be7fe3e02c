# Needs Rust, python3 and make; everything else is set up here. `CARGO_TARGET_DIR` may name another target folder.

CARGO ?= cargo
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)

.PHONY: demo test compat compat-ends ci fuzz bench format clippy deny docs tools

# A real `terraform apply` on this machine, without an account. The development build, because the release build
# takes minutes and the demo less than one.
demo:
	$(CARGO) build --locked --bins
	$(CARGO) run --locked --quiet --bin hwgrants -- demo

# All tests, real Terraform included: `terraform` or `tofu` on PATH, else one is fetched into the target folder.
test:
	$(CARGO) test --locked

# Every feature on each Terraform that can be fetched, each OpenTofu that Go can build, and the `terraform` and `tofu` on PATH. Prints, and leaves as
# `compat.txt` in the target folder, what works on which and what each is too old for. Every operation of the sandbox by the official SDKs for
# Python and Go, where the language is there; `cargo test --test compat -- sdk` runs these alone.
compat:
	$(CARGO) test --locked --test compat

# The same on the oldest and the newest only. OpenTofu is built by Go, where there is one.
compat-ends:
	$(CARGO) test --locked --test compat -- opentofu oldest newest

# What CI runs, cheapest first.
ci: format clippy docs deny test compat-ends

# A hundred thousand malformed requests for each decoder instead of the two thousand in `ci`; takes up to an hour.
fuzz:
	PROPTEST_CASES=100000 $(CARGO) test --locked --test it -- protocol::fuzz

# Size, start-up, memory, the cost of a large plan and its review by the release build against the limits; wants a machine that does
# nothing else.
bench:
	$(CARGO) bench --locked --bench start --bench plan --bench review

format: tools
	$(CARGO) fmt --all --check

# Twice, because `--all-targets` leaves out what `cargo test` does not run.
clippy: tools
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) clippy --locked --test compat -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps

# The crates that are built in: licences, sources, versions, and known vulnerabilities where their database can be reached. `cargo-deny`
# on PATH, else one is built into the target folder, which takes minutes.
DENY_VERSION := 0.20.2
DENY := $(or $(shell command -v cargo-deny 2>/dev/null),$(TARGET_DIR)/tools/bin/cargo-deny)

$(TARGET_DIR)/tools/bin/cargo-deny:
	CARGO_PROFILE_DEV_DEBUG=0 $(CARGO) install --quiet --locked --debug --root $(TARGET_DIR)/tools \
		--target-dir $(TARGET_DIR)/tools/build cargo-deny@$(DENY_VERSION)
	rm -rf $(TARGET_DIR)/tools/build

deny: $(DENY)
	$(DENY) --locked check bans licenses sources
	@if $(DENY) --locked fetch db 2>/dev/null; then \
		$(DENY) --locked check advisories; \
	else \
		echo "NOT CHECKED: known vulnerabilities of the crates, because the advisory database cannot be reached"; \
	fi

# Rust's minimal profile comes without them.
tools:
	@$(CARGO) fmt --version >/dev/null 2>&1 || rustup component add rustfmt
	@$(CARGO) clippy --version >/dev/null 2>&1 || rustup component add clippy
