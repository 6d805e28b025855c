# The one entry to this repository: `make help` says what there is.
#
#   make demo                    on a fresh Debian or Ubuntu machine that has Swift and make
#   make test TEST_ARGS='--filter TidyTests'
#   make install PREFIX=~/.local

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test check fmt bench dist install

PREFIX ?= $(HOME)/.local
TEST_ARGS ?=
SWIFT_SOURCES := Sources Tests Package.swift $(wildcard Benchmarks)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what is missing to build (Debian and Ubuntu)
	@scripts/setup

demo: setup ## build the program and show it at work on a small data set
	@REPROSTORE="$$(scripts/build-release)" && export REPROSTORE && examples/digits/demo.sh
	@echo
	@echo 'To install the program: make install PREFIX=~/.local'

test: ## set up, build and run every test
	@scripts/setup --tests
	@scripts/test $(TEST_ARGS)

check: setup ## format, style rules, linkage, start-up time
	@scripts/check $(SWIFT_SOURCES)

fmt: ## format the Swift sources in place
	@swift format -i -r -p $(SWIFT_SOURCES)

bench: setup ## measure against the reference programs
	@Benchmarks/run

dist: setup ## make dist/reprostore-VERSION-linux-ARCH.tar.gz
	@scripts/dist

install: setup ## install the program and its completions under PREFIX (~/.local)
	@scripts/install "$(DESTDIR)$(PREFIX)"
