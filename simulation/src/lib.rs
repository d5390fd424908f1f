//! Seeded worlds of owners and platform, and their judges.
