# The recipes, with a line on each
default:
    @just --list --unsorted

# Everything CI runs, except the rules about dependencies
test:
    ./test

# Days of trade in seconds: gateway and sandbox, with a summary to check
demo *arguments:
    cargo run --release -- demo {{arguments}}

# WeChat Pay on this machine: no real money, no real keys
sandbox *arguments:
    cargo run --release -- sandbox {{arguments}}

# The gateway for a running sandbox
serve *arguments:
    cargo run --release -- serve --sandbox tidegate-sandbox {{arguments}}

# Format the sources
fmt:
    cargo fmt --all

# Build the documentation of our crates and open it
docs:
    cargo doc --workspace --no-deps --open

# Seeded worlds of refunds, crashes and lost messages, and their judges
simulate *arguments:
    cargo run --release -p simulation -- {{arguments}}

# Refunds a second, beside what this machine can sign and flush
bench *arguments:
    cargo run --release -p bench -- {{arguments}}
