# Every verb sets up what it needs. `make run` and `make test` are all a new machine wants.
.PHONY: run test unit templates interop bench fuzz format lint dist docs generate setup clean

SWIFT ?= swift

setup:
	@Scripts/setup.sh

# Builds the broker and starts it on port 9092 with its data in ./data.
run: setup
	$(SWIFT) build -c release --product broker
	.build/release/broker start --data data $(ARGS)

# All tests: layers and formatting, units, real clients against the built broker, a short fuzz run.
test: setup
	Scripts/test.sh

unit: setup
	$(SWIFT) test --disable-xctest

# Templates and examples, copied out of the repository: built, tested, used.
templates: setup
	Scripts/test.sh templates

interop: setup
	Scripts/test.sh interop

bench: setup
	$(SWIFT) build -c release --product broker
	Benchmarks/run.sh $(ARGS)
	Benchmarks/dispatch.sh $(ARGS)

fuzz: setup
	Tests/Fuzz/run.sh $(or $(SECONDS_PER_TARGET),60)

generate:
	$(SWIFT) run ProtocolGenerator Protocol Sources/BrokerFramework/Wire/Messages
	Scripts/embed-templates.sh

format:
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests Templates Examples

lint:
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Templates Examples

# One static executable: dist/broker.
dist: setup
	Scripts/dist.sh

# The documentation as a site: .build/docs.
docs: setup
	Scripts/docs.sh

clean:
	rm -rf .build .venv dist
