# The recipes, with a line on each
default:
    @just --list --unsorted

# Everything CI runs, except the rules about dependencies
test:
    ./test

# Days of trade in a minute: gateway, sandbox and certificates together
demo *arguments:
    cargo run --release -- demo {{arguments}}

# Format the sources
fmt:
    cargo fmt --all

# Build the documentation of our crates and open it
docs:
    cargo doc --workspace --no-deps --open

# Seeded worlds of refunds, crashes and lost messages, and their judges
simulate *arguments:
    cargo run --release -p simulation -- {{arguments}}
