# The recipes, with a line on each
default:
    @just --list --unsorted

# Everything CI runs, except the rules about dependencies
test:
    ./test

# WeChat Pay on this machine: no real money, no real keys
sandbox *arguments:
    cargo run --release -- sandbox {{arguments}}

# Format the sources
fmt:
    cargo fmt --all

# Build the documentation of our crates and open it
docs:
    cargo doc --workspace --no-deps --open

# Seeded worlds of refunds, crashes and lost messages, and their judges
simulate *arguments:
    cargo run --release -p simulation -- {{arguments}}
