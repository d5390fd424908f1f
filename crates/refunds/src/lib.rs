//! What happens to a refund and to a pool: decisions, and nothing else.
